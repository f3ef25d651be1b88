/** Measures what limits this host. Called by `racehammer doctor`. */

import { loadavg, release } from 'node:os';
import { bytesAvailable } from '../harness/host/availableMemory.js';
import { allowedCores } from '../harness/host/coreBinding.js';
import { quotaCpus, readHost } from '../harness/host/cpuQuota.js';
import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { cores, makePlan } from '../harness/makePlan.js';
import { runRace } from '../harness/host/run.js';
import type { DoctorFacts, HopFacts, JitterFacts, LitmusSpeed } from './facts.js';
import { physicalCores, stealTicks, stolenShare } from './hostText.js';
import { ProbeThread } from './probeCrew.js';
import { PAIR_WORDS, type JitterSample } from './probes.js';

const HOP_MS = 40;
const PARK_MS = 100;
const JITTER_MS = 1000;
const LITMUS_MS = 600;
const PROOFS_MS = 400;
/** Most pairs of cores to measure: all pairs of eight cores. */
const PAIRS_MAX = 28;
const JITTER_THREADS_MAX = 16;

/** Callbacks for progress. */
export interface ExamineHooks {
  readonly onPart: (part: string) => void;
  /** Called with the facts of each part. */
  readonly onFacts?: (facts: Partial<DoctorFacts>) => void;
}

