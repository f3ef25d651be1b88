/** Makes the document of a finished run. Called by hammer.ts; reports and `--json` print it. */

import { failingBlocks } from '../statistics/counts.js';
import { powerOf, type KnownRate } from '../statistics/power.js';
import { binomialInterval, zeroFailureBound } from '../statistics/statistics.js';
import { INTERRUPTED_EXIT, exitCodeOf, judge, type Verdict } from '../statistics/verdict.js';
import { waitingOf } from '../harness/plan.js';
import { shareOf } from '../harness/host/processorShare.js';
import type { RunOutcome } from '../harness/host/run.js';
import { expectedOf } from '../race/expectation.js';
import { isInstrumented } from '../instrument/marked.js';
import { isJavaScript } from '../race/kinds.js';
import type { Race } from '../race/race.js';
import type {
  ClaimFigures,
  ClassFigures,
  GapFigures,
  OrderFigures,
  OutcomeFigures,
  PowerFigures,
  RunDocument,
} from '../report/run/document.js';
import { unstarvedRates } from '../report/words/starved.js';
import { codeMark } from '../report/words/world.js';
import { litmusFigures } from './litmusFigures.js';
import { hostFacts } from './hostFacts.js';
import { repeatCommand } from './repeat.js';
import { loadedRevision } from './revision.js';
import type { RunRequest } from './request.js';
import { packageVersion } from '../harness/host/raceSource.js';

/** What the document needs besides the outcome of the run. */
export interface RunContext {
  /** Milliseconds from the start of the process to the start of the run. */
  readonly startedMs: number;
  readonly claim: ClaimFigures | null;
  /** What was counted of the order that the run was to make likely; null for none. */
  readonly from: OrderFigures | null;
  /** The classes of orders that it has met; null where nobody counted them. */
  readonly classes: ClassFigures | null;
  /** The known rate for judging a run without failures; null if nothing is known to fail. */
  readonly known: KnownRate | null;
}

export function runDocumentOf(
  race: Race,
  request: RunRequest,
  outcome: RunOutcome,
  { startedMs, claim, known, from, classes }: RunContext,
): RunDocument {
  const { plan } = request;
  const { min, max } = waitingOf(plan);
  const { trials } = outcome;
  const expected = expectedOf(race, plan.variant, plan.knobs, plan.memory);
  const repeat = repeatCommand(request);
  const judged = judge(expected, outcome, { known, claim: claim?.result ?? null });
  // Threads have done what no state allows: nothing that all states say, or the machine, can be trusted.
  const isUnknown = classes !== null && classes.unknown > 0 && judged !== 'HARNESS_ERROR';
  // What must come and has not come yet may never come.
  const isMissing = outcome.graded?.some(({ grade, count }) => grade === 'required' && count === 0) === true;
  const processorShare = shareOf(outcome.processorTime);
  const unstarved = unstarvedRates({ ...outcome, processorShare });
  const verdict = isUnknown ? 'VIOLATED' : isMissing && judged === 'HELD' ? 'INCONCLUSIVE' : judged;
  return {
    schema: 'racehammer.run/1',
    version: packageVersion(),
    revision: loadedRevision(plan.raceUrl),
    startedAt: new Date(performance.timeOrigin + startedMs).toISOString(),
    race: plan.race,
    variant: plan.variant,
    ...codeMark(isJavaScript(race), isInstrumented(plan.raceUrl)),
    knobs: plan.knobs,
    cpus: plan.cpus,
    threads: request.threads,
    machines: plan.machines,
    sync: plan.sync,
    memory: plan.memory,
    seed: plan.seed,
    durationMs: request.durationMs,
    trialsMax: plan.trials === Infinity ? null : plan.trials,
    stopOnFirst: plan.stopOnFirst,
    recording: plan.recording,
    boundTo: outcome.boundTo,
    round: plan.round,
    spin: { min, max },
    phases: plan.phases,
    windows: plan.windows,
    trials,
    seconds: outcome.seconds,
    failures: outcome.failures,
    nearMisses: outcome.nearMisses,
    outcomes: outcome.outcomes.map((counted) => figuresOf(counted, trials)),
    ...(race.kind === 'litmus' ? { litmus: litmusFigures(race.test, plan.variant, outcome.litmusCounts) } : {}),
    startedMs,
    firstFailureMs: outcome.firstFailureMs,
    samples: outcome.samples,
    failureGaps: gapsOf(outcome.gaps),
    failureBlocks: failingBlocks(outcome),
    claim,
    upperBound95: outcome.failures === 0 && trials > 0 ? zeroFailureBound(trials) : null,
    expected: expected.fails === null ? 'hold' : 'fail',
    expectedOutcome: expected.fails,
    alsoFails: expected.alsoFails,
    minority: expected.minority,
    verdict,
    power: powerFigures(verdict, known, trials),
    exitCode: outcome.interrupted ? INTERRUPTED_EXIT : exitCodeOf(verdict),
    harnessError: outcome.harnessError,
    interrupted: outcome.interrupted,
    reports: withRepeat(outcome.reports, repeat),
    facts: outcome.facts,
    watchdog: outcome.watchdog,
    processorShare,
    ...(unstarved === null ? {} : { unstarved }),
    lockdep: outcome.lockdep,
    ...(outcome.leftPerCpu.length === 0 ? {} : { leftPerCpu: outcome.leftPerCpu }),
    ...(from === null ? {} : { from }),
    ...(classes === null ? {} : { classes }),
    ...(outcome.graded === null ? {} : { graded: outcome.graded }),
    repeat,
    host: hostFacts(),
  };
}

/** Returns the figures of a verdict without failures; null for all others. */
function powerFigures(verdict: Verdict, known: KnownRate | null, trials: number): PowerFigures | null {
  if (known === null || !['HELD', 'INCONCLUSIVE', 'NOT_REPRODUCED'].includes(verdict)) return null;
  return { ...known, ...powerOf(known, trials) };
}

function figuresOf(
  { signature, count, declared = true }: RunOutcome['outcomes'][number],
  trials: number,
): OutcomeFigures {
  const { low, high } = binomialInterval(count, trials);
  return { signature, count, declared, rate: count / trials, low95: low, high95: high };
}

/** Adds the command that repeats the run to each report, before its closing rule. */
function withRepeat(reports: RunOutcome['reports'], repeat: string): RunOutcome['reports'] {
  return Object.fromEntries(
    Object.entries(reports).map(([signature, lines]) => [
      signature,
      [...lines.slice(0, -1), '', `how to repeat: ${repeat}`, ...lines.slice(-1)],
    ]),
  );
}

function gapsOf(counts: readonly number[]): GapFigures[] {
  return counts.map((count, g) => ({ from: 2 ** g, to: 2 ** (g + 1) - 1, count })).filter(({ count }) => count > 0);
}
