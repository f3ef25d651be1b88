/** Judges the facts about a host: limitations and notes, each with advice. Called by `racehammer doctor`. */

import { GAP_US, type DoctorFacts } from './facts.js';

/** A limitation or a note, and what to do about it. */
export interface HostFinding {
  /** Does not change, for scripts. */
  readonly name: string;
  readonly because: string;
  readonly advice: string;
}

/** The judgement on a host. One limitation makes the verdict `limited`; a note never does. */
export interface Judgement {
  readonly verdict: 'good' | 'limited';
  readonly limitations: readonly HostFinding[];
  readonly notes: readonly HostFinding[];
}

type Rule = (facts: DoctorFacts) => HostFinding | null;

const RELAXED_SHARE_MIN = 0.01;
const LOST_SHARE_MAX = 0.05;
const STOLEN_SHARE_MAX = 0.02;
const HOP_NS_MAX = 1000;
const PARK_NS_MAX = 200_000;
const CLOCK_STEP_NS_MAX = 1000;
const MEMORY_BYTES_MIN = 512 * 2 ** 20;
/** Hops that differ by more than this are worth choosing among. */
const HOP_RATIO = 2;

export function judgeHost(facts: DoctorFacts): Judgement {
  const findingsOf = (rules: readonly Rule[]): HostFinding[] =>
    rules.map((rule) => rule(facts)).filter((finding) => finding !== null);
  const limitations = findingsOf(LIMITATIONS);
  return { verdict: limitations.length === 0 ? 'good' : 'limited', limitations, notes: findingsOf(NOTES) };
}

