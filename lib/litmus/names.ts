/**
 * The locations and registers of a test while it is parsed: both are known from where they are first named. Called by the
 * parsers beside this file.
 */

import { ADDRESS, type Location, type Operation, type Thread } from './program.js';
import { LitmusFault, type SourcePlace } from './reader.js';

type Use = 'lock' | 'data';

interface KnownLocation {
  readonly name: string;
  initial: number;
  use: Use | undefined;
  /** Where it was named first, or where its use was first seen. */
  place: SourcePlace;
}

/** All locations of a test. */
export class Locations {
  readonly #known: KnownLocation[] = [];

  /** Returns the index of a location. */
  indexOf(name: string, place: SourcePlace): number {
    const found = this.find(name);
    if (found !== undefined) return found;
    this.#known.push({ name, initial: 0, use: undefined, place });
    return this.#known.length - 1;
  }

  find(name: string): number | undefined {
    const index = this.#known.findIndex((known) => known.name === name);
    return index < 0 ? undefined : index;
  }

  /** Returns the value that is the address of a location. */
  addressOf(name: string, place: SourcePlace): number {
    return ADDRESS + this.indexOf(name, place);
  }

  /** Returns the location whose address a value is; undefined if it is none. */
  at(value: number): number | undefined {
    return value >= ADDRESS && value - ADDRESS < this.#known.length ? value - ADDRESS : undefined;
  }

  setInitial(location: number, value: number): void {
    this.#known[location].initial = value;
  }

  /** Notes that a location is a spinlock, or that it is none. Throws LitmusFault where it is used as both. */
  use(location: number, use: Use, place: SourcePlace): void {
    const known = this.#known[location];
    if (known.use === undefined) Object.assign(known, { use, place });
    if (known.use === use) return;
    const line = `line ${known.place.line}`;
    throw new LitmusFault(
      place,
      use === 'lock'
        ? `${known.name} is no spinlock in ${line}, and one here`
        : `${known.name} is a spinlock in ${line}, and none here`,
    );
  }

  all(): Location[] {
    return this.#known.map(({ name, initial, use }) => ({ name, initial, isLock: use === 'lock' }));
  }
}

/** Temporaries are numbered from here until all registers of the thread are known, which then come in front of them. */
const FIRST_TEMPORARY = 10_000;

/** The registers of one thread, and the operations that it is made of. */
export class ThreadBuilder {
  readonly operations: Operation[] = [];
  readonly #registers: string[] = [];
  readonly #initial: number[] = [];
  #temporaries = 0;
  #mostTemporaries = 0;
  readonly thread: number;

  constructor(thread: number) {
    this.thread = thread;
  }

  registerOf(name: string): number {
    const found = this.find(name);
    if (found !== undefined) return found;
    this.#registers.push(name);
    this.#initial.push(0);
    return this.#registers.length - 1;
  }

  find(name: string): number | undefined {
    const index = this.#registers.indexOf(name);
    return index < 0 ? undefined : index;
  }

  setInitial(register: number, value: number): void {
    this.#initial[register] = value;
  }

  /** Returns a register for a value in the middle of a statement. */
  temporary(): number {
    this.#temporaries++;
    this.#mostTemporaries = Math.max(this.#mostTemporaries, this.#temporaries);
    return FIRST_TEMPORARY + this.#temporaries - 1;
  }

  /** Frees the temporaries, which nothing reads behind this place. */
  endStatement(place: SourcePlace): void {
    if (this.#temporaries === 0) return;
    this.#temporaries = 0;
    this.operations.push({ kind: 'forget', from: FIRST_TEMPORARY, place });
  }

  /** Returns the thread. Its registers are numbered with the temporaries behind them. */
  finished(): Thread {
    const shift = FIRST_TEMPORARY - this.#registers.length;
    return {
      registers: this.#registers,
      registerCount: this.#registers.length + this.#mostTemporaries,
      initial: this.#initial,
      operations: this.operations.map((operation) => renumbered(operation, shift) as Operation),
    };
  }
}

/** Returns the same with the numbers of temporaries lowered. */
function renumbered(part: unknown, shift: number): unknown {
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([field, value]: [string, unknown]) => [
      field,
      isRegisterField(field) && typeof value === 'number' && value >= FIRST_TEMPORARY
        ? value - shift
        : renumbered(value, shift),
    ]),
  );
}

function isRegisterField(field: string): boolean {
  return field === 'to' || field === 'register' || field === 'from';
}
