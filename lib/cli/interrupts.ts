/** Ctrl-C and SIGTERM: the first ends the run with its full report, the second ends the process at once. */

import { guarded } from '../harness/host/guarded.js';
import { endAtOnce } from './ending.js';
import { tell } from './output.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** npm passes a terminal's Ctrl-C on to a process that has had it already: what comes so soon is the same one. */
const SAME_MS = 200;

export interface Interrupts {
  /** Aborted by the first of them. */
  readonly signal: AbortSignal;
  /** Gives the signals their usual meaning back. */
  release(): void;
}

export function catchInterrupts(): Interrupts {
  const controller = new AbortController();
  let firstMs = -Infinity;
  const interrupt = (name: string): void => {
    if (performance.now() - firstMs < SAME_MS) return;
    if (controller.signal.aborted) endAtOnce();
    firstMs = performance.now();
    controller.abort();
    tell(['', `${name}: the run ends with its report; once more ends at once`]);
  };
  // A signal that cannot be handled keeps its usual meaning.
  const onSignal = guarded(interrupt, endAtOnce);
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