/** Returns "129 ns", "12.2 µs", "4.2 ms". */
function timeWords(ns: number): string {
  if (ns < 1000) return `${Math.round(ns)} ns`;
  return ns < 1e6 ? `${(ns / 1e3).toFixed(1)} µs` : `${(ns / 1e6).toFixed(1)} ms`;
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

const LIMITATIONS: readonly Rule[] = [
  ({ cores }) =>
    cores > 1
      ? null
      : {
          name: 'one-core',
          because: 'there is one core, so no two threads ever run at the same time',
          advice: 'give the virtual machine or container two cores or more',
        },
  ({ quotaCpus }) =>
    quotaCpus === null || quotaCpus >= 2
      ? null
      : {
          name: 'quota',
          because: `the cgroup allows ${quotaCpus} ${quotaCpus === 1 ? 'CPU' : 'CPUs'}: two threads together are stopped in the middle of trials`,
          advice: 'raise the limit to 2 or more (docker run --cpus, resources.limits.cpu, cpu.max)',
        },
  ({ cores, physicalCores }) =>
    cores < 2 || physicalCores === null || physicalCores > 1
      ? null
      : {
          name: 'one-physical-core',
          because: 'all cores are hyperthreads of one physical core and share its caches',
          advice: 'allow several physical cores (taskset, cpuset.cpus); thread_siblings_list in /sys lists them',
        },
  ({ cores, parallel: { plain } }) =>
    cores < 2 || plain.relaxedPerSecond >= RELAXED_SHARE_MIN * plain.trialsPerSecond
      ? null
      : {
          name: 'not-parallel',
          because: `threads hardly run at the same time: ${percent(plain.relaxedPerSecond / Math.max(1, plain.trialsPerSecond))} of store-buffer's trials with plain accesses are relaxed`,
          advice: 'stop other busy processes; under a hypervisor, check whether it pins all virtual CPUs to one core',
        },
  ({ parallel: { atomic } }) =>
    atomic.relaxedPerSecond === 0
      ? null
      : {
          name: 'atomics-broken',
          because: 'atomic accesses were observed in an order that no architecture allows',
          advice: 'do not trust results of this host; try another version of Node.js, then another machine',
        },
  ({ jitter: { lostShare } }) =>
    lostShare <= LOST_SHARE_MAX
      ? null
      : {
          name: 'noise',
          because: `spinning threads were without their core for ${percent(lostShare)} of the time`,
          advice: 'stop other busy processes (top); if cores are shared with other guests, use dedicated ones',
        },
  ({ stolenShare }) =>
    stolenShare === null || stolenShare <= STOLEN_SHARE_MAX
      ? null
      : {
          name: 'steal',
          because: `the hypervisor gave ${percent(stolenShare)} of the CPU time to other guests`,
          advice: 'use dedicated cores, or run at a quieter time: rates of two runs cannot be compared',
        },
  ({ cores, canBind }) =>
    cores < 2 || canBind
      ? null
      : {
          name: 'no-binding',
          because: 'threads cannot be bound to cores: there is no taskset, or it is not allowed',
          advice:
            'install util-linux, and allow sched_setaffinity; otherwise threads may share a core while another process is busy',
        },
  ({ hops, jitter }) => {
    const ns = medianHop(hops);
    // With other load the measurement says little about the cores.
    return ns === null || ns <= HOP_NS_MAX || jitter.lostShare > LOST_SHARE_MAX
      ? null
      : {
          name: 'slow-hops',
          because: `a value takes ${timeWords(ns)} from core to core`,
          advice: 'bind the run to cores of one socket (taskset -c)',
        };
  },
  ({ parkRoundTripNs }) =>
    parkRoundTripNs === null || parkRoundTripNs <= PARK_NS_MAX
      ? null
      : {
          name: 'slow-wake',
          because: `waking a parked thread and being woken takes ${timeWords(parkRoundTripNs)}`,
          advice: 'use no more CPUs than cores (--cpus, --threads), so that threads rarely sleep',
        },
  ({ clock: { stepNs, backward } }) =>
    stepNs <= CLOCK_STEP_NS_MAX && backward === 0
      ? null
      : {
          name: 'clock',
          because:
            backward > 0
              ? `the clock went back ${backward === 1 ? 'once' : `${backward} times`}`
              : `the clock moves in steps of ${timeWords(stepNs)}`,
          advice: 'choose another clocksource (/sys/devices/system/clocksource); rates per second mean little here',
        },
  ({ memoryAvailableBytes }) =>
    memoryAvailableBytes >= MEMORY_BYTES_MIN
      ? null
      : {
          name: 'memory',
          because: `${Math.round(memoryAvailableBytes / 2 ** 20)} MiB of memory is available`,
          advice: `free some: a run needs ${MEMORY_BYTES_MIN / 2 ** 20} MiB, more threads need more`,
        },
];

const NOTES: readonly Rule[] = [
  ({ cores, quotaCpus }) =>
    quotaCpus === null || quotaCpus < 2 || quotaCpus >= cores
      ? null
      : {
          name: 'quota-below-cores',
          because: `the cgroup allows ${quotaCpus} CPUs of ${cores} cores`,
          advice: `use at most --threads ${Math.floor(quotaCpus)}`,
        },
  ({ cores, physicalCores }) =>
    physicalCores === null || physicalCores < 2 || physicalCores >= cores
      ? null
      : {
          name: 'hyperthreads',
          because: `the ${cores} cores are hyperthreads of ${physicalCores} physical ones`,
          advice: 'rates differ between two threads of one core and of two: taskset -c chooses',
        },
  ({ hops, jitter }) => {
    const ns = medianHop(hops);
    if (ns === null || ns <= HOP_NS_MAX || jitter.lostShare <= LOST_SHARE_MAX) return null;
    return {
      name: 'hops-disturbed',
      because: `a value took ${timeWords(ns)} from core to core, but threads were interrupted meanwhile, so this says nothing about the cores`,
      advice: 'run the doctor again when nothing else is running',
    };
  },
  ({ hops, jitter }) => {
    // Other load is not a distance between cores.
    if (jitter.lostShare > LOST_SHARE_MAX) return null;
    const sorted = hops.toSorted((a, b) => a.ns - b.ns);
    const [near, far] = [sorted[0], sorted.at(-1)];
    if (near === undefined || far === undefined || far.ns < HOP_RATIO * near.ns) return null;
    return {
      name: 'uneven-hops',
      because: `cores ${near.from} and ${near.to} are ${timeWords(near.ns)} apart, ${far.from} and ${far.to} ${timeWords(far.ns)}`,
      advice: `taskset -c ${near.from},${near.to} keeps a machine of two CPUs on the nearest ones`,
    };
  },
  ({ jitter }) =>
    jitter.lostShare > LOST_SHARE_MAX || jitter.longestUs < 1000
      ? null
      : {
          name: 'long-gaps',
          because: `sometimes a thread is stopped for long: up to ${timeWords(jitter.longestUs * 1000)}, ${jitter.gapsPerSecond.toFixed(0)} gaps of at least ${GAP_US} µs per second`,
          advice: 'harmless for verdicts, which depend on counts; rates of short runs vary',
        },
  ({ hasPause, node }) =>
    hasPause
      ? null
      : {
          name: 'no-pause',
          because: `Node.js ${node} has no Atomics.pause: waiting threads on one core slow each other down more`,
          advice: 'use a newer Node.js',
        },
];

/** Returns the median of the hops; null if there are none. */
export function medianHop(hops: DoctorFacts['hops']): number | null {
  return hops.map(({ ns }) => ns).toSorted((a, b) => a - b)[hops.length >> 1] ?? null;
}
