/** Parses the first braces of a litmus test: what locations and registers hold at the start. Called by parse.ts. */

import type { Locations } from './names.js';
import type { Reader, Token } from './reader.js';

/** A register that holds something at the start. The threads are not known yet. */
export interface InitialRegister {
  readonly thread: number;
  readonly register: Token;
  readonly value: number;
}

const TYPES = [
  'int',
  'long',
  'intptr_t',
  'uintptr_t',
  'bool',
  'atomic_t',
  'spinlock_t',
  'int32_t',
  'uint64_t',
  'int64_t',
  'uint32_t',
];

/** Parses the initial state. Throws LitmusFault. */
export function parseInitialState(reader: Reader, locations: Locations): InitialRegister[] {
  const registers: InitialRegister[] = [];
  reader.expect('{');
  while (!reader.takes('}')) {
    if (reader.takes(';')) continue;
    const isLock = reader.sees('spinlock_t');
    const type = reader.sees(...TYPES) ? reader.take() : undefined;
    while (reader.takes('*'));
    if (reader.peek().kind === 'number' || isThread(reader.peek())) {
      registers.push(parseRegister(reader, locations));
    } else {
      parseLocation(reader, locations, isLock, type !== undefined);
    }
    if (!reader.sees('}')) reader.expect(';');
  }
  return registers;
}

/** Whether a word is P and a number. */
export function isThread({ kind, text }: Token): boolean {
  return kind === 'name' && /^P\d+$/.test(text);
}

/** Takes the number of a thread: `0`, or `P0`. */
export function takeThread(reader: Reader): number {
  return isThread(reader.peek()) ? Number(reader.take().text.slice(1)) : reader.number();
}

function parseRegister(reader: Reader, locations: Locations): InitialRegister {
  const thread = takeThread(reader);
  reader.expect(':');
  reader.takes('%');
  const register = reader.name('a register');
  const value = reader.takes('=') ? parseInitialValue(reader, locations) : 0;
  return { thread, register, value };
}

function parseLocation(reader: Reader, locations: Locations, isLock: boolean, isTyped: boolean): void {
  const isInBrackets = reader.takes('[');
  const name = reader.name('a location');
  if (isInBrackets) reader.expect(']');
  else if (reader.sees('[')) reader.fail('arrays are not supported');
  const location = locations.indexOf(name.text, name);
  if (isLock || isTyped) locations.use(location, isLock ? 'lock' : 'data', name);
  if (!reader.takes('=')) return;
  if (isLock) reader.fail('a spinlock has no initial value: it is free');
  locations.setInitial(location, parseInitialValue(reader, locations));
}

/** Returns a number, or the address of a location: `y` and `&y` are the same. */
function parseInitialValue(reader: Reader, locations: Locations): number {
  if (reader.takes('ATOMIC_INIT')) {
    reader.expect('(');
    const value = reader.number();
    reader.expect(')');
    return value;
  }
  const isAddress = reader.takes('&');
  if (!isAddress && reader.peek().kind !== 'name') return reader.number();
  const name = reader.name('a location');
  return locations.addressOf(name.text, name);
}
