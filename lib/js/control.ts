/**
 * The words that the threads of a trial share beside the code's own memory: who sleeps on what, what each actor has returned. Laid out
 * here, written on the CPUs' threads by this folder, read on the host by explain.ts.
 */

import { LINE, WORD, lines, struct, words } from '../sharedarraybuffer-utils/index.js';

/** Characters of a result that is text, and of a stack. */
export const RESULT_CHARS = 64;
export const STACK_CHARS = 3000;

/** Outcomes that a test can name. */
export const OUTCOMES_MAX = 63;

/** What an actor has returned: what kind of value, and the value. */
export const RESULT = struct({ kind: LINE, low: WORD, high: WORD, length: WORD, chars: words(RESULT_CHARS / 2) });

/** Where a thread slept that was proved to sleep for ever. */
export const ASLEEP = struct({
  /** Byte of the word, as records have it, plus 1; 0 if it was not asleep. */
  at: LINE,
  expected: WORD,
  /** What the word was when the wait was given up. */
  found: WORD,
  length: WORD,
  stack: words(STACK_CHARS / 2),
});

/** What each thread has. */
export const MEMBER = struct({
  /** Byte of the word that it sleeps on, plus 1, or 0; when it began to, and whether its wait ends by itself. */
  at: LINE,
  ticket: WORD,
  timed: WORD,
  result: lines(RESULT.WORDS),
  /** Where it was in the first lost wake-up, and in the first deadlock. */
  asleep: lines(2 * ASLEEP.WORDS),
});

export const CONTROL = struct({
  /** Guards who sleeps on what, as an engine's list of waiters is guarded. */
  lock: LINE,
  ticket: WORD,
  /** 1 once the memory is in the first state of the next trial. */
  ready: LINE,
  /** Trials by their outcome, in the order in which the test names them; behind these all others. */
  tally: lines(OUTCOMES_MAX + 1),
});

/** Returns the word index of a thread's MEMBER. */
export function memberAt(thread: number): number {
  return CONTROL.WORDS + thread * MEMBER.WORDS;
}

/** Returns the number of words for so many threads. */
export function controlWords(threads: number): number {
  return memberAt(threads);
}

/** Writes text, two UTF-16 units a word; returns how many units there was room for. */
export function writeChars(mem: Int32Array, at: number, text: string, max: number): number {
  const length = Math.min(text.length, max);
  for (let i = 0; i < length; i += 2)
    mem[at + i / 2] = text.charCodeAt(i) | ((i + 1 < length ? text.charCodeAt(i + 1) : 0) << 16);
  return length;
}

/** Reads what `writeChars` has written. */
export function readChars(mem: Int32Array, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode((mem[at + (i >> 1)] >>> (16 * (i & 1))) & 0xffff);
  return text;
}
