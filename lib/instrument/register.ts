/** Has the modules of instrumented tests rewritten in this thread. Called before such a test is imported: on each CPU's thread, and by `explore`. */

import { createRequire, register } from 'node:module';
import { isInstrumented } from './marked.js';
import { PLAIN_ACCESSES } from './names.js';
import { plainAccesses } from './plain.js';

/** Begins to rewrite what is imported by an instrumented address; once in a thread. */
export function instrumentThread(): void {
  if (PLAIN_ACCESSES in globalThis) return;
  plainAccesses();
  register(new URL('./hooks.js', import.meta.url));
}

/** Whether the tests that this thread runs are instrumented; null before the first. */
let isOfInstrumented: boolean | null = null;

/**
 * Prepares a CPU's thread for the code at an address. Throws Error if it has run code that is instrumented and is given code that is not,
 * or the other way round: a CommonJS module stays as it was loaded first, so that accesses would be seen, or not, against what is asked.
 */
export function prepareCpuThread(url: string): void {
  const needed = isInstrumented(url);
  if (isOfInstrumented !== null && isOfInstrumented !== needed)
    throw new Error('a thread cannot run instrumented code and code that is not instrumented');
  isOfInstrumented = needed;
  if (needed) instrumentThread();
}

/** Returns why nothing can be instrumented: the parser is no dependency; null if all is there. */
export function whyNotInstrumented(): string | null {
  try {
    createRequire(import.meta.url).resolve('acorn');
    return null;
  } catch {
    return 'needs the package acorn, which racehammer does not bring: npm install --save-dev acorn';
  }
}
