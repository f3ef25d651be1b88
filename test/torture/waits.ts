/**
 * Is a wait that ends ever proved to have no end?
 *
 *     npm run torture:waits
 *     npm run torture:waits -- 500000 8
 *     npm run torture:waits -- 200000 2 1 mcs,mcs-loop
 *
 * Waits of every kind (test/fixtures/everyWait.ts), in forms that always end, for so many trials in all (10 million if none), with so many
 * CPUs (2) beside so many busy neighbours (0), of all kinds or of those that are named, under sc and tso, and the whole process stopped at
 * random for 1 to 300 ms by SIGSTOP: every failure and every harness error is a false alarm. Prints one line for each run and a sum; ends
 * with 1 if there was a false alarm.
 */
import { fileURLToPath } from 'node:url';
import { EVERY_WAIT } from '../fixtures/everyWait.js';
import { busyNeighbours, say, start, torment } from './tormented.js';

const RACE = fileURLToPath(new URL('../fixtures/everyWait.js', import.meta.url));
const TORMENT = { stopped: { min: 1, max: 300 }, running: { min: 5, max: 800 } };
/** No run has more trials, so that all kinds have their part. */
const TRIALS_MAX = 100_000;

/** Runs all kinds in turn until there were so many trials; returns the false alarms. */
async function hunt(wanted: number, cpus: number, kinds: readonly string[]): Promise<number> {
  let alarms = 0;
  let trials = 0;
  let stops = 0;
  for (let i = 0; trials < wanted; i++) {
    const kind = kinds[i % kinds.length];
    const memory = Math.floor(i / kinds.length) % 2 === 0 ? 'sc' : 'tso';
    const most = Math.min(TRIALS_MAX, Math.ceil(wanted / kinds.length), wanted - trials);
    const how = [
      '--trials',
      String(most),
      '--cpus',
      String(cpus),
      '--memory',
      memory,
      '--knob',
      `kind=${kind}`,
      '--no-evidence',
    ];
    const { child, ended } = start([`${RACE}:fixed`, ...how]);
    const [stopped, [run]] = await Promise.all([torment(child, TORMENT), ended]);
    trials += run.trials;
    stops += stopped;
    const wrong = run.failures > 0 || run.harnessError !== null;
    if (wrong) alarms++;
    say(`${kind}, ${memory}: ${run.trials} trials, ${stopped} stops${wrong ? ' FALSE ALARM' : ''}`);
    if (wrong) say(JSON.stringify({ outcomes: run.outcomes, error: run.harnessError, reports: run.reports }));
  }
  say(`${trials} trials with ${cpus} CPUs and ${stops} stops, ${alarms} runs with a false alarm`);
  return alarms;
}

const [trials = '10000000', cpus = '2', beside = '0', named] = process.argv.slice(2);
const neighbours = busyNeighbours(Number(beside));
try {
  process.exitCode = (await hunt(Number(trials), Number(cpus), named?.split(',') ?? EVERY_WAIT)) === 0 ? 0 : 1;
} finally {
  for (const neighbour of neighbours) neighbour.kill('SIGKILL');
}
