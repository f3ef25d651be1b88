/** Explores a variant, and makes the document of it. Called by `explore` and by explore() of programs. */

import { packageVersion } from '../harness/host/raceSource.js';
import { loadedRevision } from './revision.js';
import { exploreStates, type Exploration, type ExploredSoFar } from '../explore/explore.js';
import { expectedOf } from '../race/expectation.js';
import type { KeptThreads } from '../harness/host/keptThreads.js';
import { CpuPool } from '../harness/host/pool.js';
import { usualSync } from '../harness/makePlan.js';
import { showHostPlace } from '../harness/host/hostPlace.js';
import { after } from '../harness/host/timers.js';
import { isJavaScript, requireActors } from '../race/kinds.js';
import type { ActorRace, Race } from '../race/race.js';
import { codeMark } from '../report/words/world.js';
import type { ExploreDocument, ExploredFailure, WitnessFile } from '../report/explore/document.js';
import { INTERRUPTED_EXIT, exitCodeOf, type Verdict } from '../statistics/verdict.js';
import type { NamedRace } from './namedRace.js';
import { UsageError } from './usageError.js';
import type { ExploreRequest } from './exploreRequest.js';
import type { ExploreRepeated } from './options.js';
import { classesObstacle } from './classes.js';
import { stepsOf } from './order/orderSteps.js';
import { exploreCommandLine } from './repeat.js';
import { usualKnobs } from './usual.js';
import { keepWitness } from './evidence/witness.js';

/** What the caller sees and controls. */
export interface ExploreRunHooks {
  readonly signal: AbortSignal;
  /** `seconds` since it has begun. */
  readonly onProgress?: (soFar: ExploredSoFar, seconds: number) => void;
  /** Leaves the thread to others for a moment, in another way than usual. */
  readonly pause?: () => Promise<void>;
  /** Where the threads come from that run its orders; it has its own if absent. */
  readonly threads?: KeptThreads;
}

/** An exploration, and the document of it. */
export interface ExploredWith {
  readonly exploration: Exploration;
  readonly document: ExploreDocument;
}

/** Explores one variant. Throws UsageError for a litmus race, and ExploreRefusal for what a search would not see. */
export async function exploreVariant(
  named: NamedRace,
  request: ExploreRequest,
  hooks: ExploreRunHooks,
): Promise<ExploreDocument> {
  return (await exploreWith(named, request, hooks)).document;
}

/** Does the same; returns what was explored as well. */
export async function exploreWith(
  named: NamedRace,
  request: ExploreRequest,
  { signal, onProgress, pause = ON_HOST.pause, threads }: ExploreRunHooks,
): Promise<ExploredWith> {
  if (named.race.kind === 'litmus')
    throw new UsageError(
      `${named.race.name}: is a litmus race: its threads sweep the host's memory, and have no states`,
    );
  const race = requireActors(named.race);
  const { variant, knobs, cpus, memory, limits } = request;
  if (isJavaScript(race) && memory !== 'sc')
    throw new UsageError(
      `--memory ${memory}: ${race.name} is a test of JavaScript code, whose operations come one after another: it only has --memory sc`,
    );
  const startMs = performance.now();
  const seconds = (): number => (performance.now() - startMs) / 1000;
  const exploration = await exploreStates({ race, variant, knobs, cpus, memory }, limits, {
    signal,
    onProgress: (soFar) => onProgress?.(soFar, seconds()),
    ...ON_HOST,
    pause,
  });
  const took = seconds();
  const witnesses = await keepWitnesses(named, request, exploration, threads);
  const document = documentOf(named, race, request, exploration, { seconds: took, witnesses });
  return { exploration, document };
}

/** Runs the shortest order of each failure on real threads. */
async function keepWitnesses(
  named: NamedRace,
  request: ExploreRequest,
  exploration: Exploration,
  threads: KeptThreads | undefined,
): Promise<ReadonlyMap<string, WitnessFile>> {
  const kept = new Map<string, WitnessFile>();
  if (request.evidence === null || exploration.interrupted || exploration.witnesses.length === 0) return kept;
  const { places } = exploration.model.boot;
  const pool = threads?.lendForReplay(places) ?? new CpuPool(places);
  try {
    for (const witness of exploration.witnesses)
      kept.set(witness.signature, await keepWitness(request.evidence, named, request, exploration, witness, pool));
  } finally {
    await pool.destroy();
  }
  return kept;
}

