/**
 * Per-CPU addresses that a task has taken as those of its own CPU. Made for each thread by cpu.ts, used by stalePerCpu.ts.
 *
 * An address is a plain number: its range says of which copy it is.
 */

/** Copies that a task can have taken the addresses of in one trial; beyond that the oldest is forgotten. */
const COPIES_MAX = 16;

/** The copies whose addresses a thread's task has taken in its trial. Made once for each thread. */
export class OwnAddresses {
  readonly #first = new Int32Array(COPIES_MAX);
  readonly #words = new Int32Array(COPIES_MAX);
  readonly #names = new Array<string>(COPIES_MAX).fill('');
  #count = 0;
  #next = 0;
  #newest = -1;
  /** Whether the task has moved since the trial began. */
  hasMoved = false;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  note(first: number, words: number, name: string): void {
    if (this.#newest === first || this.#indexOf(first) >= 0) return;
    this.#first[this.#next] = first;
    this.#words[this.#next] = words;
    this.#names[this.#next] = name;
    this.#newest = first;
    this.#next = (this.#next + 1) % COPIES_MAX;
    this.#count = Math.min(COPIES_MAX, this.#count + 1);
  }

  /** Forgets the copy with this address: the task has said whose it is. */
  forget(address: number): void {
    const i = this.#indexOf(address);
    if (i < 0) return;
    this.#words[i] = 0;
    this.#newest = -1;
  }

  /** Returns the name of the variable of which the task has taken the copy with this address; undefined if it has not. */
  nameOf(address: number): string | undefined {
    const i = this.#indexOf(address);
    return i < 0 ? undefined : this.#names[i];
  }

  /** Returns all that is known, as a key. */
  get key(): string {
    const copies = Array.from({ length: this.#count }, (_, i) => `${this.#first[i]}:${this.#words[i]}`);
    return `${this.hasMoved ? 'moved' : ''} ${this.#next} ${copies.join()}`;
  }

  clear(): void {
    this.#count = 0;
    this.#next = 0;
    this.#newest = -1;
    this.hasMoved = false;
  }

  #indexOf(address: number): number {
    for (let i = 0; i < this.#count; i++) {
      const offset = address - this.#first[i];
      if (offset >= 0 && offset < this.#words[i]) return i;
    }
    return -1;
  }
}
