import type { RunHooks, RunOutcome, Totals } from '../harness/run.js';

/** A slice that could not even be run, for want of memory for instance; or that nobody waits for any more. */
export interface BrokenSlice {
  readonly harnessError: string | null;
}

type Stops = Required<Pick<RunHooks, 'signal' | 'giveUp' | 'onProgress'>>;

/** How long the CPUs have to come to the end of their round after an interrupt, before their threads are ended. */
const GRACE_MS = 600;
/** After that nobody waits for them any more: many threads on few cores take seconds to load, and cannot be ended until they have. */
const ABANDON_MS = 1300;

/**
 * Ends one slice: by the soak itself, or by the user's interrupt. A listener of its own, taken away again with the slice, because
 * a soak has tens of thousands of them on one signal.
 */
export class SliceStop {
  readonly #interrupt: AbortSignal;
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  #isAbandoned = false;

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

  /** Whether the slice was left before its threads had ended: they end with the process. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** Runs the slice to its end. Throws what `onProgress` throws; what the run itself throws is a harness error. */
  async run(
    work: (hooks: Stops) => Promise<RunOutcome>,
    onProgress: (totals: Totals, seconds: number) => void,
  ): Promise<RunOutcome | BrokenSlice> {
    let thrown: unknown;
    const timers: NodeJS.Timeout[] = [];
    let abandon: (left: BrokenSlice) => void = () => {};
    const abandoned = new Promise<BrokenSlice>((done) => {
      abandon = done;
    });
    const onInterrupt = (): void => {
      this.stop();
      const leave = (): void => {
        this.#isAbandoned = true;
        abandon({ harnessError: null });
      };
      timers.push(
        setTimeout(() => this.giveUp(), GRACE_MS),
        setTimeout(leave, ABANDON_MS),
      );
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
    const worked = work(hooks).catch((error: unknown) => ({
      harnessError: error instanceof Error ? error.message : String(error),
    }));
    const outcome = await Promise.race([worked, abandoned]);
    for (const timer of timers) clearTimeout(timer);
    this.#interrupt.removeEventListener('abort', onInterrupt);
    if (thrown !== undefined) throw thrown;
    return outcome;
  }
}
