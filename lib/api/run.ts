/** run() and verify() for programs: what the commands do, without a terminal. Imported by lib/index.ts when they are called. */

import { builtInRaces } from '../harness/host/loadRace.js';
import type { RunDocument } from '../report/run/document.js';
import { verifyDocument, type VerifyDocument } from '../report/verify/document.js';
import { ROW_BUDGET_MS } from '../run/defaults.js';
import type { NamedRace } from '../run/namedRace.js';
import { verifyCommandLine } from '../run/repeat.js';
import type { RunRequest } from '../run/request.js';
import { RowProver } from '../run/verify/proveRows.js';
import { declaredRows, readyRow } from '../run/rows.js';
import { runAll } from '../run/runs.js';
import { UsageError, quoted } from '../run/usageError.js';
import { verifyRows } from '../run/verify/verifyRows.js';
import type { ViewOf } from '../run/view.js';
import {
  durationOf,
  checkedMemory,
  howLoaded,
  refuseUnknown,
  requestOf,
  requireUnaborted,
  checkedSeed,
} from './checked.js';
import { loadGiven } from './given.js';
import type { ProgressCounts, RaceGiven, RunConditions, RunOptions, VerifyOptions } from './options.js';

export const CONDITIONS = [
  'knobs',
  'cpus',
  'threads',
  'sync',
  'memory',
  'phases',
  'windows',
  'seed',
  'twin',
  'evidence',
  'watchdog',
  'instrument',
  'signal',
  'onProgress',
];
export const LIMITS = ['trials', 'duration', 'claim'];
const RUN = ['variant', 'stopOnFirst', 'from', 'classes', ...CONDITIONS, ...LIMITS];
const VERIFY = ['budget', 'row', 'prove', 'instrument', 'memory', 'seed', 'evidence', 'signal', 'onProgress', 'onRow'];

/** Runs one variant. Throws UsageError for wrong options; what happens in the run is in the document. */
export async function run(given: RaceGiven, options: RunOptions): Promise<RunDocument> {
  refuseUnknown('run', options, RUN);
  requireUnaborted(options);
  const named = await loadGiven(given, howLoaded(options));
  const { from } = options;
  const order = from === undefined ? null : (await import('../run/order/givenOrder.js')).readOrder(from, named.race);
  return runRequest(named, requestOf(named, options, order), options);
}

/** Runs a request that was checked. */
export async function runRequest(
  named: NamedRace,
  request: RunRequest,
  { signal, onProgress }: RunConditions,
): Promise<RunDocument> {
  const runs = await runAll(named, [request], {
    signal: signal ?? NEVER,
    view: viewOf(onProgress),
    isUnread: () => false,
  });
  if (runs.length === 0) throw signal?.reason;
  return runs[0];
}

/** Runs the rows of a race, or of all built-in races. */
export async function verify(given: RaceGiven | undefined, options: VerifyOptions): Promise<VerifyDocument> {
  refuseUnknown('verify', options, VERIFY);
  requireUnaborted(options);
  const { row = '', prove = false, evidence, signal = NEVER, onProgress, onRow } = options;
  const how = howLoaded(options);
  if (how.instrument && given === undefined)
    throw new UsageError('instrument: name the test of hammer() to verify: no built-in race is one');
  const request = {
    seed: checkedSeed(options),
    budgetMs: durationOf('budget', options.budget ?? ROW_BUDGET_MS),
    lockdep: true,
    memory: checkedMemory(options),
    bindCores: true,
    evidence,
    classes: prove,
  };
  const races = await Promise.all((given === undefined ? builtInRaces() : [given]).map((one) => loadGiven(one, how)));
  const rows = races
    .flatMap((named) => declaredRows(named.race).map((declared) => readyRow(named, declared, request)))
    .filter((one) => one.row.toLowerCase().includes(row.toLowerCase()));
  if (rows.length === 0) throw new UsageError(`row ${quoted(row)}: is in no name of a row`);
  const prover = prove ? new RowProver(signal) : null;
  await prover?.searchAll(rows);
  const verified = await verifyRows(rows, {
    signal,
    prover,
    view: viewOf(onProgress),
    isUnread: () => false,
    onEnd: (_, document) => onRow?.(document),
  });
  const done = prover === null ? verified.rows : await prover.prove(rows, verified.rows);
  const targets = given === undefined ? [] : races.map(({ typed }) => typed);
  const repeated = { ...request, ...how, bind: true, row: row === '' ? [] : [row], prove };
  const searched = prover === null ? {} : { searchSeconds: prover.seconds };
  return verifyDocument({ ...verified, ...searched, rows: done, repeat: verifyCommandLine(targets, repeated) });
}

const NEVER = new AbortController().signal;

/** Tells the counts of what was asked for, not those of twins. */
function viewOf(onProgress: ((counts: ProgressCounts) => void) | undefined): ViewOf {
  return (_title, _limit, viewed) => {
    if (onProgress === undefined || viewed === 'twin') return undefined;
    return {
      update: ({ trials, failures }, seconds) => onProgress({ trials, failures, seconds }),
      end() {},
    };
  };
}
