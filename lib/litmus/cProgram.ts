/** Parses the functions of a litmus test of C: `P0(int *x, int *y) { ... }`. Called by parse.ts. */

import { CExpressions } from './cExpressions.js';
import { ThreadBuilder, type Locations } from './names.js';
import { isThread } from './initialState.js';
import type { BinarySign, Expression } from './program.js';
import type { SourcePlace, Reader, Token } from './reader.js';

const POINTED = ['int', 'long', 'bool', 'intptr_t', 'uintptr_t', 'atomic_t', 'spinlock_t', 'void', 'const', 'volatile'];
const LOCAL = ['int', 'long', 'bool', 'intptr_t', 'uintptr_t', 'void', 'const', 'volatile'];
const UNSUPPORTED = [
  'for',
  'goto',
  'switch',
  'return',
  'break',
  'continue',
  'unsigned',
  'struct',
  'char',
  'short',
  'signed',
  'float',
  'double',
  'typedef',
  'sizeof',
];

/** Parses the function of the next thread. `registers`: those that hold something at the start. Throws LitmusFault. */
export function parseFunction(
  reader: Reader,
  locations: Locations,
  thread: number,
  registers: readonly Token[],
): ThreadBuilder {
  while (reader.sees('static', 'void')) reader.take();
  if (!isThread(reader.peek()) || reader.peek().text !== `P${thread}`)
    reader.fail(`P${thread}, a condition, or the end must stand here, not ${reader.shown()}`);
  reader.speak('c');
  reader.take();
  const builder = new ThreadBuilder(thread);
  const parameters = parseParameters(reader, locations);
  for (const { text } of registers) builder.registerOf(text);
  new CFunction(reader, builder, new CExpressions(reader, locations, builder, parameters), parameters).parse();
  return builder;
}

function parseParameters(reader: Reader, locations: Locations): ReadonlySet<string> {
  const names = new Set<string>();
  reader.expect('(');
  while (!reader.takes(')')) {
    const type = reader.peek();
    if (!reader.sees(...POINTED))
      reader.fail(`a parameter must be a pointer to ${POINTED.slice(0, 7).join(', ')}, not ${reader.shown()}`);
    while (reader.sees(...POINTED)) reader.take();
    if (!reader.sees('*')) reader.fail(`a parameter must be a pointer: * must stand here, not ${reader.shown()}`);
    while (reader.takes('*'));
    const name = reader.name('the name of a parameter');
    if (names.has(name.text)) reader.fail(`there are two parameters ${name.text}`, name);
    names.add(name.text);
    locations.use(locations.indexOf(name.text, name), type.text === 'spinlock_t' ? 'lock' : 'data', name);
    if (reader.sees('[')) reader.fail('arrays are not supported');
    if (!reader.sees(')')) reader.expect(',');
  }
  return names;
}

class CFunction {
  readonly #reader: Reader;
  readonly #builder: ThreadBuilder;
  readonly #expressions: CExpressions;
  readonly #parameters: ReadonlySet<string>;

  constructor(reader: Reader, builder: ThreadBuilder, expressions: CExpressions, parameters: ReadonlySet<string>) {
    this.#reader = reader;
    this.#builder = builder;
    this.#expressions = expressions;
    this.#parameters = parameters;
  }

  /** Parses the body. What follows it is read as frame again. */
  parse(): void {
    this.#reader.expect('{');
    while (!this.#reader.sees('}')) this.#statement();
    // The next word is read when it is asked for, and may be a comment of the frame.
    this.#reader.take();
    this.#reader.speak('frame');
  }

  #statement(): void {
    const reader = this.#reader;
    const token = reader.peek();
    if (reader.takes(';')) return;
    if (reader.takes('{')) {
      while (!reader.takes('}')) this.#statement();
    } else if (reader.takes('if')) this.#if(token);
    else if (reader.takes('while')) this.#while(token);
    else if (reader.takes('do')) this.#doWhile(token);
    else if (reader.sees(...UNSUPPORTED)) reader.fail(`${token.text} is not supported`);
    else {
      if (reader.sees(...LOCAL)) this.#declaration();
      else this.#simple();
      reader.expect(';');
      this.#builder.endStatement(token);
    }
  }

