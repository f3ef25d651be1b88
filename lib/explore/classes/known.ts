/**
 * The classes of a search that is over, as data: they go from one thread to another, and say of which class a trial is that threads have
 * made. Made by counted.ts; asked by lib/run/classes.ts.
 */

import { lockOwner } from '../../machine/lockWord.js';
import { OP } from '../../machine/recorder.js';
import { NOTHING_READ, Sequences, type SequencesData } from './sequences.js';

/** A word of the instance that tells classes apart. */
export interface ClassWord {
  readonly offset: number;
  /** What it is in the first state. */
  readonly first: number;
  readonly isLock: boolean;
}

/** The classes of a search, and what their keys mean. It can be sent to another thread. */
export interface ClassesData {
  readonly classes: readonly string[];
  readonly sequences: SequencesData;
  readonly words: readonly ClassWord[];
  /** Word index of the instance, and its words. */
  readonly instance: number;
  readonly instanceWords: number;
}

/** One event in the records of a CPU: an interrupt, or an access with what it found. */
export interface TrialEvent {
  readonly kind: 'interrupt' | 'access';
  readonly op: number;
  readonly address: number;
  readonly before: number;
}

/** A trial that threads have made, as far as it says of which class it is. Addresses are those of a machine whose first instance it ran on. */
export interface MadeTrial {
  /** By CPU. */
  readonly events: readonly (readonly TrialEvent[])[];
  /** Words of the instance at the end; undefined for one that was not looked at. */
  readonly word: (offset: number) => number | undefined;
  /** How it failed, and the CPU; null for a clean one. */
  readonly failure: { readonly signature: string; readonly cpu: number; readonly isHang: boolean } | null;
}

/** The classes of a search. */
export class KnownClasses {
  readonly classes: ReadonlySet<string>;
  readonly words: readonly ClassWord[];
  readonly #sequences: Sequences;
  readonly #locks: ReadonlySet<number>;
  readonly #data: ClassesData;

  constructor(data: ClassesData) {
    this.#data = data;
    this.classes = new Set(data.classes);
    this.words = data.words;
    this.#sequences = Sequences.of(data.sequences);
    this.#locks = new Set(data.words.filter(({ isLock }) => isLock).map(({ offset }) => offset));
  }

  /** Returns the class of a trial that threads have made, whether there is such a class or not. */
  keyOfTrial({ events, word, failure }: MadeTrial): string {
    if (failure?.isHang === true) return keyOfHang(failure.signature);
    if (failure !== null) return `${this.#sequenceMade(events[failure.cpu])} ${failure.signature} ${failure.cpu}`;
    const read = events.map((each) => this.#sequenceMade(each));
    const left: string[] = [];
    for (const { offset, first, isLock } of this.words) {
      const found = word(offset) ?? first;
      const value = isLock ? lockOwner(found) + 1 : found;
      if (value !== first) left.push(`${offset}=${value}`);
    }
    return `${read.join()} ${left.toSorted().join()}`;
  }

  /** Returns a class in words that are the same in another search of the same trial. `key` is one of these classes. */
  textOf(key: string): string {
    const [read = ''] = /^[\d,]+(?= )/.exec(key) ?? [];
    const sequences = read.split(',').map((number) => this.#sequences.textOf(Number(number)));
    return read === '' ? key : `${sequences.join(', ')}${key.slice(read.length)}`;
  }

  #sequenceMade(events: readonly TrialEvent[]): number {
    const { instance, instanceWords } = this.#data;
    let sequence = NOTHING_READ;
    for (const { kind, op, address, before } of events) {
      const offset = address - instance;
      if (kind === 'interrupt') sequence = this.#sequences.interrupt(sequence);
      else if (offset < 0 || offset >= instanceWords) continue;
      else if (op === OP.ACQUIRE) sequence = this.#sequences.read(sequence, 1);
      else if (op === OP.READ && this.#locks.has(offset)) sequence = this.#sequences.read(sequence, 0);
      else if (op !== OP.WRITE && op !== OP.RELEASE) sequence = this.#sequences.read(sequence, before);
    }
    return sequence;
  }
}

/** Returns the class of trials that hang so: what their CPUs have read says nothing. */
export function keyOfHang(signature: string): string {
  return `hangs: ${signature}`;
}
