/** What each host has counted of each row, in memory: for Prometheus, and for the line that the hub shows. Used by hub.ts. */

import type { DeliveredInterval } from '../soak/fleetRecords.js';
import type { FleetRecords } from '../soak/fleetRecords.js';
import { plus, type Counts } from '../statistics/counts.js';

type Figures = Omit<Counts, 'outcomes'>;

/** The counts of one row on one host. */
export interface HostFigures extends Figures {
  readonly row: number;
  readonly host: string;
}

const NONE: Figures = { trials: 0, failures: 0, nearMisses: 0, seconds: 0 };

/** Sums that begin with those of the store, and follow what is counted. */
export class FleetFigures {
  readonly #sums = new Map<string, HostFigures>();

  constructor(records: FleetRecords) {
    const names = new Map(records.hosts().map(({ id, name }) => [id, name]));
    for (const { row, host, ...counts } of records.totals()) this.#add(row, names.get(host) ?? '?', counts);
  }

  note({ execution: { row, host }, ...counts }: DeliveredInterval): void {
    this.#add(row, host.name, counts);
  }

  /** Returns the sums by row and host. */
  all(): HostFigures[] {
    return [...this.#sums.values()];
  }

  /** Returns the sums of a row over all hosts: how much was done, not a rate. */
  of(row: number): Figures {
    return this.all()
      .filter((one) => one.row === row)
      .reduce<Figures>((sum, one) => plus(sum, one), NONE);
  }

  #add(row: number, host: string, counts: Figures): void {
    const key = `${row} ${host}`;
    const known = this.#sums.get(key) ?? { row, host, ...NONE };
    this.#sums.set(key, { row, host, ...plus(known, counts) });
  }
}
