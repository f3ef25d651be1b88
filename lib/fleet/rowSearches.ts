/** What the process of slices has found out about the classes of its rows, so that each is explored once. Used by sliceChild.ts. */

import type { ClassesOf, RowClasses, SearchHooks } from '../soak/classBook.js';
import type { ClassRecord } from '../soak/classes.js';
import type { SoakRow } from '../soak/row.js';
import type { NamedRow } from './messages.js';

/** How many classes a row has, and what tells its trials apart; null if nothing does. */
export interface RowSearch {
  readonly record: ClassRecord;
  readonly meter: RowClasses | null;
}

/** Most characters of a reason that a message takes. */
const REASON_MAX = 2000;

/** The searches of this process. */
export class RowSearches {
  readonly #classesOf: ClassesOf;
  /** By campaign, row and code: what was met counts as told within a campaign. */
  readonly #known = new Map<string, RowSearch>();

  constructor(classesOf: ClassesOf) {
    this.#classesOf = classesOf;
  }

  /** Returns what is known of a row; explores it first if nothing is. Null if the search was interrupted. */
  async of(
    { campaign, row: { id, source } }: { readonly campaign: string; readonly row: Pick<NamedRow, 'id' | 'source'> },
    row: SoakRow,
    hooks: SearchHooks,
  ): Promise<RowSearch | null> {
    const key = `${campaign} ${id} ${source}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = await this.#classesOf(row, hooks);
    if (hooks.signal.aborted) return null;
    const search = searchOf(found);
    this.#known.set(key, search);
    return search;
  }
}

function searchOf(found: RowClasses | string): RowSearch {
  if (typeof found === 'string') {
    const [reason] = found.slice(0, REASON_MAX).split('\n');
    return { record: { classes: null, reason, identity: null }, meter: null };
  }
  return { record: { classes: found.figures().classes, reason: null, identity: found.identity() }, meter: found };
}
