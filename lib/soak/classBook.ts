/**
 * Counts the classes of orders that the slices of a soak meet, and writes them into the ledger. Used by soak.ts, which gives it one row
 * after another; those of a slice by lib/fleet/sliceChild.ts as well.
 */

import type { HostMachine } from '../harness/host/machine.js';
import type { SampledTrials } from './classes.js';
import type { Ledger } from './ledger.js';
import type { SoakRow } from './row.js';

/** Tells the trials of a row apart, slice after slice. */
export interface RowClasses {
  /** Begins with the machines of a slice. */
  begin(machines: readonly HostMachine[]): void;
  look(): void;
  /** Adds up what the machines of the slice have counted. */
  end(): void;
  /** Returns the classes that were met for the first time since the last call. */
  takeNew(): readonly string[];
  identity(): string;
  figures(): SampledTrials & { readonly classes: number | null };
}

/** What ends the search of a row's states, and what is called some times a second meanwhile. */
export interface SearchHooks {
  readonly signal: AbortSignal;
  readonly onProgress: () => void;
}

/** Explores a row; why its classes are not counted, in words, where they cannot be. */
export type ClassesOf = (row: SoakRow, hooks: SearchHooks) => Promise<RowClasses | string>;

/** Keeps what tells the trials of each row apart: a row is explored once in each process. */
export class ClassBook {
  readonly #ledger: Ledger;
  readonly #classesOf: ClassesOf | null;
  /** By the id of a row; null for one whose classes are not counted. */
  readonly #known = new Map<number, RowClasses | null>();

  /** `classesOf`: null where nobody asks for classes. */
  constructor(ledger: Ledger, classesOf: ClassesOf | null) {
    this.#ledger = ledger;
    this.#classesOf = classesOf;
  }

  /** Returns what tells the trials of a row apart; null if nothing does. Explores the row before its first slice. */
  async of(id: number, row: SoakRow, hooks: SearchHooks): Promise<RowClasses | null> {
    const known = this.#known.get(id);
    if (known !== undefined || this.#classesOf === null) return known ?? null;
    const found = await this.#classesOf(row, hooks);
    // An interrupted search says nothing of the row.
    if (hooks.signal.aborted) return null;
    const classes = typeof found === 'string' ? null : found;
    this.#known.set(id, classes);
    this.#ledger.beginClasses(id, {
      classes: classes?.figures().classes ?? null,
      reason: typeof found === 'string' ? found : null,
      identity: classes?.identity() ?? null,
    });
    return classes;
  }
}

/** The classes of one slice. What was met is written at once, so that a process that is killed loses none of it. */
export class SliceClasses {
  readonly #ledger: Pick<Ledger, 'classesMet' | 'classesSampled'>;
  readonly #id: number;
  readonly #row: RowClasses;
  readonly #before: SampledTrials;

  /** `id`: of the row in the store. */
  constructor(ledger: Pick<Ledger, 'classesMet' | 'classesSampled'>, id: number, row: RowClasses) {
    this.#ledger = ledger;
    this.#id = id;
    this.#row = row;
    this.#before = row.figures();
  }

  begin(machines: readonly HostMachine[]): void {
    this.#row.begin(machines);
  }

  look(nowMs: number): void {
    this.#row.look();
    const met = this.#row.takeNew();
    if (met.length > 0) this.#ledger.classesMet(this.#id, met, nowMs);
  }

  /** Ends with a slice whose counts are kept. */
  close(nowMs: number): void {
    this.look(nowMs);
    this.#row.end();
    const after = this.#row.figures();
    this.#ledger.classesSampled(this.#id, {
      sampled: after.sampled - this.#before.sampled,
      unclear: after.unclear - this.#before.unclear,
      crowded: after.crowded - this.#before.crowded,
      unknown: after.unknown - this.#before.unknown,
    });
  }
}
