/**
 * The memory of a test in a search of all states. Made by lib/js/memory.ts; asked by lib/explore.
 *
 * The real memory holds the first state all the time: what an operation does, the search knows. So code that reads it without an operation
 * reads what is there at first, and makes other steps where the memory is spoilt; and code that stores without one is seen by that.
 */

import type { Cpu } from '../../machine/cpu.js';
import { OWN_WORDS } from '../../machine/layout.js';
import { draw } from '../../machine/random.js';
import type { ExploredMemory, ExploredOutcome, OwnOperation } from '../../race/exploredMemory.js';
import { functionThrew } from '../../race/raceFault.js';
import { sharedBuffers, type SharedBuffer } from '../buffers.js';
import { exploring } from '../intercept.js';
import { wordName } from '../names.js';
import { makeParts } from '../parts.js';
import type { Test } from '../test.js';
import { outcomeGrade, namedOutcomes } from '../outcomes.js';
import { ExploredMember } from './member.js';
import { ExploredOperations, RESULT_WORDS, type LeftMemory } from './operations.js';
import { PromiseCount } from './promises.js';

/** Values of a word that are tried as what is there when code reads it without an operation; and one more that nobody stores. */
const VALUES_MAX = 16;

/** What a thread works with in one run of its actor. */
interface Opened {
  readonly state: unknown;
  readonly buffers: readonly SharedBuffer[];
}

/** The memory. */
export class ExploredTest implements ExploredMemory {
  readonly #test: Test;
  readonly #variant: string;
  readonly #shared: unknown;
  readonly #buffers: readonly SharedBuffer[];
  readonly #bytes: readonly Uint8Array[];
  /** The first state, and what the memory is in front of a run. */
  #image: readonly Uint8Array[];
  #expected: readonly Uint8Array[];
  /** Whether the memory may be something else than the first state. */
  #isDirty = false;
  /** Whether `after` has looked, and may have stored what it likes. */
  #isOver = false;
  readonly #operations: ExploredOperations;
  readonly #member: ExploredMember;
  readonly #promises: PromiseCount;
  readonly #stored = new Map<number, Set<number>>();
  readonly #outcomes = new Set<string>();
  /** What `open` has returned for each thread, where it is asynchronous. */
  readonly #kept: (Opened | null)[] = [];
  #opened: Opened | null = null;

