/**
 * Looks at the first trial of each round: what its CPUs have read, and which words they have left. Called on each CPU's thread by loops.ts,
 * where a run counts the classes of orders that it meets.
 *
 * Each CPU keeps its own records when all have ended the trial. While they are in the next one nobody touches them, so at the meeting behind
 * that CPU 0 sums them up: a hash of what was read and left, and a count for each. The records of a new kind go to the host.
 */

import { ENTRY_WORDS, LINE_WORDS } from '../../sharedarraybuffer-utils/index.js';
import { instanceAt, type Cpu } from '../../machine/cpu.js';
import { MACHINE } from '../../machine/layout.js';
import { outcomeCpu, outcomeSignature } from '../../machine/outcome.js';
import { OP, OP_MASK, SPIN, VISIBLE } from '../../machine/recorder.js';
import {
  SAMPLE,
  SAMPLED_KIND,
  SAMPLED_KINDS,
  SAMPLED_KINDS_MAX,
  SAMPLES,
  SAMPLE_SLOTS,
  sampleStride,
} from '../../machine/sampleMap.js';
import { HANGS, isTimed } from '../../machine/signatures.js';

/** How a failure is told from others: by what its CPU has read, by its name alone, or not at all, since it goes by time. */
const BY_READS = 0;
const BY_NAME = 1;
const BY_TIME = 2;

/** One CPU's part in the sampling. */
export class TrialSampler {
  readonly #cpu: Cpu;
  readonly #at: number;
  readonly #failures: Uint8Array;
  /** Of the newest sample. */
  #outcome = 0;
  /** The two words of the hash that is being made. */
  #first = 0;
  #second = 0;

