/** `racehammer run`: hammers one variant of a race, or the buggy form and then the merged fix. */

import { counted } from '../../report/format/numbers.js';
import { INTERRUPTED_EXIT, worstExitCode } from '../../statistics/verdict.js';
import type { Plan } from '../../harness/plan.js';
import { expectedOutcome } from '../../race/expectation.js';
import type { Race } from '../../race/race.js';
import { runAnnotations } from '../../report/verify/annotations.js';
import { claimWords } from '../../report/words/claim.js';
import { comparison } from '../../report/comparison/sideBySide.js';
import { overallRate, rateSentence } from '../../report/comparison/rates.js';
import type { RunDocument } from '../../report/run/document.js';
import { evidenceLines, notKeptLines } from '../../report/run/evidenceLines.js';
import { orderLines } from '../../report/run/orderLines.js';
import { runReport } from '../../report/run/text.js';
import { annotate } from '../annotate.js';
import { chooseRace } from '../chooseRace.js';
import type { ChosenRace } from '../../run/namedRace.js';
import { formatDuration } from '../../run/duration.js';
import { catchInterrupts } from '../interrupts.js';
import { LiveLines, isTerminal, print, printDocument, stdoutLost, tell } from '../output.js';
import { ProgressLine } from '../progress.js';
import { spinWords } from '../../run/options.js';
import { repeatRemark } from '../../run/repeat.js';
import type { RunFlags } from './options.js';
import { requestsFor } from './checkedFlags.js';
import type { OrderGiven } from '../../run/order/order.js';
import type { RunRequest } from '../../run/request.js';
import { runAll, type RunsHooks } from '../../run/runs.js';
import type { ViewOf } from '../../run/view.js';
import { readTuned, tunerOf } from '../tuned.js';

/** Runs the requested variants and prints the results. Returns the exit code. Throws UsageError. */
export async function runCommand(target: string, flags: RunFlags): Promise<number> {
  const chosen = await chooseRace(target);
  const notes: string[] = [];
  const given = await readGiven(chosen, flags);
  const tune = tunerOf(readTuned(flags), chosen, (words) => notes.push(words));
  const requests = requestsFor(chosen, flags, tune, given);
  const { race } = chosen;
  const boxed = isTerminal('stdout');
  const say = (lines: readonly string[]): void => {
    if (!flags.json) print(lines);
  };
  say([...introduction(race, requests), ...(given === null ? [] : orderLines(given.order)), ...notes]);
  if (flags.json) tell(notes);
  const { runs, interrupted } = await hammerAll(chosen, requests, {
    onEnd: (run) => say(['', ...runReport(run, boxed)]),
    onEvidence(kept) {
      say(evidenceLines(kept));
      if (flags.json) tell(notKeptLines(kept));
    },
  });
  if (runs.length > 1) say(['', ...comparison(runs, boxed), ...rateLines(runs)]);
  const left = requests.slice(runs.length).map(({ plan }) => `not run: ${race.name}:${plan.variant}`);
  say(['', ...left, repeatRemark(requests[0]), ...runs.map((run) => `repeat: ${run.repeat}`)]);
  if (flags.json) {
    printDocument(requests.length === 1 ? runs[0] : { schema: 'racehammer.runs/1', runs });
  }
  annotate(runAnnotations(runs));
  return interrupted ? INTERRUPTED_EXIT : worstExitCode(runs.map((run) => run.exitCode));
}

/** Reads the evidence that a run is to start from; null if there is none. What only evidence needs is loaded only then. */
async function readGiven({ race }: ChosenRace, { from }: RunFlags): Promise<OrderGiven | null> {
  return from === undefined ? null : (await import('../../run/order/givenOrder.js')).readOrder(from, race);
}

/** Performs one run after the other; an interrupt ends the running one and leaves out the rest. */
async function hammerAll(
  chosen: ChosenRace,
  requests: readonly RunRequest[],
  hooks: Pick<RunsHooks, 'onEnd' | 'onEvidence'>,
): Promise<{ readonly runs: readonly RunDocument[]; readonly interrupted: boolean }> {
  const interrupts = catchInterrupts();
  const { signal } = interrupts;
  const view: ViewOf = (title, limit) => new ProgressLine(new LiveLines(), title, limit);
  try {
    const runs = await runAll(chosen, requests, { ...hooks, signal, view, isUnread: () => stdoutLost.aborted });
    return { runs, interrupted: signal.aborted };
  } finally {
    interrupts.release();
  }
}

/** Whether the fix has changed the rate. */
function rateLines([first, second]: readonly RunDocument[]): string[] {
  const rate = overallRate(first, second);
  return rate === null ? [] : [rateSentence(rate, [first.variant, second.variant])];
}

/** Returns the conditions of the runs that are about to begin. */
function introduction(race: Race, requests: readonly RunRequest[]): string[] {
  const [{ plan, threads }] = requests;
  const width = Math.max(...requests.map((request) => request.plan.variant.length));
  return [
    `${race.name}: ${race.question}`,
    ...requests.map(({ plan: { variant, knobs, memory } }) => {
      const fails = expectedOutcome(race, variant, knobs, memory);
      const expected = fails === null ? 'expected to hold' : `expected to fail as ${fails}`;
      return `  ${variant.padEnd(width)}  ${expected}: ${race.variants[variant].about}`;
    }),
    `${counted(plan.cpus, 'CPU')}${plan.places === plan.cpus ? '' : ` for ${plan.places} tasks`}, ${plan.machines} ${plan.machines === 1 ? 'machine' : 'machines'}, ${plan.sync}${plan.memory === 'sc' ? '' : `, memory ${plan.memory}`}, ${limitWords(requests[0])} each${requests[0].draws ? `, seed ${plan.seed}` : ''}`,
    ...(race.kind === 'actors' ? settingsLines(plan) : [LITMUS_NOTE]),
    ...hostNotes(plan, threads),
  ];
}

function limitWords({ plan, durationMs, claim }: RunRequest): string {
  const limits = [
    ...(durationMs === null ? [] : [formatDuration(durationMs)]),
    ...(plan.trials === Infinity ? [] : [`${plan.trials} trials`]),
    ...(claim === null ? [] : [`until "${claimWords(claim)}" is decided`]),
  ];
  return limits.join(' or ');
}

function rangeWords(ranges: RunRequest['plan']['phases']): string {
  const words = Object.entries(ranges).map(([name, range]) => `${name} ${spinWords(range)}`);
  return words.length === 0 ? 'none' : words.join(', ');
}

/** Returns notes on the effect of the number of threads on this host. */
function hostNotes({ cpus, places, machines, cores }: RunRequest['plan'], threads: number): string[] {
  const notes: string[] = [];
  const running = cpus * machines;
  if (running < threads)
    notes.push(`note: ${threads - running} of ${threads} threads left over: too few for another machine`);
  if (places * machines > cores) {
    notes.push(
      `note: ${places * machines} ${places === cpus ? 'CPUs' : 'tasks'} share ${cores} cores: at every meeting some threads wait to be scheduled ` +
        '(expect 10 to 100 times fewer trials/s); windows that are not set with --window are lengthened to compensate',
    );
  }
  return notes;
}

const LITMUS_NOTE =
  'a litmus test: its threads sweep the memory of the host; no machine, no record, no evidence, no replay';

function settingsLines(plan: Plan): string[] {
  return [
    `phases in spins: ${rangeWords(plan.phases)}; window delays: ${rangeWords(plan.windows)}`,
    `rounds of ${plan.round}; a wait spins ${spinWords(plan.spin)} iterations before it sleeps`,
  ];
}
