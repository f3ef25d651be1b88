/**
 * Parses what comes behind the programs of a litmus test: `locations`, `filter`, and the condition on the final state. Called by
 * parse.ts.
 */

import { isThread, takeThread } from './initialState.js';
import type { Locations, ThreadBuilder } from './names.js';
import type { Observed, Proposition, Quantifier } from './program.js';
import { numberOfWord, type Reader } from './reader.js';

export interface AskedOfEnds {
  readonly quantifier: Quantifier;
  readonly condition: Proposition;
  readonly filter: Proposition | undefined;
  /** What `locations` names. */
  readonly locations: readonly Observed[];
}

type Condition = Pick<AskedOfEnds, 'quantifier' | 'condition'>;

/** What holds of every state: the condition of a test that has none. */
const NOTHING_ASKED: Condition = { quantifier: 'forall', condition: { kind: 'and', all: [] } };

export class FinalParser {
  readonly #reader: Reader;
  readonly #locations: Locations;
  readonly #threads: readonly ThreadBuilder[];

  constructor(reader: Reader, locations: Locations, threads: readonly ThreadBuilder[]) {
    this.#reader = reader;
    this.#locations = locations;
    this.#threads = threads;
  }

  /** Parses to the end of the file. Throws LitmusFault. */
  parse(): AskedOfEnds {
    const reader = this.#reader;
    let asked: Condition | undefined;
    let filter: Proposition | undefined;
    const locations: Observed[] = [];
    while (reader.peek().kind !== 'end') {
      if (reader.takes('locations')) locations.push(...this.#parseLocations());
      else if (filter === undefined && reader.takes('filter')) filter = this.#implied();
      else if (asked === undefined) asked = this.#parseCondition();
      else reader.fail(`nothing may stand behind the condition but locations and filter, not ${reader.shown()}`);
      reader.takes(';');
    }
    return { ...(asked ?? NOTHING_ASKED), filter, locations };
  }

  #parseCondition(): Condition {
    const reader = this.#reader;
    const isNegated = reader.takes('~') || reader.takes('not');
    if (!isNegated && reader.takes('forall')) return { quantifier: 'forall', condition: this.#implied() };
    if (reader.takes('exists') || (!isNegated && (reader.takes('final') || reader.sees('('))))
      return { quantifier: isNegated ? '~exists' : 'exists', condition: this.#implied() };
    return reader.fail(`exists, ~exists, forall, filter or locations must stand here, not ${reader.shown()}`);
  }

  #parseLocations(): Observed[] {
    const reader = this.#reader;
    const found: Observed[] = [];
    reader.expect('[');
    while (!reader.takes(']')) {
      if (reader.takes(';')) continue;
      found.push(this.#operand());
      reader.takes('int');
      while (reader.takes('*'));
      if (!reader.sees(']')) reader.expect(';');
    }
    return found;
  }

  /** `\/` binds least, then `/\`, then `=>`, as herd has it. */
  #implied(): Proposition {
    return this.#listed('or', '\\/', () => this.#listed('and', '/\\', () => this.#implication()));
  }

  #listed(kind: 'and' | 'or', sign: string, part: () => Proposition): Proposition {
    const all = [part()];
    while (this.#reader.takes(sign)) all.push(part());
    return all.length === 1 ? all[0] : { kind, all };
  }

  #implication(): Proposition {
    const left = this.#negation();
    return this.#reader.takes('=>') ? { kind: 'implies', left, right: this.#implication() } : left;
  }

  #negation(): Proposition {
    const reader = this.#reader;
    if (reader.takes('~') || reader.takes('not')) return { kind: 'not', of: this.#negation() };
    if (reader.takes('true')) return { kind: 'and', all: [] };
    if (reader.takes('false')) return { kind: 'or', all: [] };
    if (!reader.takes('(')) return this.#comparison();
    const inner = this.#implied();
    reader.expect(')');
    return inner;
  }

  #comparison(): Proposition {
    const reader = this.#reader;
    const left = this.#operand();
    const isEqual = reader.takes('=') || reader.takes('==');
    if (!isEqual && !reader.takes('!=') && !reader.takes('<>'))
      reader.fail(`= or != must stand here, not ${reader.shown()}`);
    const is: Proposition = { kind: 'is', left, right: this.#compared() };
    return isEqual ? is : { kind: 'not', of: is };
  }

  /** Takes what a comparison has on its right: `1`, `x` and `&x` are values, `0:r1`, `[x]` and `*x` what is there. */
  #compared(): Observed | { readonly value: number } {
    const reader = this.#reader;
    if (reader.sees('[') || isThread(reader.peek())) return this.#operand();
    if (reader.takes('*')) return this.#operand();
    const sign = reader.takes('-') ? -1 : 1;
    if (sign === 1 && reader.peek().kind === 'number') {
      const token = reader.take();
      return reader.sees(':') ? this.#registerOf(Number(token.text)) : { value: numberOfWord(token) };
    }
    if (sign === -1) return { value: -reader.number() };
    reader.takes('&');
    const name = reader.name('a number, a register or a location');
    return { value: this.#locations.addressOf(name.text, name) };
  }

  /** Takes a register or a location. */
  #operand(): Observed {
    const reader = this.#reader;
    if (reader.peek().kind === 'number' || isThread(reader.peek())) return this.#registerOf(takeThread(reader));
    const isInBrackets = reader.takes('[');
    const name = reader.name('a register or a location');
    if (isInBrackets) reader.expect(']');
    else if (reader.sees('[')) reader.fail('arrays are not supported');
    const location = this.#locations.find(name.text);
    return location === undefined ? reader.fail(`${name.text} is no location of this test`, name) : { location };
  }

  #registerOf(thread: number): Observed {
    const reader = this.#reader;
    const builder = this.#threads.find((one) => one.thread === thread);
    if (builder === undefined) return reader.fail(`there is no thread P${thread}`);
    reader.expect(':');
    reader.takes('%');
    const name = reader.name('a register');
    const register = builder.find(name.text);
    if (register === undefined) return reader.fail(`P${thread} has no register ${name.text}`, name);
    return { thread, register };
  }
}
