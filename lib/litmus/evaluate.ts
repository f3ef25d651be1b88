/**
 * Computes what has no access to shared memory: numbers of 32 bits, and addresses of locations, which may be compared. Called by
 * explore.ts, and by the actors of a hammered test.
 */

import { ADDRESS, type BinarySign, type Expression, type UnarySign } from './program.js';
import { LitmusFault, VALUE_MAX, type SourcePlace } from './reader.js';

/** Returns the value of an expression for these registers. `old`: what an atomic operation has found. Throws LitmusFault. */
export type Evaluator = (registers: Int32Array, old: number) => number;

/** Makes the function that computes an expression. `place`: where it stands. `at`: index of the first register. */
export function evaluator(expression: Expression, place: SourcePlace, at = 0): Evaluator {
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'register': {
      const index = at + expression.register;
      return (registers) => registers[index];
    }
    case 'old':
      return (_, old) => old;
    case 'unary': {
      const of = evaluator(expression.of, place, at);
      const { sign } = expression;
      return (registers, old) => unary(sign, of(registers, old), place);
    }
    case 'binary': {
      const left = evaluator(expression.left, place, at);
      const right = evaluator(expression.right, place, at);
      const { sign } = expression;
      return (registers, old) => binary(sign, left(registers, old), right(registers, old), place);
    }
  }
}

function unary(sign: UnarySign, value: number, place: SourcePlace): number {
  if (sign === '!') return Number(value === 0);
  if (isAddress(value)) throw new LitmusFault(place, `${sign} cannot be applied to an address`);
  return inRange(sign === '-' ? -value : ~value, sign, place);
}

function binary(sign: BinarySign, left: number, right: number, place: SourcePlace): number {
  switch (sign) {
    case '==':
      return Number(left === right);
    case '!=':
      return Number(left !== right);
    case '&&':
      return Number(left !== 0 && right !== 0);
    case '||':
      return Number(left !== 0 || right !== 0);
    default:
      return isAddress(left) || isAddress(right)
        ? withAddress(sign, left, right, place)
        : inRange(number(sign, left, right, place), sign, place);
  }
}

/** Computes what leaves an address as it is, or has nothing of it left: false dependencies are written so. */
function withAddress(sign: BinarySign, left: number, right: number, place: SourcePlace): number {
  if (right === 0 && (sign === '+' || sign === '-' || sign === '|' || sign === '^')) return left;
  if (left === 0 && (sign === '+' || sign === '|' || sign === '^')) return right;
  if (left === right && (sign === '-' || sign === '^')) return 0;
  if ((left === 0 || right === 0) && (sign === '&' || sign === '*')) return 0;
  throw new LitmusFault(place, `${sign} with an address is not supported`);
}

function number(sign: BinarySign, left: number, right: number, place: SourcePlace): number {
  switch (sign) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
    case '%':
      if (right === 0) throw new LitmusFault(place, 'a division by 0');
      return sign === '/' ? Math.trunc(left / right) : (left % right) + 0;
    case '&':
      return left & right;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '<<':
    case '>>':
      if (right < 0 || right > 31) throw new LitmusFault(place, `a shift by ${right}`);
      return sign === '<<' ? left * 2 ** right : left >> right;
    case '<':
      return Number(left < right);
    case '<=':
      return Number(left <= right);
    case '>':
      return Number(left > right);
    default:
      return Number(left >= right);
  }
}

export function isAddress(value: number): boolean {
  return value >= ADDRESS;
}

function inRange(value: number, sign: string, place: SourcePlace): number {
  if (value > VALUE_MAX || value < -VALUE_MAX)
    throw new LitmusFault(place, `${sign} gives ${value}: numbers are at most ${VALUE_MAX}`);
  // There is no negative 0 in C.
  return value + 0;
}