/** What a search on the host's thread does for others: it lets interrupts and timers come, and shows in which code of the race it is. */
export const ON_HOST = {
  pause: async (): Promise<void> => {
    await new Promise<void>((done, failed) => void after(0, done, failed));
  },
  inCode: showHostPlace,
};

function documentOf(
  named: NamedRace,
  race: ActorRace,
  request: ExploreRequest,
  exploration: Exploration,
  { seconds, witnesses }: { readonly seconds: number; readonly witnesses: ReadonlyMap<string, WitnessFile> },
): ExploreDocument {
  const { variant, knobs, cpus, memory, limits } = request;
  const { verdict, found, complete, reduced, preemptions, interrupted } = exploration;
  const { fails, alsoFails } = expectedOf(race, variant, knobs, memory);
  const failures = [...found.failures].map(([signature, states]) => ({
    ...failureOf(race, exploration, signature, states),
    witness: witnesses.get(signature) ?? null,
  }));
  const unclassed = classesObstacle(exploration);
  const allowed = fails === null ? [] : [fails, ...alsoFails];
  const isAllowed = failures.every(({ signature }) => allowed.includes(signature));
  const outcomes = exploration.model.boot.own?.outcomes ?? null;
  const isMissing = complete && outcomes?.some(({ grade, met }) => grade === 'required' && !met) === true;
  const holds = verdict === 'PROVED' && !isMissing;
  const agrees = verdict === 'BOUNDED' ? null : fails === null ? holds : isAllowed && found.failures.has(fails);
  return {
    schema: 'racehammer.explore/1',
    version: packageVersion(),
    revision: loadedRevision(named.url),
    race: race.name,
    variant,
    ...codeMark(isJavaScript(race), request.instrument),
    knobs,
    cpus,
    memory,
    verdict,
    expected: fails,
    agrees,
    complete,
    ...(reduced ? { reduced } : {}),
    interrupted,
    preemptions,
    cuts: found.cuts,
    ...(exploration.cutLoops.length === 0 ? {} : { cutLoops: exploration.cutLoops }),
    accesses: limits.accesses,
    leftOut: found.leftOut,
    interrupts: limits.interrupts,
    loops: seenLoops(exploration),
    states: found.states,
    estimate: found.estimate === null ? null : Math.round(found.estimate),
    transitions: found.transitions,
    orders: complete && found.cuts === 0 && found.leftOut === 0 && Number.isFinite(found.orders) ? found.orders : null,
    classes: unclassed === null ? exploration.classes.classes.size : null,
    unclassed,
    ...(outcomes === null ? {} : { outcomes }),
    ends: found.ends,
    failures,
    searches: exploration.searches.map(({ by, found: { states, transitions, bytes }, ...rest }) => ({
      by,
      states,
      transitions,
      bytes,
      seconds: rest.seconds,
      end: rest.end,
    })),
    seconds,
    bytes: found.bytes,
    repeat: exploreCommandLine(`${named.typed}:${variant}`, exploreRepeated(race, request)),
    exitCode: interrupted ? INTERRUPTED_EXIT : exitCodeOf(verdictOf(agrees)),
  };
}

/** Counts loops by their words: each has a join for each way into it. */
function seenLoops({ model }: Exploration): number {
  const seen = model.joins.filter((join) => join.seen);
  return new Set(seen.map(({ to }) => `${to.actor} ${to.label} ${to.address}`)).size;
}

function verdictOf(agrees: boolean | null): Verdict {
  if (agrees === null) return 'INCONCLUSIVE';
  return agrees ? 'HELD' : 'VIOLATED';
}

function failureOf(
  race: ActorRace,
  { witnesses, model }: Exploration,
  signature: string,
  states: number,
): Omit<ExploredFailure, 'witness'> {
  const witness = witnesses.find((one) => one.signature === signature);
  if (witness === undefined) return { signature, states, preemptions: null, steps: null, order: [], cycle: 0 };
  const { preemptions, steps, cycle } = witness;
  const order = stepsOf(race, witness, model);
  return { signature, states, preemptions, steps: steps.length, order, cycle };
}

/** Returns a request with what it would be if nothing had been asked for. */
export function exploreRepeated(race: Race, request: ExploreRequest): ExploreRepeated {
  const usual = { cpus: race.cpus.default, knobs: usualKnobs(race, request.variant, usualSync(race)) };
  return { ...request, usual };
}
