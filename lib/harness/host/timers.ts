/**
 * The timers of the program. What a callback throws would be an uncaught exception, and end the process with everything
 * that runs in it: here it goes to the code that set the timer. No other file calls setInterval or setTimeout
 * (test/tidy).
 */

/** A timer that was set. */
export interface Timer {
  /** Ends the timer. */
  end(): void;
  /** Lets its thread, and the process, end before the timer. */
  release(): void;
}

/** Calls `work` every `ms` milliseconds. If it throws, the timer ends and `failed` is called with what it threw. */
export function every(ms: number, work: () => void, failed: (error: unknown) => void): Timer {
  const timer = setInterval(() => {
    try {
      work();
    } catch (error) {
      clearInterval(timer);
      failed(error);
    }
  }, ms);
  return { end: () => clearInterval(timer), release: () => void timer.unref() };
}

/** Calls `work` once, `ms` milliseconds from now on. If it throws, `failed` is called with what it threw. */
export function after(ms: number, work: () => void, failed: (error: unknown) => void): Timer {
  const timer = setTimeout(() => {
    try {
      work();
    } catch (error) {
      failed(error);
    }
  }, ms);
  return { end: () => clearTimeout(timer), release: () => void timer.unref() };
}
