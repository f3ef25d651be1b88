/**
 * Does the watchdog ever cry wolf, and does a run lose anything when it is right?
 *
 *     npm run torture:watchdog -- 10m
 *     npm run torture:watchdog -- 2m 2 0
 *
 * First, for the given time (1m if none), the fix of each built-in race with so many CPUs (8, or as many as it may have) beside so many busy neighbours
 * (2), and the whole process stopped at random for 0.2 to 3 s by SIGSTOP: every failure and every harness error is a false alarm. Then a
 * thousand hangs, and fifty workers that have to be replaced: every trial must be counted, and every hang. Prints one line
 * for each run and a sum; ends with 1 if there was a false alarm or a sample is lost.
 */
import { loadTyped } from '../../lib/cli/chooseRace.js';
import { builtInRaces } from '../../lib/harness/host/loadRace.js';
import { parseDuration } from '../../lib/run/duration.js';
import { busyNeighbours, say, start, torment } from './tormented.js';

/** What holds beside the fix of each built-in race. */
const ALSO_FIXED = ['pgd-lock:plain-lock', 'pgd-lock:unlock-first', 'pgd-lock:rwlock', 'canary:lock'];
const SLICE_MS = 15_000;
const TORMENT = { stopped: { min: 200, max: 3000 }, running: { min: 100, max: 4000 } };
const HANGS = 1000;
const REPLACEMENTS = 50;

/** Fixed variants in turn; returns the false alarms. */
async function hunt(durationMs: number, cpus: number): Promise<number> {
  const until = performance.now() + durationMs;
  let alarms = 0;
  let trials = 0;
  let undecided = 0;
  const fixed = await fixedForms(cpus);
  for (let i = 0; performance.now() < until; i++) {
    const slice = Math.round(Math.max(1000, Math.min(SLICE_MS, until - performance.now())));
    const [what, cpusOf] = fixed[i % fixed.length];
    const { child, ended } = start([what, '--cpus', String(cpusOf), '--duration', `${slice}ms`]);
    const [stops, runs] = await Promise.all([torment(child, TORMENT), ended]);
    for (const run of runs) {
      // A host that gives so little CPU time may have too few trials for HELD, and that is what it says.
      const isUndecided = run.verdict === 'INCONCLUSIVE';
      const wrong = run.failures > 0 || (run.verdict !== 'HELD' && !isUndecided);
      if (isUndecided) undecided++;
      if (wrong) alarms++;
      trials += run.trials;
      const { hostStalls = 0, hostStallMs = 0 } = run.watchdog ?? {};
      const stalls = `${stops} stops, ${hostStalls} host stalls of ${hostStallMs} ms`;
      say(`${run.race}:${run.variant}: ${run.trials} trials, ${stalls}, ${run.verdict}${wrong ? ' FALSE ALARM' : ''}`);
      if (wrong) say(JSON.stringify({ outcomes: run.outcomes, error: run.harnessError, reports: run.reports }));
    }
  }
  say(
    `${trials} trials of fixed variants with ${cpus} CPUs, ${alarms} false alarms, ${undecided} runs with too few trials`,
  );
  return alarms;
}

/** Returns what is hammered, each with how many CPUs: so many, or as many as the race may have. */
async function fixedForms(cpus: number): Promise<[string, number][]> {
  const races = await Promise.all(builtInRaces().map(async (name) => (await loadTyped(name)).race));
  const merged = races.flatMap((race) => ('merged' in race && race.merged !== undefined ? [race] : []));
  const forms = merged.map((race): [string, number] => [
    `${race.name}:${race.merged}`,
    Math.min(cpus, race.cpus.max ?? cpus),
  ]);
  return [...forms, ...ALSO_FIXED.map((form): [string, number] => [form, cpus])];
}

/** Trials and hangs that were not counted. */
async function lostOf(variant: string, trials: number, every: number): Promise<number> {
  const args = [`canary:${variant}`, '--trials', String(trials), '--knob', `every=${every}`];
  const [run] = await start(args).ended;
  const hangs = trials / every;
  const lost = Math.abs(trials - run.trials) + Math.abs(hangs - run.failures);
  const replaced = run.watchdog?.workersReplaced ?? 0;
  say(
    `canary:${variant}: ${run.trials} of ${trials} trials, ${run.failures} of ${hangs} hangs, ${replaced} workers replaced, ${run.verdict}`,
  );
  return run.verdict === 'REPRODUCED' ? lost : lost + 1;
}

const [duration = '1m', cpus = '8', beside = '2'] = process.argv.slice(2);
const neighbours = busyNeighbours(Number(beside));
try {
  const alarms = await hunt(parseDuration(duration), Number(cpus));
  for (const neighbour of neighbours) neighbour.kill('SIGKILL');
  const lost =
    (await lostOf('lock-cycle', HANGS * 10, 10)) +
    (await lostOf('orphaned-lock', HANGS * 10, 10)) +
    (await lostOf('stuck-worker', REPLACEMENTS * 10, 10));
  say(`${alarms} false alarms, ${lost} samples lost`);
  process.exitCode = alarms + lost === 0 ? 0 : 1;
} finally {
  for (const neighbour of neighbours) neighbour.kill('SIGKILL');
}
