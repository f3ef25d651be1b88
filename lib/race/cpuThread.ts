/** Says whether the running thread is one of a CPU. Noted by lib/harness/cpu/cpuMain.ts before it imports a race; asked by lib/js. */

const MARK = Symbol.for('racehammer.cpuThread');

/** Notes that the running thread is one of a CPU. */
export function noteCpuThread(): void {
  Object.defineProperty(globalThis, MARK, { value: true, configurable: true });
}

/** Whether the running thread is one of a CPU. */
export function isCpuThread(): boolean {
  return MARK in globalThis;
}
