/**
 * Is a sleep in Atomics.wait that ends ever proved to have no end?
 *
 *     npm run torture:sleeps
 *     npm run torture:sleeps -- 500000
 *
 * The protocols of test/fixtures/sharedMemory.ts and awaitedMemory.ts in the forms that always end, for so many trials in all (5 million if none), and the
 * whole process stopped at random for 1 to 300 ms by SIGSTOP: every failure and every harness error is a false alarm. Prints one line
 * for each run and a sum; ends with 1 if there was a false alarm.
 */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AWAITED } from '../fixtures/awaitedMemory.js';
import { PROTOCOLS } from '../fixtures/sharedMemory.js';
import { say, start, torment } from './tormented.js';

const fileOf = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url));
const TORMENT = { stopped: { min: 1, max: 300 }, running: { min: 5, max: 800 } };
/** No run has more trials, so that all protocols have their part. */
const TRIALS_MAX = 100_000;

const [wanted = '5000000'] = process.argv.slice(2);
const forms = [
  ...Object.keys(PROTOCOLS).map((name) => `${fileOf('sharedMemory')}:${name}-fixed`),
  ...Object.keys(AWAITED)
    .filter((name) => AWAITED[name].fails === null)
    .map((name) => `${fileOf('awaitedMemory')}:${name}`),
];
let alarms = 0;
let trials = 0;
let stops = 0;
for (let i = 0; trials < Number(wanted); i++) {
  const form = forms[i % forms.length];
  const most = Math.min(TRIALS_MAX, Math.ceil(Number(wanted) / forms.length), Number(wanted) - trials);
  const { child, ended } = start([form, '--trials', String(most), '--no-evidence']);
  const [stopped, [run]] = await Promise.all([torment(child, TORMENT), ended]);
  trials += run.trials;
  stops += stopped;
  const wrong = run.failures > 0 || run.harnessError !== null;
  if (wrong) alarms++;
  say(`${basename(form)}: ${run.trials} trials, ${stopped} stops${wrong ? ' FALSE ALARM' : ''}`);
  if (wrong) say(JSON.stringify({ outcomes: run.outcomes, error: run.harnessError, reports: run.reports }));
}
say(`${trials} trials and ${stops} stops, ${alarms} runs with a false alarm`);
process.exitCode = alarms === 0 ? 0 : 1;
