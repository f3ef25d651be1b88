/** Runs one slice of a row and books its counts. Called by soak.ts, and by the process that runs a slice of a fleet. */

import { runRace, type RunOutcome, type Totals } from '../harness/host/run.js';
import { isUntouched } from '../harness/host/sourceFiles.js';
import { countOf } from '../statistics/counts.js';
import type { SliceClasses } from './classBook.js';
import type { SoakClock } from './clock.js';
import type { SoakRow } from './row.js';
import { SliceBook, type BookedSlice } from './sliceBook.js';
import { SliceStop, type BrokenSlice } from './sliceStop.js';

/** Expected failures after which the slice of a row that should fail ends. */
const ENOUGH_FAILURES = 1000;

/** A slice that is to be run. Times are milliseconds of the soak. */
export interface SliceTask extends Pick<BookedSlice, 'ledger' | 'slice'> {
  readonly row: SoakRow;
  readonly seed: number;
  readonly lengthMs: number;
  /** How much of the budget is left. */
  readonly leftMs: number;
  /** Counts the classes of orders that the slice meets; null where nobody asks for them. */
  readonly classes: SliceClasses | null;
  readonly clock: Pick<SoakClock, 'elapsedMs' | 'stoppedMs'>;
  /** Ends the slice with its counts. */
  readonly signal: AbortSignal;
  /** Lets the clock tick. */
  tick(): void;
  /** Whether the slice has counted enough. */
  isEnough(totals: Totals): boolean;
  /** Called with the counts of the slice so far, some ten times a second and at its end. */
  onCounts(totals: Totals, seconds: number): void;
  /** Called after those of a running slice were booked. */
  onBooked(totals: Totals, seconds: number, book: SliceBook): void;
}

/** A finished slice, whether it could be run or not. */
export interface RanSlice {
  readonly outcome: RunOutcome | BrokenSlice;
  readonly book: SliceBook;
}

/** Runs a slice to its end. Its last counts are booked then. Throws what the ledger throws. */
export async function runSlice(task: SliceTask): Promise<RanSlice> {
  const { row, seed, lengthMs, leftMs, ledger, slice, classes, clock } = task;
  const startMs = clock.elapsedMs;
  const stoppedMs = clock.stoppedMs;
  const isSame = (): boolean => isUntouched(row.source);
  const book = new SliceBook({ ledger, slice, expected: row.expected, startMs, isUntouched: isSame });
  const stop = new SliceStop(task.signal);
  let lastSeconds = 0;
  let begunMs: number | null = null;
  const look = (totals: Totals, seconds: number): readonly [Totals, number] => {
    task.tick();
    // Time in which the process was stopped does not count. A stop may be noticed late, so the seconds never decrease.
    lastSeconds = Math.max(lastSeconds, seconds - (clock.stoppedMs - stoppedMs) / 1000);
    task.onCounts(totals, lastSeconds);
    return [totals, lastSeconds];
  };
  const outcome = await stop.run(
    (hooks) =>
      runRace(
        row.race,
        { ...row.plan, seed, keep: 1, samples: classes !== null },
        { ...hooks, onMachines: (machines) => classes?.begin(machines), durationMs: lengthMs },
      ),
    (totals, seconds) => {
      const [, hammered] = look(totals, seconds);
      const ranMs = clock.elapsedMs - startMs;
      if (seconds > 0) begunMs ??= ranMs;
      book.look(totals, hammered, clock.elapsedMs);
      if (book.leftOut === null) classes?.look(clock.elapsedMs);
      stop.endInTime({ ranMs, begunMs, lengthMs, leftMs }, task.isEnough(totals) || book.leftOut !== null);
      task.onBooked(totals, hammered, book);
    },
  );
  task.tick();
  const isSpoilt = 'trials' in outcome && outcome.isSpoilt;
  if (isSpoilt) book.leaveOut('counts');
  book.close('trials' in outcome && !isSpoilt ? look(outcome, outcome.seconds) : null, clock.elapsedMs);
  if ('trials' in outcome && book.leftOut === null) classes?.close(clock.elapsedMs);
  return { outcome, book };
}

/** Whether a row that should fail has failed often enough for one slice. */
export function isEnough({ expected }: Pick<SoakRow, 'expected'>, totals: Totals): boolean {
  return countOf(expected, totals) >= ENOUGH_FAILURES;
}
