/** What makes the engine inline the operations of the SDK. Called by rounds.ts before the first trial of a machine. */

import { setFlagsFromString } from 'node:v8';

/**
 * Bytes of bytecode up to which V8 inlines a function in any case; 27 of its own accord. A race is made of operations like READ_ONCE,
 * which check what they are given: they have up to 98 bytes (cmpxchg 128), so that an actor had the first of them inlined and called the
 * others. Where that was so, races make 1.03 to 1.10 times the trials per second. With 130 there are no more.
 */
export const SMALL_BYTES = 100;

/**
 * Has V8 inline the operations of the SDK wherever a race uses them. Of the whole process, and of no effect on what code does. Not earlier:
 * code that V8 has kept compiled, as that of Node itself, is kept for other flags, and threads that are made then start more slowly.
 */
export function inlineOperations(): void {
  setFlagsFromString(`--max-inlined-bytecode-size-small=${SMALL_BYTES}`);
}