  constructor(cpu: Cpu) {
    this.#cpu = cpu;
    this.#at = cpu.map.samples;
    this.#failures = Uint8Array.from(cpu.signatures, (name) =>
      isTimed(name) ? BY_TIME : HANGS.includes(name) ? BY_NAME : BY_READS,
    );
  }

  /** Keeps the CPU's records of the trial that all have just ended, and hashes what they say. */
  take(outcome: number): void {
    const { mem, map, id } = this.#cpu;
    const ring = map.rings + id * map.ringStride;
    const written = mem[ring];
    this.#outcome = outcome;
    this.#begin();
    if (written > map.shape.ringEntries) this.#first = this.#second = 0;
    else {
      const to = this.#at + SAMPLES.WORDS + id * map.ringStride;
      mem.copyWithin(to, ring, ring + LINE_WORDS + written * ENTRY_WORDS);
      this.#hashRecords(to + LINE_WORDS, written);
    }
    mem[this.#at + SAMPLES.hashes + 2 * id] = this.#first;
    mem[this.#at + SAMPLES.hashes + 2 * id + 1] = this.#second;
  }

  /** Counts the newest sample. CPU 0, at the meeting behind the next trial. */
  pass(): void {
    const { mem, map } = this.#cpu;
    mem[this.#at + SAMPLES.sampled]++;
    const isUndone = mem[map.machine + MACHINE.undone] !== 0;
    if (isUndone || !this.#sumUp()) {
      mem[this.#at + SAMPLES.unclear]++;
      return;
    }
    const kind = this.#find();
    if (mem[kind + SAMPLED_KIND.count] !== 0) mem[kind + SAMPLED_KIND.count]++;
    else if (mem[this.#at + SAMPLES.kinds] === SAMPLED_KINDS_MAX || !this.#send()) mem[this.#at + SAMPLES.crowded]++;
    else {
      mem[this.#at + SAMPLES.kinds]++;
      mem[kind + SAMPLED_KIND.first] = this.#first;
      mem[kind + SAMPLED_KIND.second] = this.#second;
      mem[kind + SAMPLED_KIND.count] = 1;
    }
  }

  #begin(): void {
    this.#first = 0x2545f491;
    this.#second = 0x1b873593;
  }

  #add(value: number): void {
    this.#first = Math.imul(this.#first ^ value, 0x9e3779b1);
    this.#first ^= this.#first >>> 15;
    this.#second = Math.imul(this.#second + value, 0x85ebca6b);
    this.#second ^= this.#second >>> 13;
  }

  /** Adds what records say of values that were read, of the words of the instance alone, up to a failure. */
  #hashRecords(at: number, count: number): void {
    const { mem, map } = this.#cpu;
    const instance = instanceAt(map, 0);
    let awaited = -1;
    for (let i = 0; i < count; i++) {
      const from = at + i * ENTRY_WORDS;
      const head = mem[from];
      const op = head & OP_MASK;
      if (op === OP.IRQ_ENTER) this.#add(-1);
      const before = mem[from + 2];
      const after = mem[from + 3];
      if (op === OP.FAILED && before !== after) return;
      if (op >= OP.FAILED || op === OP.WRITE || op === OP.RELEASE || (head & VISIBLE) !== 0) continue;
      const address = mem[from + 1];
      if (address < instance || address >= instance + map.shape.instanceWords) continue;
      if ((head & SPIN) !== 0 && before === after && awaited !== address) {
        awaited = address;
        continue;
      }
      if ((head & SPIN) !== 0) awaited = -1;
      this.#add(op === OP.ACQUIRE ? 1 : before);
    }
  }

  /** Makes the hash of the newest sample; false if it cannot be told from others. */
  #sumUp(): boolean {
    const { mem, map, cpus } = this.#cpu;
    const hashes = this.#at + SAMPLES.hashes;
    this.#begin();
    if (this.#outcome !== 0) {
      const signature = outcomeSignature(this.#outcome);
      const how = this.#failures[signature];
      if (how === BY_TIME) return false;
      this.#add(signature + 1);
      if (how === BY_NAME) return true;
      return this.#addHash(hashes + 2 * outcomeCpu(this.#outcome));
    }
    for (let c = 0; c < cpus; c++) if (!this.#addHash(hashes + 2 * c)) return false;
    const instance = instanceAt(map, 0);
    const hashed = mem[this.#at + SAMPLES.hashed];
    for (let i = 0; i < hashed; i++) this.#add(mem[instance + mem[this.#at + SAMPLES.offsets + i]]);
    return true;
  }

  #addHash(at: number): boolean {
    const { mem } = this.#cpu;
    this.#add(mem[at]);
    this.#add(mem[at + 1]);
    return mem[at] !== 0 || mem[at + 1] !== 0;
  }

  /** Returns where the table has the newest sample's kind, or room for it. */
  #find(): number {
    const { mem } = this.#cpu;
    const table = this.#at + SAMPLES.table;
    for (let i = this.#first & (SAMPLED_KINDS - 1); ; i = (i + 1) & (SAMPLED_KINDS - 1)) {
      const kind = table + i * SAMPLED_KIND.WORDS;
      if (mem[kind + SAMPLED_KIND.count] === 0) return kind;
      if (mem[kind + SAMPLED_KIND.first] === this.#first && mem[kind + SAMPLED_KIND.second] === this.#second)
        return kind;
    }
  }

  /** Puts the newest sample into a slot; false if none is free. */
  #send(): boolean {
    const { mem, map, cpus } = this.#cpu;
    const stride = sampleStride(cpus, map.ringStride);
    const slots = this.#at + SAMPLES.WORDS + cpus * map.ringStride;
    let at = slots;
    while (at < slots + SAMPLE_SLOTS * stride && Atomics.load(mem, at + SAMPLE.full) !== 0) at += stride;
    if (at === slots + SAMPLE_SLOTS * stride) return false;
    mem[at + SAMPLE.first] = this.#first;
    mem[at + SAMPLE.second] = this.#second;
    mem[at + SAMPLE.outcome] = this.#outcome;
    for (let c = 0; c < cpus; c++) {
      const from = this.#at + SAMPLES.WORDS + c * map.ringStride;
      mem.copyWithin(at + SAMPLE.WORDS + c * map.ringStride, from, from + LINE_WORDS + mem[from] * ENTRY_WORDS);
    }
    const words = at + SAMPLE.WORDS + cpus * map.ringStride;
    const instance = instanceAt(map, 0);
    const compared = mem[this.#at + SAMPLES.compared];
    for (let i = 0; i < compared; i++) mem[words + i] = mem[instance + mem[this.#at + SAMPLES.offsets + i]];
    Atomics.store(mem, at + SAMPLE.full, 1);
    return true;
  }
}
