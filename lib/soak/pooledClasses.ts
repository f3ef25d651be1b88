/**
 * Adds up the classes of orders that the hosts of a fleet meet: a class is met if it was met anywhere. Each host explores a row by itself,
 * so what it says of the classes is compared with what others have said. Used by fleetRecords.ts, inside of its transactions.
 */

import { addMet, addSampled, beginClasses, type DeliveredClasses } from './classes.js';
import type { SoakDatabase } from './database.js';

const LEFT_OUT =
  'its search has found other classes of a row than that of another host: what it meets of them is left out';

/** The classes of all rows, while one hub has the store. */
export class PooledClasses {
  readonly #db: SoakDatabase;
  /** Which classes hosts have found since this hub has begun, by row. Before, another version may have searched in another way. */
  readonly #found = new Map<number, string>();
  readonly #leftOut = new Set<string>();

  constructor(db: SoakDatabase) {
    this.#db = db;
  }

  /** Adds what an interval says. A host that could not count the classes of a row changes nothing for those that could. */
  add(
    row: number,
    host: string,
    { met, classes, reason, identity, ...sampled }: DeliveredClasses,
    nowMs: number,
  ): void {
    const sql = 'SELECT identity FROM classes WHERE row = ?';
    const known = this.#db.get(sql, row) as { identity: string | null } | undefined;
    if (identity === null) {
      if (known === undefined) beginClasses(this.#db, row, { classes, reason, identity });
      return;
    }
    const found = this.#found.get(row);
    if (found !== undefined && found !== identity) {
      this.#leaveOut(host);
      return;
    }
    this.#found.set(row, identity);
    beginClasses(this.#db, row, { classes, reason, identity });
    addMet(this.#db, row, met, nowMs);
    addSampled(this.#db, row, sampled);
  }

  #leaveOut(host: string): void {
    if (this.#leftOut.has(host)) return;
    this.#leftOut.add(host);
    const campaign = this.#db.get('SELECT elapsed_ms AS elapsedMs FROM campaign') as { elapsedMs: number };
    const at = { at: Date.now(), elapsed_ms: campaign.elapsedMs };
    this.#db.insert('event', { ...at, kind: 'classes', text: `${host}: ${LEFT_OUT}` });
  }
}
