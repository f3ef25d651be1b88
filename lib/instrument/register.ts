/** Has the modules of instrumented tests rewritten in this thread. Called before such a test is imported: on each CPU's thread, and by `explore`. */

import { createRequire, register } from 'node:module';
import { PLAIN_ACCESSES } from './names.js';
import { plainAccesses } from './plain.js';

/** Begins to rewrite what is imported by an instrumented address; once in a thread. */
export function instrumentThread(): void {
  if (PLAIN_ACCESSES in globalThis) return;
  plainAccesses();
  register(new URL('./hooks.js', import.meta.url));
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
