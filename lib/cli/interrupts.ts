/** Ctrl-C and SIGTERM: the first ends the run with its full report, the second ends the process at once. */

import { INTERRUPTED_EXIT } from '../evidence/verdict.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface Interrupts {
  /** Aborted by the first of them. */
  readonly signal: AbortSignal;
  /** Gives the signals their usual meaning back. */
  release(): void;
}

export function catchInterrupts(): Interrupts {
  const controller = new AbortController();
  const onSignal = (name: string): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED_EXIT);
    controller.abort();
    process.stderr.write(`\n${name}: the run ends with its report; once more ends at once\n`);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
