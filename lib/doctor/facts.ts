/** The facts about a host that the doctor collects. Made by examine.ts; judged by judge.ts, printed by its command. */

/** Facts about a host. Null stands for what the host does not report, or what could not be measured. */
export interface DoctorFacts {
  readonly kernel: string;
  readonly node: string;
  readonly v8: string;
  readonly arch: string;
  /** Threads that Node.js says can run at once. */
  readonly cores: number;
  /** Numbers of the cores that this process may use; empty if the host does not report them. */
  readonly allowedCores: readonly number[];
  /** Number of physical cores among the allowed ones. */
  readonly physicalCores: number | null;
  /** CPU limit of the cgroup: 0.5 is half a core; null for no limit. */
  readonly quotaCpus: number | null;
  readonly loadavg1: number;
  readonly memoryAvailableBytes: number;
  /** Whether taskset(1) can bind a thread. */
  readonly canBind: boolean;
  /** Whether Node.js has Atomics.pause. */
  readonly hasPause: boolean;
  readonly clock: ClockFacts;
  readonly spin: SpinFacts;
  /** Nanoseconds for waking a parked thread and being woken by it. */
  readonly parkRoundTripNs: number | null;
  /** How long the machine takes to prove that a wait has no end, in nanoseconds from when it began. */
  readonly lostWakeUp: { readonly p50Ns: number; readonly p99Ns: number } | null;
  /** Core to core; empty with one core. */
  readonly hops: readonly HopFacts[];
  /** Whether threads run at the same time: store-buffer with plain and with atomic accesses. */
  readonly parallel: { readonly plain: LitmusSpeed; readonly atomic: LitmusSpeed };
  readonly jitter: JitterFacts;
  /** Share of all CPU time that the hypervisor gave to other guests meanwhile, 0 .. 1. */
  readonly stolenShare: number | null;
}

export interface ClockFacts {
  /** Smallest step that was seen, and the cost of one reading, in nanoseconds. */
  readonly stepNs: number;
  readonly readNs: number;
  /** Readings at which it had gone back. */
  readonly backward: number;
}

/** Nanoseconds of one iteration of a waiting loop: a load alone, and Atomics.pause if it exists. */
export interface SpinFacts {
  readonly loadNs: number;
  readonly pauseNs: number | null;
}

/** A value written by one core and seen by another: nanoseconds one way. */
export interface HopFacts {
  readonly from: number;
  readonly to: number;
  readonly ns: number;
}

export interface LitmusSpeed {
  readonly trialsPerSecond: number;
  readonly relaxedPerSecond: number;
}

/** Interruptions of threads that only spin, one on each core. */
export interface JitterFacts {
  /** Gaps of GAP_US and more, per thread and second. */
  readonly gapsPerSecond: number;
  readonly longestUs: number;
  /** Share of time spent in gaps, 0 .. 1. */
  readonly lostShare: number;
  /** Context switches by the host's own count, per thread and second. */
  readonly voluntaryPerSecond: number | null;
  readonly involuntaryPerSecond: number | null;
}

/** Least gap between two readings of the clock that counts as an interruption, in microseconds. */
export const GAP_US = 20;
