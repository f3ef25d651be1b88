/** Ends a slice of a soak in time, and at once on an interrupt. Used by soak.ts, one for each slice. */

import type { RunHooks, RunOutcome, Totals } from '../harness/host/run.js';
import { guarded } from '../harness/host/guarded.js';
import { after, type Timer } from '../harness/host/timers.js';

/** A slice that could not be run, for example for lack of memory. */
export interface BrokenSlice {
  readonly harnessError: string;
}

type Stops = Required<Pick<RunHooks, 'signal' | 'giveUp' | 'onProgress'>>;

/** How long CPUs may take to finish their round after an interrupt before their threads are terminated. */
const GRACE_MS = 600;

/** How long after the end of the budget the last CPUs may take to finish their round. A run ends by itself in that time. */
const LATE_MS = 1500;
/** How much longer than twice its time a slice may take: rounds of many CPUs, or with hanging trials, end late. */
const OVERRUN_MS = 1000;
/** Longest start of threads that is not counted as time of their slice. */
const STARTING_MS_MAX = 10_000;

/** Progress of a slice, in milliseconds. */
export interface SliceTime {
  readonly ranMs: number;
  /** When all of its threads had started; null before that. */
  readonly begunMs: number | null;
  readonly lengthMs: number;
  readonly leftMs: number;
}

/**
 * Ends one slice, for the soak itself or on the user's interrupt. It removes its listener with the slice, because a soak has tens of
 * thousands of slices and only one signal.
 */
export class SliceStop {
  readonly #interrupt: AbortSignal;
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();

  constructor(interrupt: AbortSignal) {
    this.#interrupt = interrupt;
  }

  /** Lets the CPUs end with their round. */
  stop(): void {
    this.#stop.abort();
  }

  /** Terminates the threads at once. */
  giveUp(): void {
    this.#giveUp.abort();
  }

  /** Ends a slice that has done enough or used its time. Threads may start late on a loaded host; the budget is kept anyway. */
  endInTime(time: SliceTime, isDone: boolean): void {
    const { ranMs, begunMs, lengthMs, leftMs } = time;
    const lateMs = ranMs - leftMs;
    if (isDone || lateMs >= 0) this.stop();
    const hammeringMs = ranMs - Math.min(begunMs ?? ranMs, STARTING_MS_MAX);
    if (lateMs >= LATE_MS || hammeringMs >= 2 * lengthMs + OVERRUN_MS) this.giveUp();
  }

  /** Runs the slice to its end. Throws what `onProgress` throws; what the run itself throws is a harness error. */
  async run(
    work: (hooks: Stops) => Promise<RunOutcome>,
    onProgress: (totals: Totals, seconds: number) => void,
  ): Promise<RunOutcome | BrokenSlice> {
    let thrown: unknown;
    let grace: Timer | undefined;
    const giveUp = (): void => this.giveUp();
    const onInterrupt = guarded(() => {
      this.stop();
      grace = after(GRACE_MS, giveUp, giveUp);
    }, giveUp);
    this.#interrupt.addEventListener('abort', onInterrupt, { once: true });
    const hooks: Stops = {
      signal: this.#stop.signal,
      giveUp: this.#giveUp.signal,
      onProgress: (totals, seconds) => {
        try {
          onProgress(totals, seconds);
        } catch (error) {
          thrown ??= error;
          this.stop();
        }
      },
    };
    const outcome = await work(hooks).catch((error: unknown) => ({
      harnessError: error instanceof Error ? error.message : String(error),
    }));
    grace?.end();
    this.#interrupt.removeEventListener('abort', onInterrupt);
    if (thrown !== undefined) throw thrown;
    return outcome;
  }
}
