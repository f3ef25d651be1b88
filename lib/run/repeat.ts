/** The command that runs something again, with every parameter spelt out, those too that were not typed. */

import type { SpinRange } from '../race/race.js';
import { shellWord } from '../report/shellWord.js';
import { claimText } from './claimText.js';
import { formatDuration } from './duration.js';
import type { RunOrder } from './request.js';

/** The command line, ready to be pasted. `seed`: whether it names the run's seed; a row of a soak has another one in each slice. */
export function repeatCommand(order: RunOrder, { seed = true }: { readonly seed?: boolean } = {}): string {
  const { plan, typed, threads, durationMs, watchdogMs, claim, withTwin, draws } = order;
  return [
    `npx racehammer run ${shellWord(`${typed}:${plan.variant}`)}`,
    `--cpus ${plan.cpus} --threads ${threads} --sync ${plan.sync}`,
    ...(draws && seed ? [`--seed ${plan.seed}`] : []),
    ...(durationMs === null ? [] : [`--duration ${formatDuration(durationMs)}`]),
    ...(plan.trials === Infinity ? [] : [`--trials ${plan.trials}`]),
    ...(claim === null ? [] : [`--until-confidence ${claimText(claim)}`]),
    `--round ${plan.round}`,
    `--spin ${spinWords(plan.spin)}`,
    ...Object.entries(plan.knobs).map(([name, value]) => `--knob ${shellWord(`${name}=${value}`)}`),
    ...Object.entries(plan.phases).map(([actor, range]) => `--phase ${shellWord(`${actor}=${spinWords(range)}`)}`),
    ...Object.entries(plan.windows).map(([name, range]) => `--window ${shellWord(`${name}=${spinWords(range)}`)}`),
    ...(plan.stopOnFirst ? ['--stop-on-first'] : []),
    ...(withTwin ? [] : ['--no-twin']),
    ...(plan.recording ? [] : ['--no-record']),
    ...(!plan.bindCores ? ['--no-bind'] : []),
    ...(!plan.lockdep ? ['--no-lockdep'] : []),
    watchdogMs === null ? '--no-watchdog' : `--watchdog ${formatDuration(watchdogMs)}`,
    ...(plan.onHang === 'stop' ? ['--on-hang stop'] : []),
  ].join(' ');
}

/** The same for `verify`: `targets`, rows and settings as they were typed, the rest from any of its orders. */
export function verifyCommandLine(
  { plan, durationMs }: RunOrder,
  targets: readonly string[],
  {
    row,
    tuned,
    anyHost,
  }: { readonly row: readonly string[]; readonly tuned?: string | true; readonly anyHost?: boolean },
): string {
  return [
    'npx racehammer verify',
    ...targets.map(shellWord),
    ...row.map((text) => `--row ${shellWord(text)}`),
    `--budget ${formatDuration(durationMs ?? 0)} --seed ${plan.seed}`,
    ...(!plan.bindCores ? ['--no-bind'] : []),
    ...(!plan.lockdep ? ['--no-lockdep'] : []),
    ...(tuned === undefined ? [] : [tuned === true ? '--tuned' : `--tuned ${shellWord(tuned)}`]),
    ...(anyHost === true ? ['--any-host'] : []),
  ].join(' ');
}

/** What belongs to a figure and has no flag, as a comment that may be pasted with the command. */
export function repeatRemark({ plan, draws }: RunOrder): string {
  const seed = draws ? "the seed fixes the delays, not what the host's scheduler does" : 'nothing is drawn by a seed';
  return `# layout packed, recorder ${plan.recording ? 'on' : 'off'}; ${seed}`;
}

export function spinWords({ min, max }: SpinRange): string {
  return min === max ? String(min) : `${min}..${max}`;
}
