/** What actors return, on its way from thread to thread. Written and read on the CPUs' threads by member.ts. */

import { MEMBER, RESULT, RESULT_CHARS, memberAt, readChars, writeChars } from './control.js';

const KIND = Object.freeze({ NONE: 0, INTEGER: 1, NUMBER: 2, BOOLEAN: 3, NULL: 4, TEXT: 5, BIGINT: 6 } as const);

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** Writes what the actor of a thread has returned. Objects are passed as their JSON. */
export function writeResult(control: Int32Array, thread: number, value: unknown): void {
  const at = memberAt(thread) + MEMBER.result;
  if (value === undefined) control[at + RESULT.kind] = KIND.NONE;
  else if (value === null) control[at + RESULT.kind] = KIND.NULL;
  else if (typeof value === 'number') writeNumber(control, at, value);
  else if (typeof value === 'boolean') {
    control[at + RESULT.low] = value ? 1 : 0;
    control[at + RESULT.kind] = KIND.BOOLEAN;
  } else {
    const text = typeof value === 'object' ? (JSON.stringify(value) ?? '') : wordOf(value as Plain);
    control[at + RESULT.length] = writeChars(control, at + RESULT.chars, text, RESULT_CHARS);
    control[at + RESULT.kind] = typeof value === 'bigint' ? KIND.BIGINT : KIND.TEXT;
  }
}

function writeNumber(control: Int32Array, at: number, value: number): void {
  if ((value | 0) === value) {
    control[at + RESULT.low] = value;
    control[at + RESULT.kind] = KIND.INTEGER;
    return;
  }
  double[0] = value;
  control[at + RESULT.low] = halves[0];
  control[at + RESULT.high] = halves[1];
  control[at + RESULT.kind] = KIND.NUMBER;
}

/** Reads what the actor of a thread has returned. */
export function readResult(control: Int32Array, thread: number): unknown {
  const at = memberAt(thread) + MEMBER.result;
  switch (control[at + RESULT.kind]) {
    case KIND.NONE:
      return undefined;
    case KIND.NULL:
      return null;
    case KIND.INTEGER:
      return control[at + RESULT.low];
    case KIND.BOOLEAN:
      return control[at + RESULT.low] === 1;
    case KIND.NUMBER:
      halves[0] = control[at + RESULT.low];
      halves[1] = control[at + RESULT.high];
      return double[0];
    default:
      return textOf(control, at);
  }
}

function textOf(control: Int32Array, at: number): string | bigint {
  const text = readChars(control, at + RESULT.chars, control[at + RESULT.length]);
  return control[at + RESULT.kind] === KIND.BIGINT ? BigInt(text) : text;
}

type Plain = string | number | boolean | bigint | null;

function wordOf(value: Plain): string {
  return String(value);
}

/** Returns the outcome of a trial: the results of the actors that have returned any. */
export function outcomeText(results: readonly unknown[]): string {
  return results
    .filter((result) => result !== undefined)
    .map((result) => wordOf(result as Plain))
    .join(', ');
}
