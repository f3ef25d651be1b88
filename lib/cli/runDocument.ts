/** A finished run as a document: what `--json` prints and what the reports are made of. */

import { binomialInterval, zeroFailureBound } from '../evidence/statistics.js';
import { INTERRUPTED_EXIT, exitCodeOf, judge } from '../evidence/verdict.js';
import type { RunOutcome } from '../harness/run.js';
import { expectedOutcome, type Race } from '../race/defineRace.js';
import type { OutcomeFigures, RunDocument } from '../report/runDocument.js';
import { hostFacts } from './hostFacts.js';
import { repeatCommand } from './repeat.js';
import type { RunOrder } from './runOrder.js';

/** `startedMs`: from the start of the process to the start of the run. */
export function documentOf(race: Race, order: RunOrder, outcome: RunOutcome, startedMs: number): RunDocument {
  const { plan } = order;
  // A failure is counted at once, the trials of a round at its end: a round that was cut off must not make a rate above one.
  const trials = Math.max(outcome.trials, outcome.failures);
  const expected = expectedOutcome(race, plan.variant, plan.knobs);
  const verdict = judge(expected, { ...outcome, trials });
  return {
    schema: 'racehammer.run/1',
    race: plan.race,
    variant: plan.variant,
    knobs: plan.knobs,
    cpus: plan.cpus,
    threads: order.threads,
    machines: plan.machines,
    sync: plan.sync,
    seed: plan.seed,
    durationMs: order.durationMs,
    trialsMax: order.durationMs === null ? plan.trials : null,
    stopOnFirst: plan.stopOnFirst,
    recording: plan.recording,
    layout: 'packed',
    phases: plan.phases,
    windows: plan.windows,
    trials,
    seconds: outcome.seconds,
    failures: outcome.failures,
    nearMisses: outcome.nearMisses,
    outcomes: outcome.outcomes.map((counted) => figuresOf(counted, trials)),
    startedMs,
    firstFailureMs: outcome.firstFailureMs,
    upperBound95: outcome.failures === 0 && trials > 0 ? zeroFailureBound(trials) : null,
    expected: expected === null ? 'hold' : 'fail',
    expectedOutcome: expected,
    verdict,
    exitCode: outcome.interrupted ? INTERRUPTED_EXIT : exitCodeOf(verdict),
    harnessError: outcome.harnessError,
    interrupted: outcome.interrupted,
    reports: outcome.reports,
    repeat: repeatCommand(order),
    host: hostFacts(),
  };
}

function figuresOf({ signature, count }: { signature: string; count: number }, trials: number): OutcomeFigures {
  const { low, high } = binomialInterval(count, trials);
  return { signature, count, rate: count / trials, low95: low, high95: high };
}
