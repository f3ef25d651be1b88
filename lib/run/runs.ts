/** Performs runs of one race, one after the other. Called by the `run` command and by run() of programs. */

import type { Evidence } from '../evidence/evidence.js';
import { KeptThreads } from '../harness/host/keptThreads.js';
import { trialsToDecide } from '../statistics/claim.js';
import type { EvidenceLink, RunDocument } from '../report/run/document.js';
import type { Plan } from '../harness/plan.js';
import { hammerRequest, type HammerHooks } from './hammer.js';
import { knownFor } from './knownRate.js';
import type { NamedRace } from './namedRace.js';
import type { OrderSampler, SampledOrders } from './order/sampledOrders.js';
import type { RunRequest } from './request.js';
import type { ViewOf } from './view.js';

/** What the caller sees and controls. */
export interface RunsHooks {
  /** Ends the current run and leaves out the rest. */
  readonly signal: AbortSignal;
  readonly view: ViewOf;
  /** Whether nobody reads the result any more. */
  readonly isUnread: () => boolean;
  readonly onEnd?: (run: RunDocument) => void;
  /** Called after onEnd with the trials that were sampled, where that was asked for; null where none can be. */
  readonly onSampled?: (sampled: SampledOrders | null) => void;
  /** Called after onEnd, when the kept failures have been replayed. */
  readonly onEvidence?: (kept: readonly EvidenceLink[]) => void;
}

/** Returns the documents of the requests, in their order; fewer if an interrupt left some out. */
export async function runAll(
  race: NamedRace,
  requests: readonly RunRequest[],
  hooks: RunsHooks,
): Promise<readonly RunDocument[]> {
  const threads = new KeptThreads();
  try {
    return await runInThreads(race, requests, { ...hooks, threads });
  } finally {
    await threads.end(hooks.signal.aborted);
  }
}

interface InThreads extends RunsHooks {
  readonly threads: KeptThreads;
}

async function runInThreads(
  race: NamedRace,
  requests: readonly RunRequest[],
  hooks: InThreads,
): Promise<readonly RunDocument[]> {
  const runs: RunDocument[] = [];
  for (const request of requests) {
    const known = await knownFor(race, request, { requests, runs, ...hooks });
    if (hooks.signal.aborted || hooks.isUnread()) break;
    let kept: readonly Evidence[] = [];
    const { plan } = request;
    const classes = request.classes ? await classesOf(race, plan, hooks.signal) : undefined;
    const sampler = request.traced && plan.samples ? await samplerOf(race, plan) : undefined;
    const view = hooks.view(`${race.race.name}:${request.plan.variant}`, limitOf(request), 'run');
    const run = await hammerRequest(race.race, request, {
      signal: hooks.signal,
      threads: hooks.threads,
      known,
      ...(classes === undefined ? {} : { classes }),
      ...(sampler === undefined ? {} : { sampler }),
      onProgress: (totals, seconds) => view?.update(totals, seconds),
      onEvidence: (evidence) => (kept = evidence),
      isEnough: () => hooks.isUnread(),
    });
    view?.end();
    // A run without a trial would count as a harness error.
    if (hooks.isUnread() && run.trials === 0 && run.harnessError === null) break;
    hooks.onEnd?.(run);
    if (request.traced) hooks.onSampled?.(sampler?.orders() ?? null);
    runs.push(await withEvidence(race, request, run, kept, hooks));
  }
  return runs;
}

/** Returns what orders sampled trials; loaded only where it is asked for. */
async function samplerOf({ race }: NamedRace, plan: Plan): Promise<OrderSampler> {
  return new (await import('./order/sampledOrders.js')).OrderSampler(race, plan);
}

/** Explores what is about to be hammered. The search is loaded only where it is asked for. */
async function classesOf({ race }: NamedRace, plan: Plan, signal: AbortSignal): Promise<HammerHooks['classes']> {
  const { meterFor } = await import('./order/meter.js');
  return await meterFor(race, plan, { signal });
}

async function withEvidence(
  race: NamedRace,
  request: RunRequest,
  run: RunDocument,
  kept: readonly Evidence[],
  { signal, threads, onEvidence }: InThreads,
): Promise<RunDocument> {
  if (typeof request.evidence !== 'string') return run;
  const evidence = await (
    await import('./evidence/keptEvidence.js')
  ).proveKept(request.evidence, race, kept, threads, signal);
  onEvidence?.(evidence);
  return { ...run, evidence };
}

function limitOf({ plan, durationMs, claim }: RunRequest) {
  return {
    trials: plan.trials,
    durationMs: durationMs ?? Infinity,
    ...(claim === null ? {} : { claimTrials: (failures: number) => trialsToDecide(claim, failures) }),
  };
}
