/** Writes the condition of a litmus test as herd does. Called by document.ts. */

import { observedName, valueText, type LitmusProgram, type Proposition } from './program.js';

/** Binds in this order, the loosest first, for parentheses. */
type Above = 'top' | 'or' | 'and' | 'implies';

/** Returns `exists (0:r0=0 /\ [x]=1)`. */
export function conditionText(program: LitmusProgram): string {
  return `${program.quantifier} (${written(program, program.condition, 'top')})`;
}

function written(program: LitmusProgram, proposition: Proposition, above: Above): string {
  const part = (one: Proposition, here: Above): string => written(program, one, here);
  switch (proposition.kind) {
    case 'is': {
      const { left, right } = proposition;
      const value = 'value' in right ? valueText(program, right.value) : observedName(program, right);
      return `${observedName(program, left)}=${value}`;
    }
    case 'not':
      return `not (${part(proposition.of, 'top')})`;
    case 'implies': {
      const text = `${part(proposition.left, 'implies')} => ${part(proposition.right, 'implies')}`;
      return above === 'and' || above === 'or' ? `(${text})` : text;
    }
    case 'and':
    case 'or':
      return listed(proposition, above, part);
  }
}

function listed(
  { kind, all }: Proposition & { readonly kind: 'and' | 'or' },
  above: Above,
  part: (one: Proposition, here: Above) => string,
): string {
  if (all.length === 0) return kind === 'and' ? 'true' : 'false';
  const text = all.map((one) => part(one, kind)).join(kind === 'and' ? ' /\\ ' : ' \\/ ');
  const isInner = kind === 'and' ? above === 'implies' : above === 'and' || above === 'implies';
  return isInner ? `(${text})` : text;
}