  /** Takes `int r0, *r1 = READ_ONCE(*p)`. */
  #declaration(): void {
    const reader = this.#reader;
    while (reader.sees(...LOCAL)) reader.take();
    do {
      while (reader.takes('*'));
      const name = reader.name('the name of a local variable');
      if (this.#parameters.has(name.text)) reader.fail(`${name.text} is a parameter`, name);
      if (reader.sees('[')) reader.fail('arrays are not supported');
      const isKnown = this.#builder.find(name.text) !== undefined;
      const place = reader.peek();
      const value = reader.takes('=') ? this.#expressions.parse() : undefined;
      const to = this.#builder.registerOf(name.text);
      if (value !== undefined) this.#builder.operations.push({ kind: 'let', to, value, place });
      else if (isKnown && !reader.sees(',', ';')) reader.expect(';');
    } while (reader.takes(','));
  }

  /** Takes an assignment or a call. */
  #simple(): void {
    const reader = this.#reader;
    if (reader.takes('(')) {
      reader.expect('void');
      reader.expect(')');
    }
    const token = reader.peek();
    if (reader.sees('*')) {
      const address = this.#expressions.place('an assignment');
      const value = this.#assigned(() => this.#expressions.load(address, token));
      this.#builder.operations.push({ kind: 'store', address, value, place: token });
      return;
    }
    const name = reader.name('a statement');
    if (reader.sees('(')) this.#expressions.call(name);
    else this.#assignment(name);
  }

  #assignment(name: Token): void {
    const reader = this.#reader;
    if (this.#parameters.has(name.text))
      reader.fail(`${name.text} is a parameter: *${name.text} can be assigned`, name);
    if (reader.sees('[', '->', '.')) reader.fail('arrays and structures are not supported');
    const known = this.#builder.find(name.text);
    const old = (): Expression =>
      known === undefined
        ? reader.fail(`${name.text} is not set in front of this`, name)
        : { kind: 'register', register: known };
    const value = this.#assigned(old);
    this.#builder.operations.push({ kind: 'let', to: this.#builder.registerOf(name.text), value, place: name });
  }

  /** Takes `= value`, `+= value`, `++`. */
  #assigned(old: () => Expression): Expression {
    const reader = this.#reader;
    if (reader.takes('=')) return this.#expressions.parse();
    if (reader.sees('++', '--')) {
      const sign = reader.take().text[0] as BinarySign;
      return { kind: 'binary', sign, left: old(), right: { kind: 'constant', value: 1 } };
    }
    if (!reader.sees('+=', '-=', '&=', '|=', '^=')) reader.fail(`= must stand here, not ${reader.shown()}`);
    const sign = reader.take().text[0] as BinarySign;
    const left = old();
    return { kind: 'binary', sign, left, right: this.#expressions.parse() };
  }

  /** Takes a condition in parentheses. */
  #condition(): Expression {
    this.#reader.expect('(');
    const condition = this.#expressions.parse();
    this.#reader.expect(')');
    return condition;
  }

  #if(place: SourcePlace): void {
    const { operations } = this.#builder;
    const unless = this.#condition();
    const jump = operations.length;
    operations.push({ kind: 'jump', target: 0, unless, place });
    this.#builder.endStatement(place);
    this.#statement();
    if (!this.#reader.takes('else')) {
      operations[jump] = { kind: 'jump', target: operations.length, unless, place };
      return;
    }
    const over = operations.length;
    operations.push({ kind: 'jump', target: 0, unless: undefined, place });
    operations[jump] = { kind: 'jump', target: operations.length, unless, place };
    this.#statement();
    operations[over] = { kind: 'jump', target: operations.length, unless: undefined, place };
  }

  #while(place: SourcePlace): void {
    const { operations } = this.#builder;
    const start = operations.length;
    const unless = this.#condition();
    const jump = operations.length;
    operations.push({ kind: 'jump', target: 0, unless, place });
    this.#builder.endStatement(place);
    this.#statement();
    operations.push({ kind: 'jump', target: start, unless: undefined, place });
    operations[jump] = { kind: 'jump', target: operations.length, unless, place };
  }

  #doWhile(place: SourcePlace): void {
    const { operations } = this.#builder;
    const start = operations.length;
    this.#statement();
    this.#reader.expect('while');
    const unless = this.#condition();
    this.#reader.expect(';');
    const jump = operations.length;
    operations.push({ kind: 'jump', target: 0, unless, place });
    this.#builder.endStatement(place);
    operations.push({ kind: 'jump', target: start, unless: undefined, place });
    operations[jump] = { kind: 'jump', target: operations.length, unless, place };
  }
}
