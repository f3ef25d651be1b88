/**
 * The instructions of x86 that a litmus test may have, in the syntax of Intel: what accesses memory becomes an operation of the thread.
 * Called by x86Program.ts.
 *
 * LFENCE and SFENCE are nothing: x86-TSO reorders neither reads nor stores. Of the flags there is the zero flag alone.
 */

import { withOld } from './expressions.js';
import { Labels } from './labels.js';
import type { Locations, ThreadBuilder } from './names.js';
import type { BinarySign, Expression } from './program.js';
import type { Reader, Token } from './reader.js';

/** In the order in which a final state shows them. */
export const X86_REGISTERS: readonly string[] = ['EAX', 'EBX', 'ECX', 'EDX', 'ESI', 'EDI', 'EBP', 'ESP'];
/** A register of ours. */
const ZERO_FLAG = 'ZF';

const ARITHMETIC: ReadonlyMap<string, BinarySign> = new Map([
  ['ADD', '+'],
  ['SUB', '-'],
  ['AND', '&'],
  ['OR', '|'],
  ['XOR', '^'],
]);
const ONE: Expression = { kind: 'constant', value: 1 };
const OLD: Expression = { kind: 'old' };
const LOCKABLE = 'ADD, SUB, AND, OR, XOR, INC, DEC, XADD, CMPXCHG and XCHG';

type Operand =
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'memory'; readonly address: Expression }
  | { readonly kind: 'number'; readonly value: number };

export class X86Thread {
  readonly #reader: Reader;
  readonly #locations: Locations;
  readonly #builder: ThreadBuilder;
  readonly #labels = new Labels();

  constructor(reader: Reader, locations: Locations, builder: ThreadBuilder) {
    this.#reader = reader;
    this.#locations = locations;
    this.#builder = builder;
    for (const name of X86_REGISTERS) builder.registerOf(name);
  }

  finished(): ThreadBuilder {
    this.#labels.resolve();
    return this.#builder;
  }

  /** Takes an instruction with its labels, if there is one. Throws LitmusFault. */
  parseCell(): void {
    const reader = this.#reader;
    while (!reader.sees('|', ';')) {
      const token = reader.name('an instruction');
      if (reader.takes(':')) {
        this.#labels.define(token, this.#builder.operations.length);
        continue;
      }
      this.#instruction(token);
      this.#builder.endStatement(token);
      return;
    }
  }

