/** Changes expressions. Called by the parsers beside this file. */

import type { Expression } from './program.js';

/** Returns the expression with what an atomic operation would find replaced by what was read. */
export function withOld(expression: Expression, seen: Expression): Expression {
  switch (expression.kind) {
    case 'old':
      return seen;
    case 'unary':
      return { ...expression, of: withOld(expression.of, seen) };
    case 'binary':
      return { ...expression, left: withOld(expression.left, seen), right: withOld(expression.right, seen) };
    default:
      return expression;
  }
}
