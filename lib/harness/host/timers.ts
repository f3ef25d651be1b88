/** The timers of the program, each guarded (guarded.ts). No other file calls setInterval or setTimeout (test/tidy). */

import { guarded } from './guarded.js';

/** A timer that was set. */
export interface Timer {
  /** Ends the timer. */
  end(): void;
  /** Lets its thread, and the process, end before the timer. */
  release(): void;
}

/** Calls `work` every `ms` milliseconds. If it throws, the timer ends and `failed` is called with what it threw. */
export function every(ms: number, work: () => void, failed: (error: unknown) => void): Timer {
  const end = (error: unknown): void => {
    clearInterval(timer);
    failed(error);
  };
  const timer = setInterval(guarded(work, end), ms);
  return { end: () => clearInterval(timer), release: () => void timer.unref() };
}

/** Calls `work` once, `ms` milliseconds from now on. If it throws, `failed` is called with what it threw. */
export function after(ms: number, work: () => void, failed: (error: unknown) => void): Timer {
  const timer = setTimeout(guarded(work, failed), ms);
  return { end: () => clearTimeout(timer), release: () => void timer.unref() };
}
