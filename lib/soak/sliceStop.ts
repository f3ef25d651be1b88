import type { RunHooks, RunOutcome, Totals } from '../harness/host/run.js';
import { after, type Timer } from '../harness/host/timers.js';

/** A slice that could not even be run, for want of memory for instance. */
export interface BrokenSlice {
  readonly harnessError: string;
}

type Stops = Required<Pick<RunHooks, 'signal' | 'giveUp' | 'onProgress'>>;

/** How long the CPUs have to come to the end of their round after an interrupt, before their threads are ended. */
const GRACE_MS = 600;

/** How much later than the budget says its last CPUs may come to the end of their round: in that time a run ends by itself. */
const LATE_MS = 1500;
/** A slice may take so much more than twice its time: a round ends late where CPUs are many, or where each of its trials hangs. */
const OVERRUN_MS = 1000;
/** Threads that have not begun to hammer after so long do not count against the time of their slice any more. */
const STARTING_MS_MAX = 10_000;

/** How far a slice has come, in milliseconds. */
export interface SliceTime {
  readonly ranMs: number;
  /** When all of its threads had begun; null before that. */
  readonly begunMs: number | null;
  readonly lengthMs: number;
  readonly leftMs: number;
}

/**
 * Ends one slice: by the soak itself, or by the user's interrupt. A listener of its own, taken away again with the slice, because
 * a soak has tens of thousands of them on one signal.
 */
export class SliceStop {
  readonly #interrupt: AbortSignal;
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();

  constructor(interrupt: AbortSignal) {
    this.#interrupt = interrupt;
  }

  /** The CPUs end with their round. */
  stop(): void {
    this.#stop.abort();
  }

  /** The threads end where they are. */
  giveUp(): void {
    this.#giveUp.abort();
  }

  /** Ends a slice that has done enough; threads take long to start on a loaded host, and the budget is kept all the same. */
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
    const onInterrupt = (): void => {
      this.stop();
      const giveUp = (): void => this.giveUp();
      grace = after(GRACE_MS, giveUp, giveUp);
    };
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
