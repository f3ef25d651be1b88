/** Reads the trials that CPUs have sampled, and how often each kind was met. Called on the host by lib/run/classes.ts. */

import { ENTRY_WORDS, LINE_WORDS } from '../../sharedarraybuffer-utils/index.js';
import { readColumn } from '../../evidence/recordColumn.js';
import { outcomeCpu, outcomeSignature } from '../../machine/outcome.js';
import { OP, OP_MASK, VISIBLE } from '../../machine/recorder.js';
import { SAMPLE, SAMPLED_KIND, SAMPLED_KINDS, SAMPLES, SAMPLE_SLOTS, sampleStride } from '../../machine/sampleMap.js';
import type { HostMachine } from './machine.js';

/** One event of a CPU: an interrupt, or an access and what it found. */
export interface SampledEvent {
  readonly kind: 'interrupt' | 'access';
  readonly op: number;
  readonly address: number;
  readonly before: number;
}

/** A trial that was sampled. */
export interface SampledTrial {
  /** Tells its kind from others of the machine. */
  readonly kind: string;
  readonly events: readonly (readonly SampledEvent[])[];
  /** The compared words of the instance, in their order. */
  readonly words: readonly number[];
  /** The records of each CPU, four words each. */
  readonly rings: readonly Int32Array[];
  /** Number of the signature, and the CPU; null for a clean trial. */
  readonly failure: { readonly signature: number; readonly cpu: number } | null;
}

/** What the sampling of a machine has counted. */
export interface SampledCounts {
  readonly sampled: number;
  readonly unclear: number;
  readonly crowded: number;
  /** How often each kind was met. */
  readonly kinds: ReadonlyMap<string, number>;
}

/** Says which words of an instance are compared, before the CPUs begin: `hashed`, which tell trials apart, then others. */
export function compareWords({ mem, map }: HostMachine, hashed: readonly number[], others: readonly number[]): void {
  mem[map.samples + SAMPLES.hashed] = hashed.length;
  mem[map.samples + SAMPLES.compared] = hashed.length + others.length;
  mem.set([...hashed, ...others], map.samples + SAMPLES.offsets);
}

/** Takes the trials that wait, and frees their slots. */
export function takeSamples({ mem, map }: HostMachine): SampledTrial[] {
  const { cpus } = map.shape;
  const taken: SampledTrial[] = [];
  for (let i = 0; i < SAMPLE_SLOTS; i++) {
    const at = map.samples + SAMPLES.WORDS + cpus * map.ringStride + i * sampleStride(cpus, map.ringStride);
    if (Atomics.load(mem, at + SAMPLE.full) === 0) continue;
    const outcome = mem[at + SAMPLE.outcome];
    const words = at + SAMPLE.WORDS + cpus * map.ringStride;
    taken.push({
      kind: kindOf(mem[at + SAMPLE.first], mem[at + SAMPLE.second]),
      events: Array.from({ length: cpus }, (_, c) => eventsAt(mem, at + SAMPLE.WORDS + c * map.ringStride)),
      rings: Array.from({ length: cpus }, (_, c) => recordsAt(mem, at + SAMPLE.WORDS + c * map.ringStride)),
      words: [...mem.subarray(words, words + mem[map.samples + SAMPLES.compared])],
      failure: outcome === 0 ? null : { signature: outcomeSignature(outcome), cpu: outcomeCpu(outcome) },
    });
    Atomics.store(mem, at + SAMPLE.full, 0);
  }
  return taken;
}

/** Returns what was counted so far. */
export function sampledCounts({ mem, map }: HostMachine): SampledCounts {
  const kinds = new Map<string, number>();
  for (let i = 0; i < SAMPLED_KINDS; i++) {
    const at = map.samples + SAMPLES.table + i * SAMPLED_KIND.WORDS;
    const count = mem[at + SAMPLED_KIND.count];
    if (count > 0) kinds.set(kindOf(mem[at + SAMPLED_KIND.first], mem[at + SAMPLED_KIND.second]), count);
  }
  const word = (offset: number): number => mem[map.samples + offset];
  return {
    sampled: word(SAMPLES.sampled),
    unclear: word(SAMPLES.unclear),
    crowded: word(SAMPLES.crowded),
    kinds,
  };
}

function kindOf(first: number, second: number): string {
  return `${first} ${second}`;
}

/** Trials of races whose tasks share CPUs are not told apart. */
const noTask = (): number => -1;
/** Where a failure would be: no record of an access is there. */
const NO_OUTCOME = { address: -1, outcome: 0, isTold: false };

function recordsAt(mem: Int32Array, ring: number): Int32Array {
  return mem.slice(ring + LINE_WORDS, ring + LINE_WORDS + mem[ring] * ENTRY_WORDS);
}

/** Reads the records of one CPU, up to its failure. A poll that found a wait unfinished is no event: how many there are is chance. */
function eventsAt(mem: Int32Array, ring: number): SampledEvent[] {
  const records = [...recordsAt(mem, ring)];
  const fails = records.findIndex(
    (head, i) => i % ENTRY_WORDS === 0 && (head & OP_MASK) === OP.FAILED && records[i + 2] !== records[i + 3],
  );
  const upTo = fails < 0 ? records : records.slice(0, fails);
  const polls = new Set(
    readColumn(upTo, NO_OUTCOME, -1, noTask).accesses.flatMap(({ record, waits }) => (waits ? [record] : [])),
  );
  const events: SampledEvent[] = [];
  for (let i = 0; i < upTo.length; i += ENTRY_WORDS) {
    const [head, address, before] = upTo.slice(i, i + 3);
    const op = head & OP_MASK;
    if (op === OP.IRQ_ENTER) events.push({ kind: 'interrupt', op, address: 0, before: 0 });
    else if (op < OP.FAILED && (head & VISIBLE) === 0 && !polls.has(i / ENTRY_WORDS))
      events.push({ kind: 'access', op, address, before });
  }
  return events;
}
