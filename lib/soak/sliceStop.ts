import type { RunHooks, RunOutcome, Totals } from '../harness/run.js';
import { after, type Timer } from '../harness/timers.js';

/** A slice that could not even be run, for want of memory for instance. */
export interface BrokenSlice {
  readonly harnessError: string;
}

type Stops = Required<Pick<RunHooks, 'signal' | 'giveUp' | 'onProgress'>>;

/** How long the CPUs have to come to the end of their round after an interrupt, before their threads are ended. */
const GRACE_MS = 600;

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
