/**
 * Runs one slice of a fleet in a process of its own, whose threads may take every core: the worker beside it keeps its leases all the
 * same. Called by lib/cli/fleet/sliceMain.ts.
 */

import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { rowUnder } from '../campaign/rows.js';
import type { SoakRaces } from '../campaign/races.js';
import { encodeEvidence } from '../evidence/evidenceFile.js';
import type { RunOutcome } from '../harness/host/run.js';
import { leftThreadsGone, threadsLeft } from '../harness/host/leftThreads.js';
import type { TuneRow } from '../run/rows.js';
import { SliceClasses } from '../soak/classBook.js';
import { SoakClock } from '../soak/clock.js';
import { isEnough, runSlice, type RanSlice } from '../soak/oneSlice.js';
import type { SliceEnd } from '../soak/writes.js';
import { IntervalFile, hasUnexpected } from './intervalFile.js';
import { FILE_MAX, type NamedRow } from './messages.js';
import type { RowSearches } from './rowSearches.js';
import { appendLine, claimFile } from './spoolFile.js';
import type { SliceTuning } from './tunings.js';

/** What the worker asks the process for. */
export interface ChildTask {
  /** The file of the execution, which has its head already. */
  readonly path: string;
  readonly campaign: string;
  readonly row: NamedRow;
  /** The race as this host names it: a built-in one, or the path of a file that the worker was given. */
  readonly typed: string;
  readonly seed: number;
  readonly lengthMs: number;
  /** Settings that were found on a host like this one; null for the default ones. */
  readonly tuning: SliceTuning | null;
  /** Whether the classes of orders are counted that the row meets. */
  readonly classes: boolean;
}

/** What it says when the slice is over. */
export interface ChildResult {
  /** Whether the row has failed as it should. */
  readonly hasFailed: boolean;
  /** Whether the process can run another slice: none of its threads is stuck. */
  readonly isSound: boolean;
}

/** What it says at all: some times a second that it searches for the classes of the row, before the slice begins. */
export type ChildMessage = ChildResult | { readonly isSearching: true };

/** What the command gives that starts the process. */
export interface ChildHost {
  readonly races: SoakRaces;
  /** What was found out about the classes of rows; kept from one slice to the next. */
  readonly classes: RowSearches;
  readonly tunerOf: (tuning: SliceTuning) => TuneRow | null;
  /** Ends the slice with its counts. */
  readonly signal: AbortSignal;
  readonly onSearching: () => void;
}

const NOTHING_SEEN = { hostStalls: 0, hostStallMs: 0, workersReplaced: 0 };
const STUCK = 'a trial did not end, and its thread cannot be ended: a system call does not return';

/** Runs the slice to its end, or to the signal. All that it has counted is in the file then. */
export async function runFleetSlice(task: ChildTask, host: ChildHost): Promise<ChildResult> {
  const { signal } = host;
  claimFile(task.path);
  const row = await rowUnder(task.typed, task.row, host.races, task.tuning === null ? null : host.tunerOf(task.tuning));
  if (row.source.hash !== task.row.source)
    throw new Error('the files of the race have changed since the job was taken');
  const search = task.classes ? await host.classes.of(task, row, { signal, onProgress: host.onSearching }) : null;
  const intervals = new IntervalFile(task.path, row, search);
  const clock = new SoakClock(0, performance.now());
  const threadsBefore = threadsLeft();
  const ran = await runSlice({
    row,
    seed: task.seed,
    lengthMs: task.lengthMs,
    leftMs: Infinity,
    ledger: intervals,
    slice: { row: task.row.id, id: null },
    classes: search?.meter == null ? null : new SliceClasses(intervals, task.row.id, search.meter),
    clock,
    signal,
    tick: () => void clock.tick(performance.now()),
    // After a failure that nobody expected the slice ends, so that its evidence is soon with the hub.
    isEnough: (totals) => isEnough(row, totals) || hasUnexpected(row, totals),
    onCounts: () => {},
    onBooked: () => {},
  });
  const { outcome, book } = ran;
  if ('trials' in outcome && book.leftOut === null) writeEvidence(task.path, outcome);
  if (threadsLeft() > threadsBefore) await leftThreadsGone();
  const isStuck = threadsLeft() > threadsBefore;
  intervals.end(endOf(ran, signal.aborted, isStuck));
  return { hasFailed: intervals.hasFailed, isSound: !isStuck && outcome.harnessError === null };
}

/** Writes the first failure of each signature, with its records if it left any. */
function writeEvidence(path: string, { reports, evidence }: RunOutcome): void {
  for (const [signature, lines] of Object.entries(reports)) {
    const found = evidence.find((one) => one.signature === signature);
    const bytes = found === undefined ? null : encodeEvidence(found);
    const packed = bytes === null ? null : gzipSync(bytes).toString('base64');
    const fits = packed !== null && packed.length <= FILE_MAX;
    const tooLarge = packed !== null && !fits ? ['(its records have more than 1 MB and stayed on the host)'] : [];
    const report = [...lines, ...tooLarge].join('\n');
    const sha256 = createHash('sha256')
      .update(fits ? bytes! : report)
      .digest('hex');
    appendLine(path, { evidence: { signature, sha256, report, file: fits ? packed : null } });
  }
}

function endOf({ outcome, book: { leftOut } }: RanSlice, isCut: boolean, isStuck: boolean): SliceEnd {
  const { hostStalls, hostStallMs, workersReplaced } = ('trials' in outcome ? outcome.watchdog : null) ?? NOTHING_SEEN;
  const left =
    leftOut === null
      ? null
      : `counts were left out: its ${leftOut.why === 'code' ? 'code was written meanwhile' : 'counters were overwritten'}`;
  return {
    end: isCut ? 'cut' : 'whole',
    harnessError: outcome.harnessError ?? (isStuck ? STUCK : left),
    hostStalls,
    hostStallMs,
    workersReplaced,
    processorTime: 'trials' in outcome ? outcome.processorTime : null,
  };
}
