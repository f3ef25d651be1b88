/**
 * Says whether the running thread is one of a CPU, or one that will search all states of a race. Noted by lib/harness/cpu/cpuMain.ts and by
 * `explore` before they import a race; asked by lib/js.
 */

const MARK = Symbol.for('racehammer.cpuThread');
const EXPLORING = Symbol.for('racehammer.exploringThread');

/** Notes that the running thread is one of a CPU. */
export function noteCpuThread(): void {
  Object.defineProperty(globalThis, MARK, { value: true, configurable: true });
}

/** Whether the running thread is one of a CPU. */
export function isCpuThread(): boolean {
  return MARK in globalThis;
}

/** Notes that the running thread will search all states of a race. */
export function noteExploringThread(): void {
  Object.defineProperty(globalThis, EXPLORING, { value: true, configurable: true });
}

/** Whether the running thread will search all states of a race. */
export function isExploringThread(): boolean {
  return EXPLORING in globalThis;
}
