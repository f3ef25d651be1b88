/** What was found out about a host. Null stands for what the host does not tell, or what could not be measured there. */
export interface DoctorFacts {
  readonly kernel: string;
  readonly node: string;
  readonly v8: string;
  readonly arch: string;
  /** Threads that Node.js says can run at once. */
  readonly cores: number;
  /** Numbers of the cores that this process may use; empty where the host does not tell. */
  readonly allowedCores: readonly number[];
  /** How many cores there are without hyperthreading among the allowed ones. */
  readonly physicalCores: number | null;
  /** Processors that the cgroup allows: 0.5 is half of one; null for no limit. */
  readonly quotaCpus: number | null;
  readonly loadavg1: number;
  readonly memoryAvailableBytes: number;
  /** Whether taskset(1) can bind a thread. */
  readonly canBind: boolean;
  /** Whether Node.js has Atomics.pause. */
  readonly hasPause: boolean;
  readonly clock: ClockFacts;
  readonly spin: SpinFacts;
  /** A thread parks and another wakes it, and back: nanoseconds. */
  readonly parkRoundTripNs: number | null;
  /** Core to core; empty with one core. */
  readonly hops: readonly HopFacts[];
  /** Whether threads run at once: store-buffer with plain accesses, and with atomic ones. */
  readonly parallel: { readonly plain: LitmusSpeed; readonly atomic: LitmusSpeed };
  readonly jitter: JitterFacts;
  /** Share of all processor time that the hypervisor gave to others meanwhile, 0 .. 1. */
  readonly stolenShare: number | null;
}

export interface ClockFacts {
  /** Smallest step that was seen, and what a look costs, in nanoseconds. */
  readonly stepNs: number;
  readonly readNs: number;
  /** Looks at which it had gone back. */
  readonly backward: number;
}

/** Nanoseconds of one turn of a waiting loop: a load alone, and Atomics.pause, where there is one. */
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

/** What threads that only spin, one on each core, saw of being interrupted. */
export interface JitterFacts {
  /** Gaps of GAP_US and more, for each thread and second. */
  readonly gapsPerSecond: number;
  readonly longestUs: number;
  /** Share of their time that went into gaps, 0 .. 1. */
  readonly lostShare: number;
  /** Switches of the threads by the host's own account, for each thread and second. */
  readonly voluntaryPerSecond: number | null;
  readonly involuntaryPerSecond: number | null;
}

/** A spinning thread that sees no time for so long was not running. */
export const GAP_US = 20;