  private constructor(
    test: Test,
    variant: string,
    shared: unknown,
    image: readonly Uint8Array[] | null,
    threads: number,
  ) {
    this.#test = test;
    this.#variant = variant;
    this.#shared = shared;
    this.#buffers = sharedBuffers(shared);
    this.#bytes = this.#buffers.map(({ buffer }) => new Uint8Array(buffer));
    this.#image = image ?? this.#copy();
    this.#expected = this.#image;
    this.#promises = new PromiseCount();
    this.#operations = new ExploredOperations({
      nameOf: (address) => this.nameOf(address),
      stored: (address, value) => this.#noteStored(address, value),
    });
    this.#member = new ExploredMember({
      test,
      variant,
      threads,
      session: exploring.session,
      operations: this.#operations,
      promises: this.#promises,
      show: (snapshot) => this.#show(snapshot),
      noteOutcome: (outcome) => this.#outcomes.add(outcome),
    });
  }

  /** Makes the memory in its first state; returns why it cannot be searched, where that is so. */
  static async make(test: Test, variant: string, threads: number): Promise<ExploredTest | string> {
    const { name, share, before } = test;
    if (test.isAwaited) return 'its actors are async, and a search runs them step by step, without an event loop';
    if (test.outside) return 'threads beside its actors use the memory (outside: true), and a search sees none of them';
    let shared: unknown;
    try {
      shared = share({ variant });
    } catch (thrown) {
      throw functionThrew(name, 'share()', thrown);
    }
    const { image, ports } = makeParts(name, shared, threads, before !== undefined);
    if (ports.length > 0) return 'it shares MessagePorts, and a search sees no messages';
    if (sharedBuffers(shared).some(({ memory }) => memory !== null))
      return 'it shares a WebAssembly.Memory, and a search sees nothing of what a module does to that';
    const made = new ExploredTest(test, variant, shared, image, threads);
    await made.#openAll(threads);
    if (before !== undefined && !made.#isBroughtBy(before))
      return 'before() leaves other memory each time, and a search has one first state';
    made.#join();
    return made;
  }

  get spoils(): number {
    const most = Math.max(0, ...[...this.#stored.values()].map(({ size }) => size));
    return 2 * Math.min(VALUES_MAX, most) + 1;
  }

  get outcomes(): readonly ExploredOutcome[] | null {
    const { outcomes: grades } = this.#test;
    if (grades === null) return null;
    const required = namedOutcomes(grades).filter((outcome) => grades[outcome] === 'required');
    return [...new Set([...this.#outcomes, ...required])]
      .toSorted()
      .map((outcome) => ({ outcome, grade: outcomeGrade(grades, outcome), met: this.#outcomes.has(outcome) }));
  }

  operation(id: number): OwnOperation {
    return this.#operations.at(id);
  }

  first(address: number): number {
    if (address >= RESULT_WORDS) return 0;
    const byte = address - OWN_WORDS;
    const at = this.#buffers.findIndex(({ first, buffer }) => byte >= first && byte < first + buffer.byteLength);
    if (at < 0) return 0;
    const image = this.#image[at];
    const from = byte - this.#buffers[at].first;
    let word = 0;
    for (let i = 0; i < 4; i++) word |= (image[from + i] ?? 0) << (8 * i);
    return word;
  }

  nameOf(address: number): string {
    return wordName(this.#buffers, this.#test.names, address - OWN_WORDS);
  }

  begin({ home }: Cpu, spoilt: number): void {
    this.#opened = this.#kept[home] ?? this.#open(home);
    // What `open` stores is not the actor's.
    exploring.session.begin(this.#operations, this.#opened.buffers);
    if (this.#isDirty || this.#test.open !== undefined || spoilt > 0) this.#restore();
    this.#isOver = false;
    this.#expected = this.#image;
    if (spoilt === 0) return;
    this.#spoil(spoilt);
    this.#isDirty = true;
    this.#expected = this.#copy();
  }

  changedAlone(): string | null {
    if (this.#isOver) return null;
    for (const [i, bytes] of this.#bytes.entries()) {
      const expected = this.#expected[i];
      if (Buffer.compare(bytes, expected) === 0) continue;
      this.#isDirty = true;
      const byte = bytes.findIndex((value, at) => value !== expected[at]);
      return this.nameOf(OWN_WORDS + this.#buffers[i].first + (byte & ~3));
    }
    return null;
  }

  /** Runs the actor of a CPU. */
  run(cpu: Cpu, actor: Test['actors'][string]): void {
    this.#member.run(cpu, this.#begun().state, actor);
  }

  /** Looks at what the trial has left. */
  finish(cpu: Cpu): void {
    this.#member.finish(cpu, this.#begun().state);
  }

  leave(): void {
    this.#promises.end();
    exploring.leave();
  }

  #begun(): Opened {
    if (this.#opened === null) throw new Error('explore: an actor runs that has not begun');
    return this.#opened;
  }

  /** Opens on each thread once: what is not there at once is kept for all runs. */
  async #openAll(threads: number): Promise<void> {
    const { open, name } = this.#test;
    for (let me = 0; me < threads; me++) {
      this.#kept[me] = null;
      if (open === undefined) continue;
      const shared: unknown = structuredClone(this.#shared);
      try {
        const opened = open(shared, { me, variant: this.#variant });
        if (opened instanceof Promise) this.#kept[me] = { state: await opened, buffers: sharedBuffers(shared) };
      } catch (thrown) {
        throw functionThrew(name, 'open()', thrown);
      }
    }
    this.#restore();
  }

  #open(me: number): Opened {
    const { open, name } = this.#test;
    const shared: unknown = structuredClone(this.#shared);
    const buffers = sharedBuffers(shared);
    try {
      return { state: open === undefined ? shared : open(shared, { me, variant: this.#variant }), buffers };
    } catch (thrown) {
      throw functionThrew(name, 'open()', thrown);
    }
  }

  #join(): void {
    this.#promises.start();
    exploring.join();
  }

  /** Makes what `before` leaves the first state; returns whether it leaves the same each time. */
  #isBroughtBy(before: NonNullable<Test['before']>): boolean {
    const first = this.#broughtBy(before);
    const isSame = areAlike(first, this.#broughtBy(before));
    this.#image = first;
    this.#isDirty = true;
    return isSame;
  }

  /** Returns what `before` makes of the memory that `share` has left. */
  #broughtBy(before: NonNullable<Test['before']>): readonly Uint8Array[] {
    this.#opened = this.#kept[0] ?? this.#open(0);
    this.#restore();
    try {
      before({ state: this.#opened.state, variant: this.#variant, results: [] });
    } catch (thrown) {
      throw functionThrew(this.#test.name, 'before()', thrown);
    }
    return this.#copy();
  }

  #copy(): readonly Uint8Array[] {
    return this.#bytes.map((bytes) => new Uint8Array(bytes));
  }

  #restore(): void {
    for (const [i, bytes] of this.#bytes.entries()) bytes.set(this.#image[i]);
    this.#isDirty = false;
  }

  #noteStored(address: number, value: number): void {
    const known = this.#stored.get(address);
    if (known === undefined) this.#stored.set(address, new Set([value]));
    else if (known.size < VALUES_MAX) known.add(value);
  }

  /**
   * Spoils each word that is stored: with the values that are, one after another, then with any of them, so that words have other values
   * beside each other; and at last with one that nobody stores.
   */
  #spoil(run: number): void {
    const { spoils } = this;
    for (const [address, values] of this.#stored) {
      const all = [...values];
      const which = 2 * run < spoils ? run : draw(run, address, 1);
      this.#write(address, run < spoils ? all[which % all.length] : draw(run, address, 0));
    }
  }

  /** Brings the memory into a state, for `after`. */
  #show(snapshot: LeftMemory): void {
    this.#restore();
    this.#isDirty = true;
    this.#isOver = true;
    for (const [address, value] of snapshot) if (address < RESULT_WORDS) this.#write(address, value);
  }

  #write(address: number, value: number): void {
    const byte = address - OWN_WORDS;
    const at = this.#buffers.findIndex(({ first, buffer }) => byte >= first && byte < first + buffer.byteLength);
    const bytes = this.#bytes[at];
    const from = byte - this.#buffers[at].first;
    for (let i = 0; i < 4 && from + i < bytes.length; i++) bytes[from + i] = value >>> (8 * i);
  }
}

function areAlike(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  return one.every((bytes, i) => Buffer.compare(bytes, other[i]) === 0);
}