/** Reads and measures everything; takes about four seconds. */
export async function examineHost({ onPart, onFacts }: ExamineHooks): Promise<DoctorFacts> {
  const stealBefore = stealTicks(readHost);
  const threads = [new ProbeThread(), new ProbeThread()] as const;
  const found = <F extends Partial<DoctorFacts>>(facts: F): F => {
    onFacts?.(facts);
    return facts;
  };
  try {
    const allowed = allowedCores();
    const [first] = threads;
    const host = found(hostAlone(allowed));
    onPart('clock and loops');
    const clock = found({ clock: await first.measure('clock') });
    const spin = found({ spin: await first.measure('spin') });
    const canBind = allowed.length > 0 && (await first.measure('bind', { core: allowed[0] }));
    const binding = found({ canBind });
    onPart('core to core');
    const hops = found({ hops: cores() < 2 ? [] : await measureHops(threads, canBind ? allowed : []) });
    onPart('sleep and wake');
    const [near = null, far = null] = canBind && allowed.length > 1 ? allowed : [];
    const park = found({ parkRoundTripNs: await measurePair(threads, 'parkWake', [near, far], PARK_MS) });
    onPart('lost wake-ups');
    const waits = found({ lostWakeUp: await measureLostWakeUps() });
    onPart('noise');
    const jitter = found({ jitter: await measureJitter(canBind ? allowed : []) });
    onPart('store-buffer');
    const plain = await measureStoreBuffer('plain');
    const parallel = found({ parallel: { plain, atomic: await measureStoreBuffer('atomic') } });
    const stolen = found({ stolenShare: stolenShare(stealBefore, stealTicks(readHost)) });
    return { ...host, ...clock, ...spin, ...binding, ...hops, ...park, ...waits, ...jitter, ...parallel, ...stolen };
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

/** Returns the facts that need no measurement. */
function hostAlone(allowed: readonly number[]) {
  return {
    kernel: release(),
    node: process.version,
    v8: process.versions.v8,
    arch: process.arch,
    cores: cores(),
    allowedCores: allowed,
    physicalCores: physicalCores(readHost, allowed),
    quotaCpus: quotaCpus(readHost),
    loadavg1: loadavg()[0],
    memoryAvailableBytes: bytesAvailable(),
    hasPause: 'pause' in Atomics,
  };
}

type Pair = readonly [ProbeThread, ProbeThread];

/** Measures the time from core to core; without binding only one pair, wherever the scheduler puts it. */
async function measureHops(threads: Pair, allowed: readonly number[]): Promise<HopFacts[]> {
  if (allowed.length < 2) {
    const ns = await measurePair(threads, 'pingPong', [null, null], HOP_MS);
    return ns === null ? [] : [{ from: 0, to: 1, ns }];
  }
  const hops: HopFacts[] = [];
  for (const [from, to] of somePairs(allowed)) {
    const ns = await measurePair(threads, 'pingPong', [from, to], HOP_MS);
    if (ns !== null) hops.push({ from, to, ns });
  }
  return hops;
}

/** Returns all pairs, or PAIRS_MAX of them, spread evenly. */
export function somePairs(allowed: readonly number[]): (readonly [number, number])[] {
  const all = allowed.flatMap((from, i) => allowed.slice(i + 1).map((to) => [from, to] as const));
  const stride = Math.max(1, all.length / PAIRS_MAX);
  return Array.from({ length: Math.min(all.length, PAIRS_MAX) }, (_, i) => all[Math.floor(i * stride)]);
}

async function measurePair(
  threads: Pair,
  probe: 'pingPong' | 'parkWake',
  on: readonly [number | null, number | null],
  ms: number,
): Promise<number | null> {
  const mem = new Int32Array(new SharedArrayBuffer(4 * PAIR_WORDS));
  const [ns] = await Promise.all([
    threads[0].measure(probe, { mem, side: 0, core: on[0], ms }),
    threads[1].measure(probe, { mem, side: 1, core: on[1], ms }),
  ]);
  return ns;
}

/** Measures jitter with one spinning thread on each core. */
async function measureJitter(allowed: readonly number[]): Promise<JitterFacts> {
  const count = Math.min(cores(), JITTER_THREADS_MAX);
  const threads = Array.from({ length: count }, () => new ProbeThread());
  try {
    const samples = await Promise.all(
      threads.map((thread, i) => thread.measure('jitter', { core: allowed[i] ?? null, ms: JITTER_MS })),
    );
    return jitterOf(samples);
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

/** Combines the samples of all threads. */
export function jitterOf(samples: readonly JitterSample[]): JitterFacts {
  const sum = (pick: (sample: JitterSample) => number): number => samples.reduce((n, sample) => n + pick(sample), 0);
  const seconds = sum((sample) => sample.seconds);
  const told = samples.every(({ switches }) => switches !== null);
  return {
    gapsPerSecond: sum(({ gaps }) => gaps) / seconds,
    longestUs: Math.max(...samples.map(({ longestUs }) => longestUs)),
    lostShare: sum(({ lostUs }) => lostUs) / 1e6 / seconds,
    voluntaryPerSecond: told ? sum(({ switches }) => switches?.voluntary ?? 0) / seconds : null,
    involuntaryPerSecond: told ? sum(({ switches }) => switches?.involuntary ?? 0) / seconds : null,
  };
}

/** Measures how soon waits that nobody ends are proved; null if the host was too busy to prove one. */
export async function measureLostWakeUps(): Promise<DoctorFacts['lostWakeUp']> {
  const loaded = await loadRace(raceUrl('canary')!);
  const plan = makePlan(loaded, { variant: 'lost-wait', timing: true });
  const { proofNs, harnessError } = await runRace(loaded.race, plan, { durationMs: PROOFS_MS });
  if (harnessError !== null) throw new Error(`canary:lost-wait did not run: ${harnessError}`);
  return proofNs === null ? null : { p50Ns: proofNs.p50, p99Ns: proofNs.p99 };
}

async function measureStoreBuffer(variant: string): Promise<LitmusSpeed> {
  const loaded = await loadRace(raceUrl('store-buffer')!);
  const plan = makePlan(loaded, { variant });
  const { trials, failures, seconds, harnessError } = await runRace(loaded.race, plan, { durationMs: LITMUS_MS });
  if (harnessError !== null) throw new Error(`store-buffer:${variant} did not run: ${harnessError}`);
  return { trialsPerSecond: trials / seconds, relaxedPerSecond: failures / seconds };
}
