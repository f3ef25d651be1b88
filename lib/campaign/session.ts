/** One session of a campaign: from a claimed store to its end, whatever happens. Called by soak and soak(). */

import type { FailureCounts } from '../statistics/counts.js';
import { counted } from '../report/format/numbers.js';
import type { SoakDocument } from '../report/soak/document.js';
import { searchClasses } from './searchClasses.js';
import type { Renew } from '../soak/codeWatch.js';
import type { Live } from '../soak/rowState.js';
import type { SoakRow } from '../soak/row.js';
import { Soak, type SoakEnd, type SoakHooks, type SoakView } from '../soak/soak.js';
import { closeStore } from './closeStore.js';
import { mending, type ClaimedStore } from './stores.js';

/** What is soaked. */
export interface Session {
  readonly claimed: ClaimedStore;
  readonly rows: readonly SoakRow[];
  readonly renew: Renew;
}

/** What the caller sees and decides. */
export interface SessionHooks {
  /** Ends the soak as soon as the running slice has stopped. */
  readonly signal: AbortSignal;
  /** Called about ten times a second, with the rows that are hammered then. */
  readonly onView: (view: SoakView, rows: readonly SoakRow[]) => void;
  /** Called at the end of each slice. */
  readonly onSlice?: NonNullable<SoakHooks['onSlice']>;
  /** Called when something has happened that is worth a line. */
  readonly onEvent: (kind: string, text: string) => void;
}

/** How a session has ended. */
export interface SessionEnd {
  readonly end: SoakEnd | 'failed';
  /** Why its results are no answer, in one line; null if they are one. */
  readonly trouble: string | null;
  /** What the store holds; null if it cannot be read. */
  readonly document: SoakDocument | null;
  /** The rows that were hammered last, and what this process has counted of each. */
  readonly rows: readonly SoakRow[];
  readonly counts: readonly Live[];
}

/** Soaks to the end of the budget or to the signal, and closes the store. Throws UsageError if the store cannot be written. */
export async function runSession(
  { claimed: [store, session], rows, renew }: Session,
  { signal, onView, onSlice, onEvent }: SessionHooks,
): Promise<SessionEnd> {
  const soak: Soak = mending(
    () =>
      new Soak(store, session, rows, {
        signal,
        renew,
        classesOf: store.campaign().classes ? searchClasses : null,
        onEvent,
        ...(onSlice === undefined ? {} : { onSlice }),
        onView: (view) => onView(view, soak.rows),
      }),
    store.path,
  );
  let end: SoakEnd | 'failed' = 'failed';
  try {
    end = await soak.run();
  } catch (error) {
    // What was counted up to then is shown all the same.
    onEvent('internal error', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const lost = soak.settle();
  const closed = closeStore(store, session, end);
  const troubles = [...(lost === null ? [] : [lostWords(lost)]), ...(closed.document === null ? [closed.trouble] : [])];
  for (const trouble of troubles) onEvent('store', trouble);
  return {
    end,
    trouble: troubles[0] ?? endTrouble(end),
    document: closed.document,
    rows: soak.rows,
    counts: soak.counts(),
  };
}

function lostWords({ trials, failures }: FailureCounts): string {
  return `${counted(trials, 'trial')} with ${counted(failures, 'failure')} could not be written: the report lacks them`;
}

function endTrouble(end: SoakEnd | 'failed'): string | null {
  if (end === 'failed') return 'the soak broke: see the internal error';
  return end === 'no row can be run' ? 'no row can be run any more' : null;
}