  #instruction(token: Token): void {
    const name = token.text.toUpperCase();
    const { operations } = this.#builder;
    if (name === 'LOCK') {
      this.#reader.takes(';');
      const locked = this.#reader.name('an instruction');
      this.#readAndWrite(locked, locked.text.toUpperCase(), true);
    } else if (name === 'MFENCE') operations.push({ kind: 'fence', place: token });
    else if (name === 'LFENCE' || name === 'SFENCE' || name === 'NOP') return;
    else if (name === 'MOV' || name === 'MOVL') this.#move(token);
    else if (name === 'CMP') this.#compare(token);
    else if (name === 'JMP' || name === 'JE' || name === 'JZ' || name === 'JNE' || name === 'JNZ')
      this.#jump(token, name);
    else this.#readAndWrite(token, name, name === 'XCHG');
  }

  #move(place: Token): void {
    const to = this.#operand();
    this.#reader.expect(',');
    const from = this.#operand();
    if (to.kind === 'memory' && from.kind === 'memory')
      this.#reader.fail('MOV from memory to memory does not exist', place);
    this.#write(to, this.#read(from, place), place);
  }

  #compare(place: Token): void {
    const left = this.#read(this.#operand(), place);
    this.#reader.expect(',');
    const right = this.#read(this.#operand(), place);
    this.#setFlag({ kind: 'binary', sign: '==', left, right }, place);
  }

  #jump(place: Token, name: string): void {
    const { operations } = this.#builder;
    const label = this.#reader.name('a label');
    const at = operations.length;
    operations.push({ kind: 'jump', target: at, unless: undefined, place });
    const flag: Expression = { kind: 'register', register: this.#builder.registerOf(ZERO_FLAG) };
    const unless: Expression | undefined =
      name === 'JMP' ? undefined : name === 'JNE' || name === 'JNZ' ? flag : { kind: 'unary', sign: '!', of: flag };
    this.#labels.jumpsTo(label, (target) => {
      operations[at] = { kind: 'jump', target, unless, place };
    });
  }

  /** Takes the operands of an instruction that reads what it writes. In memory that is one step if it is locked, otherwise two. */
  #readAndWrite(place: Token, name: string, isLocked: boolean): void {
    const reader = this.#reader;
    const sign = ARITHMETIC.get(name);
    if (sign === undefined && !['INC', 'DEC', 'XADD', 'CMPXCHG', 'XCHG'].includes(name))
      reader.fail(`${isLocked ? 'LOCK ' : ''}${name} is not supported${isLocked ? `: ${LOCKABLE} are` : ''}`, place);
    let to = this.#operand();
    let from: Operand | undefined;
    if (name !== 'INC' && name !== 'DEC') {
      reader.expect(',');
      from = this.#operand();
    }
    // XCHG has its memory on either side.
    if (name === 'XCHG' && from?.kind === 'memory') [to, from] = [from, to];
    if (to.kind === 'number' || (from?.kind === 'memory' && to.kind === 'memory'))
      reader.fail(`${name} has operands that do not exist`, place);
    if (isLocked && to.kind !== 'memory' && name !== 'XCHG')
      reader.fail(`LOCK ${name} must have an operand in memory`, place);
    if (name === 'CMPXCHG' && !isLocked) reader.fail('CMPXCHG without LOCK is not supported', place);
    if (name === 'CMPXCHG') this.#compareAndExchange(to, this.#registerOf(from, place), place);
    else if (name === 'XADD' || name === 'XCHG')
      this.#exchange(name, to, this.#registerOf(from, place), place, isLocked);
    else {
      const by = from === undefined ? ONE : this.#read(from, place);
      const value: Expression = { kind: 'binary', sign: sign ?? (name === 'INC' ? '+' : '-'), left: OLD, right: by };
      this.#change(to, value, place, isLocked);
    }
  }

  /** Replaces what is there by a value made from it, and sets the flag. Returns what was there. */
  #change(to: Operand, value: Expression, place: Token, isLocked: boolean, writes: Expression = ONE): Expression {
    const old = this.#builder.temporary();
    const found: Expression = { kind: 'register', register: old };
    if (isLocked && to.kind === 'memory') {
      this.#builder.operations.push({
        kind: 'atomic',
        to: old,
        address: to.address,
        writes,
        value,
        result: OLD,
        place,
      });
    } else {
      this.#builder.operations.push({ kind: 'let', to: old, value: this.#read(to, place), place });
      this.#write(to, withOld(value, found), place);
    }
    this.#setFlag(
      { kind: 'binary', sign: '==', left: withOld(value, found), right: { kind: 'constant', value: 0 } },
      place,
    );
    return found;
  }

  #exchange(name: string, to: Operand, register: number, place: Token, isLocked: boolean): void {
    const { operations } = this.#builder;
    const given = this.#builder.temporary();
    const mine: Expression = { kind: 'register', register: given };
    operations.push({ kind: 'let', to: given, value: { kind: 'register', register }, place });
    const value: Expression = name === 'XCHG' ? mine : { kind: 'binary', sign: '+', left: OLD, right: mine };
    const flag = name === 'XCHG' ? this.#flag() : undefined;
    const kept = flag === undefined ? undefined : this.#keep(flag, place);
    const found = this.#change(to, value, place, isLocked);
    operations.push({ kind: 'let', to: register, value: found, place });
    if (kept !== undefined) this.#setFlag(kept, place);
  }

  #compareAndExchange(to: Operand, register: number, place: Token): void {
    const accumulator: Expression = { kind: 'register', register: this.#builder.registerOf('EAX') };
    const writes: Expression = { kind: 'binary', sign: '==', left: OLD, right: accumulator };
    const found = this.#change(to, { kind: 'register', register }, place, true, writes);
    this.#setFlag({ kind: 'binary', sign: '==', left: found, right: accumulator }, place);
    // Where they are equal it has the value already.
    this.#builder.operations.push({ kind: 'let', to: this.#builder.registerOf('EAX'), value: found, place });
  }

  #flag(): Expression {
    return { kind: 'register', register: this.#builder.registerOf(ZERO_FLAG) };
  }

  #keep(value: Expression, place: Token): Expression {
    const to = this.#builder.temporary();
    this.#builder.operations.push({ kind: 'let', to, value, place });
    return { kind: 'register', register: to };
  }

  #setFlag(value: Expression, place: Token): void {
    this.#builder.operations.push({ kind: 'let', to: this.#builder.registerOf(ZERO_FLAG), value, place });
  }

  #read(operand: Operand, place: Token): Expression {
    if (operand.kind === 'number') return { kind: 'constant', value: operand.value };
    if (operand.kind === 'register') return operand;
    const to = this.#builder.temporary();
    this.#builder.operations.push({ kind: 'load', to, address: operand.address, place });
    return { kind: 'register', register: to };
  }

  #write(operand: Operand, value: Expression, place: Token): void {
    if (operand.kind === 'number') this.#reader.fail('a number cannot be written to', place);
    else if (operand.kind === 'register')
      this.#builder.operations.push({ kind: 'let', to: operand.register, value, place });
    else this.#builder.operations.push({ kind: 'store', address: operand.address, value, place });
  }

  #registerOf(operand: Operand | undefined, place: Token): number {
    return operand?.kind === 'register' ? operand.register : this.#reader.fail(`${place.text} takes a register`, place);
  }

  /** Takes EAX, [x], [EAX], $1 or 1. */
  #operand(): Operand {
    const reader = this.#reader;
    reader.takes('%');
    if (reader.takes('[')) return this.#memory(']');
    if (reader.takes('(')) return this.#memory(')');
    const isNumber = reader.takes('$');
    if (isNumber || reader.sees('-') || reader.peek().kind === 'number')
      return { kind: 'number', value: reader.number() };
    return { kind: 'register', register: this.#register(reader.name('an operand')) };
  }

  #memory(end: string): Operand {
    const reader = this.#reader;
    reader.takes('%');
    const name = reader.name('a location or a register');
    const isRegister = X86_REGISTERS.includes(name.text.toUpperCase());
    reader.expect(end);
    return {
      kind: 'memory',
      address: isRegister
        ? { kind: 'register', register: this.#register(name) }
        : { kind: 'constant', value: this.#locations.addressOf(name.text, name) },
    };
  }

  #register(name: Token): number {
    const known = X86_REGISTERS.find((register) => register === name.text.toUpperCase());
    if (known === undefined)
      return this.#reader.fail(`${name.text} is not supported: ${X86_REGISTERS.join(', ')} are`, name);
    return this.#builder.registerOf(known);
  }
}
