/**
 * The ids of executions: those of one process of a worker have numbers that follow each other, so the store of a long campaign knows many
 * by a line (closedExecutions.ts). Drawn by lib/fleet/worker.ts. An id of another kind is known as well, alone.
 */

import { randomUUID } from 'node:crypto';

/** Hexadecimal digits of the number, behind the last hyphen. */
const DIGITS = 12;

/** Ids that nobody else draws: each process of a worker has others. */
export class ExecutionIds {
  readonly #prefix = randomUUID().slice(0, -DIGITS);
  #drawn = 0;

  next(): string {
    return this.#prefix + digitsOf(this.#drawn++);
  }
}

/** Returns what is in front of the number, and the number: digits of one length, so texts have the order of numbers. */
export function partsOfId(uuid: string): readonly [prefix: string, number: string] {
  const id = uuid.toLowerCase();
  return [id.slice(0, -DIGITS), id.slice(-DIGITS)];
}

/** Returns the number behind one; behind the largest there is none, and the text is that of no execution. */
export function numberBehind(number: string): string {
  return digitsOf(parseInt(number, 16) + 1);
}

function digitsOf(number: number): string {
  return number.toString(16).padStart(DIGITS, '0');
}
