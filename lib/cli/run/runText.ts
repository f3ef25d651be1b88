/** What the two texts of `run` share. Called by run.ts, wholeText.ts and briefText.ts. */

import { overallRate, rateSentence } from '../../report/comparison/rates.js';
import { counted } from '../../report/format/numbers.js';
import type { EvidenceLink, RunDocument } from '../../report/run/document.js';
import { claimWords } from '../../report/words/claim.js';
import { codeMark, countedThreads, groupWords, worldOf } from '../../report/words/world.js';
import { isJavaScript } from '../../race/kinds.js';
import type { Race } from '../../race/race.js';
import { formatDuration } from '../../run/duration.js';
import type { OrderGiven } from '../../run/order/order.js';
import type { RunRequest } from '../../run/request.js';

/** What a text of runs is made of, besides their results. */
export interface AskedRuns {
  readonly race: Race;
  readonly requests: readonly RunRequest[];
  /** The order that the runs start from; null for none. */
  readonly given: OrderGiven | null;
  /** What is to be known of settings that were found. */
  readonly notes: readonly string[];
}

/** The lines of a text, when they are known. */
export interface RunText {
  begin(): string[];
  ended(run: RunDocument): string[];
  /** Behind `ended`, when the failures that were kept have been replayed. */
  kept(evidence: readonly EvidenceLink[]): string[];
  /** `left`: a line for each variant that was not run. */
  end(runs: readonly RunDocument[], left: readonly string[]): string[];
}

/** Says whether the fix has changed the rate. */
export function rateLines(runs: readonly RunDocument[]): string[] {
  if (runs.length < 2) return [];
  const [first, second] = runs;
  const rate = overallRate(first, second);
  return rate === null ? [] : [rateSentence(rate, [first.variant, second.variant])];
}

/** Returns "2 CPUs, 1 machine, rendezvous, 3s each". */
export function shapeWords(race: Race, requests: readonly RunRequest[]): string {
  const of = codeMark(isJavaScript(race));
  const [{ plan }] = requests;
  return [
    `${countedThreads(of, plan.cpus)}${plan.places === plan.cpus ? '' : ` for ${plan.places} tasks`}`,
    ...groupWords(of, plan.machines),
    plan.sync,
    ...(plan.memory === 'sc' ? [] : [`memory ${plan.memory}`]),
    `${limitWords(requests[0])}${requests.length === 1 ? '' : ' each'}`,
  ].join(', ');
}

function limitWords({ plan, durationMs, claim }: RunRequest): string {
  const limits = [
    ...(durationMs === null ? [] : [formatDuration(durationMs)]),
    ...(plan.trials === Infinity ? [] : [counted(plan.trials, 'trial')]),
    ...(claim === null ? [] : [`until "${claimWords(claim)}" is decided`]),
  ];
  return limits.join(' or ');
}

/** Returns notes on the effect of the number of threads on this host. */
export function hostNotes(race: Race, { plan, threads }: RunRequest): string[] {
  const { cpus, places, machines, cores } = plan;
  const { thread, group, hasWindows } = worldOf(codeMark(isJavaScript(race)));
  const notes: string[] = [];
  const running = cpus * machines;
  if (running < threads)
    notes.push(`note: ${threads - running} of ${counted(threads, 'thread')} left over: too few for another ${group}`);
  if (places * machines > cores) {
    notes.push(
      `note: ${places * machines} ${places === cpus ? `${thread}s` : 'tasks'} share ${counted(cores, 'core')}: at every meeting some threads wait to be scheduled ` +
        `(expect 10 to 100 times fewer trials/s); ${hasWindows ? 'windows' : 'delays'} that are not set with --window are lengthened to compensate`,
    );
  }
  return notes;
}
