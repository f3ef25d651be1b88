/**
 * Parses the expressions of a litmus test of C. What accesses shared memory becomes operations of the thread, in the order of C's text;
 * what is left is computed from registers. Called by cProgram.ts.
 */

import { macroOf, type Argument, type Macro } from './cMacros.js';
import { withOld } from './expressions.js';
import type { Locations, ThreadBuilder } from './names.js';
import { UNARY_SIGNS, type BinarySign, type Expression } from './program.js';
import { numberOfWord, type SourcePlace, type Reader, type Token } from './reader.js';

/** Signs by how they bind, those that bind least first. */
const LEVELS: readonly (readonly BinarySign[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

const TYPES = ['int', 'long', 'bool', 'intptr_t', 'uintptr_t', 'void', 'const', 'volatile'];

export class CExpressions {
  readonly #reader: Reader;
  readonly #locations: Locations;
  readonly #builder: ThreadBuilder;
  /** The parameters of the function: each is the address of a location. */
  readonly #parameters: ReadonlySet<string>;

  constructor(reader: Reader, locations: Locations, builder: ThreadBuilder, parameters: ReadonlySet<string>) {
    this.#reader = reader;
    this.#locations = locations;
    this.#builder = builder;
    this.#parameters = parameters;
  }

  /** Parses an expression. Throws LitmusFault. */
  parse(level = 0): Expression {
    if (level === LEVELS.length) return this.#unary();
    let left = this.parse(level + 1);
    while (this.#reader.sees(...LEVELS[level])) {
      const token = this.#reader.take();
      const sign = token.text as BinarySign;
      left =
        sign === '&&' || sign === '||'
          ? this.#shortCircuit(sign, left, level, token)
          : { kind: 'binary', sign, left, right: this.parse(level + 1) };
    }
    if (level === 0 && this.#reader.sees('?')) this.#reader.fail('?: is not supported');
    return left;
  }

  /** Takes `*p`, and returns the address. */
  place(what: string): Expression {
    if (!this.#reader.takes('*'))
      this.#reader.fail(`${what} takes *x, where x is a pointer, not ${this.#reader.shown()}`);
    return this.#unary();
  }

  /** Takes what stands behind the name of a macro. Returns what it returns, undefined if that is nothing. */
  call(name: Token): Expression | undefined {
    const macro = macroOf(name.text);
    if (macro === undefined) return this.#reader.fail(`${name.text}() is not known`, name);
    const args = this.#arguments(macro, name);
    return this.#emit(macro, args, name);
  }

  /** Notes which locations hold spinlocks, where that is seen without running the test. */
  #noteUse(address: Expression, isLock: boolean, place: SourcePlace): void {
    if (address.kind !== 'constant') return;
    const location = this.#locations.at(address.value);
    if (location !== undefined) this.#locations.use(location, isLock ? 'lock' : 'data', place);
  }

  #arguments({ takes }: Macro, name: Token): Expression[] {
    const reader = this.#reader;
    reader.expect('(');
    const args = takes.map((argument, i) => {
      if (i > 0) reader.expect(',');
      return this.#argument(argument, name.text);
    });
    if (!reader.takes(')'))
      reader.fail(`${name.text}() takes ${takes.length} arguments: ) must stand here, not ${reader.shown()}`);
    return args;
  }

  #argument(argument: Argument, name: string): Expression {
    return argument === 'place' ? this.place(`${name}()`) : this.parse();
  }

  #emit(macro: Macro, args: readonly Expression[], place: SourcePlace): Expression | undefined {
    const { operations } = this.#builder;
    const address = args[macro.takes.findIndex((argument) => argument !== 'value')];
    const values = args.filter((_, i) => macro.takes[i] === 'value');
    if (address !== undefined) this.#noteUse(address, /lock/i.test(macro.does), place);
    switch (macro.does) {
      case 'nothing':
        return undefined;
      case 'load':
        return this.load(address, place);
      case 'store':
      case 'storeAndFence':
        operations.push({ kind: 'store', address, value: values[0], place });
        if (macro.does === 'storeAndFence') operations.push({ kind: 'fence', place });
        return undefined;
      case 'fence':
      case 'rcuLock':
      case 'rcuUnlock':
        operations.push({ kind: macro.does, place });
        return undefined;
      case 'grace':
        operations.push({ kind: 'graceStart', place }, { kind: 'graceEnd', place });
        return undefined;
      case 'lock':
      case 'unlock':
        operations.push({ kind: macro.does, address, place });
        return undefined;
      case 'isLocked':
        return this.#toRegister((to) => operations.push({ kind: 'isLocked', to, address, place }));
      case 'trylock':
        return this.#unlessSeen({ kind: 'isLocked', address }, place, (to) =>
          operations.push({ kind: 'trylock', to, address, place }),
        );
      case 'atomic':
        return this.#atomic(macro, address, values, place);
    }
  }

  #atomic(macro: Macro & { does: 'atomic' }, address: Expression, values: readonly Expression[], place: SourcePlace) {
    const { operations } = this.#builder;
    const parts = macro.of(values);
    const emit = (to: number | undefined) => operations.push({ kind: 'atomic', to, address, ...parts, place });
    if (!macro.returns) {
      emit(undefined);
      return undefined;
    }
    if (macro.looksFirst !== true) return this.#toRegister(emit);
    return this.#unlessSeen({ kind: 'load', address, fails: parts.writes }, place, emit);
  }

  /** Reads, and goes on to the operation only where what was read lets it succeed. Returns whether it did. */
  #unlessSeen(
    look: { kind: 'isLocked' | 'load'; address: Expression; fails?: Expression },
    place: SourcePlace,
    emit: (to: number) => unknown,
  ): Expression {
    const { operations } = this.#builder;
    const to = this.#builder.temporary();
    const seen: Expression = { kind: 'register', register: to };
    operations.push({ kind: look.kind, to, address: look.address, place });
    const free: Expression =
      look.fails === undefined ? { kind: 'unary', sign: '!', of: seen } : withOld(look.fails, seen);
    operations.push({ kind: 'let', to, value: free, place });
    const jump = operations.length;
    operations.push({ kind: 'jump', target: jump, unless: undefined, place });
    emit(to);
    operations[jump] = { kind: 'jump', target: operations.length, unless: seen, place };
    return seen;
  }

  /** Emits a read. */
  load(address: Expression, place: SourcePlace): Expression {
    return this.#toRegister((to) => this.#builder.operations.push({ kind: 'load', to, address, place }));
  }

  #toRegister(emit: (to: number) => unknown): Expression {
    const register = this.#builder.temporary();
    emit(register);
    return { kind: 'register', register };
  }

  /** Takes the right side of && or ||, which runs only where the left side does not decide. */
  #shortCircuit(sign: '&&' | '||', left: Expression, level: number, place: SourcePlace): Expression {
    const { operations } = this.#builder;
    const before = operations.length;
    const to = this.#builder.temporary();
    const result: Expression = { kind: 'register', register: to };
    const truth = (of: Expression): Expression => ({
      kind: 'binary',
      sign: '!=',
      left: of,
      right: { kind: 'constant', value: 0 },
    });
    operations.push(
      { kind: 'let', to, value: truth(left), place },
      { kind: 'jump', target: 0, unless: undefined, place },
    );
    const right = this.parse(level + 1);
    if (operations.length === before + 2) {
      operations.length = before;
      return { kind: 'binary', sign, left, right };
    }
    operations.push({ kind: 'let', to, value: truth(right), place });
    const unless: Expression = sign === '&&' ? result : { kind: 'unary', sign: '!', of: result };
    operations[before + 1] = { kind: 'jump', target: operations.length, unless, place };
    return result;
  }

  #unary(): Expression {
    const reader = this.#reader;
    const token = reader.peek();
    const sign = UNARY_SIGNS.find((one) => one === token.text);
    if (token.kind === 'sign' && sign !== undefined) {
      reader.take();
      return { kind: 'unary', sign, of: this.#unary() };
    }
    if (reader.takes('*')) {
      const address = this.#unary();
      this.#noteUse(address, false, token);
      return this.load(address, token);
    }
    if (reader.takes('&')) {
      const name = reader.name('the name of a location');
      return this.#addressOf(name);
    }
    if (reader.takes('(')) return this.#behindParenthesis();
    if (token.kind === 'number') return { kind: 'constant', value: numberOfWord(reader.take()) };
    return this.#named(reader.name('a value'));
  }

  /** Takes a cast, which changes nothing, or an expression in parentheses. */
  #behindParenthesis(): Expression {
    const reader = this.#reader;
    if (!reader.sees(...TYPES)) {
      const inner = this.parse();
      reader.expect(')');
      return inner;
    }
    while (reader.sees('*', ...TYPES)) reader.take();
    reader.expect(')');
    return this.#unary();
  }

  #named(name: Token): Expression {
    const reader = this.#reader;
    if (reader.sees('(')) {
      return this.call(name) ?? reader.fail(`${name.text}() returns nothing`, name);
    }
    if (reader.sees('[', '->', '.')) reader.fail('arrays and structures are not supported');
    if (name.text === 'NULL') return { kind: 'constant', value: 0 };
    if (this.#parameters.has(name.text)) return this.#addressOf(name);
    const register = this.#builder.find(name.text);
    if (register === undefined)
      return reader.fail(
        `${name.text} is neither a parameter of P${this.#builder.thread}, nor set in front of this`,
        name,
      );
    return { kind: 'register', register };
  }

  #addressOf(name: Token): Expression {
    if (!this.#parameters.has(name.text))
      this.#reader.fail(`${name.text} is no parameter of P${this.#builder.thread}`, name);
    return { kind: 'constant', value: this.#locations.addressOf(name.text, name) };
  }
}
