/**
 * What an actor gets to know of the words of memory along a run, and what of it lies in memory. Made by steps.ts.
 */

import type { Cpu } from '../../machine/cpu.js';
import type { Boot } from './boot.js';

/** Words of the instance, and of per-CPU variables. */
export class KnownWords {
  readonly #cpu: Cpu;
  readonly #boot: Boot;
  /** Words that the actor has got to know since they were last looked at; the one who looks empties it. */
  readonly known: number[] = [];
  #isSpoilt = false;
  /** What it knows of them, where its memory is spoilt: by address, what a word is at first where it has seen nothing of it. */
  readonly #seen: Int32Array;
  /** What was stored there without an instruction, where an access by one came behind it. */
  readonly #overwritten = new Map<number, number>();
  /** What it got to know, in order: words, values, and whether it has stored them itself. */
  readonly #addresses: number[] = [];
  readonly #values: number[] = [];
  readonly #stores: boolean[] = [];

  constructor(cpu: Cpu, boot: Boot) {
    this.#cpu = cpu;
    this.#boot = boot;
    this.#seen = boot.first.slice();
  }

  /** Begins a run; `isSpoilt`: in memory that is spoilt. */
  begin(isSpoilt: boolean): void {
    this.#isSpoilt = isSpoilt;
    this.known.length = 0;
    const { first } = this.#boot;
    for (const address of this.#addresses) this.#seen[address] = first[address];
    this.#overwritten.clear();
    this.#addresses.length = 0;
    this.#values.length = 0;
    this.#stores.length = 0;
  }

  /** Notes what the CPU knows of a word of the instance, or of a per-CPU variable of its own; `stored`: because it has stored it. */
  see(address: number, value: number, stored: boolean): void {
    const { mem, map, percpu } = this.#cpu;
    if (address >= map.percpu && (address < percpu || address >= percpu + map.percpuStride)) return;
    const before = mem[address];
    mem[address] = value;
    // All is noted in every run: code that is compiled for one kind of run would have to be compiled again for the other.
    if (address < map.percpu && before !== this.#seen[address]) this.#overwritten.set(address, before);
    this.#know(address, value, stored);
    this.known.push(address);
  }

  /** Notes what the CPU knows of the per-CPU variables of one that it has got from another thread. */
  seeArea(): void {
    const { mem, map, percpu } = this.#cpu;
    if (this.#isSpoilt)
      for (let at = percpu; at < percpu + map.percpuStride; at++)
        if (mem[at] !== this.#seen[at]) this.#know(at, mem[at], false);
  }

  #know(address: number, value: number, stored: boolean): void {
    this.#seen[address] = value;
    this.#addresses.push(address);
    this.#values.push(value);
    this.#stores.push(stored);
  }

  /** Returns what the CPU knows of a word: what the machine looks at of it is the CPU's own part. */
  view(address: number): number {
    const { mem, map } = this.#cpu;
    return !this.#isSpoilt || address >= map.percpu ? mem[address] : this.#seen[address];
  }

  /** Returns what it got to know last of each word, and which it has stored. */
  gathered(): { readonly last: ReadonlyMap<number, number>; readonly own: ReadonlySet<number> } {
    const last = new Map<number, number>();
    const own = new Set<number>();
    for (let i = 0; i < this.#addresses.length; i++) {
      last.set(this.#addresses[i], this.#values[i]);
      if (this.#stores[i]) own.add(this.#addresses[i]);
    }
    return { last, own };
  }

  /** Returns the words of the instance and of per-CPU variables that hold what no instruction has stored there, after a run in spoilt memory. */
  plainStores(): Map<number, number> {
    const { mem, map } = this.#cpu;
    const found = new Map(this.#overwritten);
    const compare = (from: number, to: number): void => {
      for (let at = from; at < to; at++) if (mem[at] !== this.#seen[at]) found.set(at, mem[at]);
    };
    compare(this.#boot.instance, this.#boot.instance + map.shape.instanceWords);
    compare(map.percpu, this.#boot.first.length);
    return found;
  }
}
