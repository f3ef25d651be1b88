/**
 * What a litmus test is, which outcomes are allowed, and where its words lie. Used on the host by defineLitmus.ts and
 * lib/run, and on each CPU's thread by lib/harness/cpu/sweep.ts.
 */

import { LINE_WORDS, roundUp } from '../sharedarraybuffer-utils/index.js';

/**
 * A litmus test: each thread makes a few accesses to words that nothing else touches, and what its registers hold at the end
 * says in which order memory has served them. No simulated machine lies between: the accesses are those of the host.
 *
 * A thread's sweep runs its program once for each of the trials `from` .. `to - 1`. Trial i has the word `x + i * SPREAD` of a
 * location or register x; `at` says where each begins, in the order of their declaration.
 *
 *     plain(mem, { locations: [x, y], registers: [r] }, from, to) {
 *       for (let i = from; i < to; i++) {
 *         mem[x + i * SPREAD] = 1;
 *         mem[r + i * SPREAD] = mem[y + i * SPREAD];
 *       }
 *     }
 *
 * 1. All locations hold 0 before a trial; a program stores 1 and nothing else, so registers hold 0 or 1.
 * 2. The threads sweep the same trials in the same order and at the same time, each at its own pace.
 * 3. A thread writes each of its registers in every trial, and no register of another.
 */
export type Sweep = (mem: Int32Array, at: SweepPlaces, from: number, to: number) => void;

/** Word indexes at which the words of the locations and registers begin. */
export interface SweepPlaces {
  readonly locations: readonly number[];
  readonly registers: readonly number[];
}

/** What hardware makes of plain accesses: only a store may be overtaken, by a later load; or anything may. */
export type LitmusModel = 'tso' | 'weak';

/**
 * What may become of the relaxed outcome: the architecture forbids it; allows it, though many processors never show it; or
 * allows it, and what is sold shows it.
 */
export type Relaxation = 'forbidden' | 'allowed' | 'shows';

/** As jcstress has it: nothing to say of it; allowed, and what the test is there to show; never. */
export type Grade = 'acceptable' | 'interesting' | 'forbidden';

export const LITMUS_VARIANTS = ['plain', 'atomic'] as const;
export type LitmusVariant = (typeof LITMUS_VARIANTS)[number];

/** One thread of a litmus test. */
export interface LitmusThread {
  /** Its accesses for people, one a line: `x = 1`, `r0 = y`. */
  readonly program: readonly string[];
  /** The program with plain loads and stores, and with sequentially consistent ones. */
  readonly plain: Sweep;
  readonly atomic: Sweep;
}

export interface LitmusTest {
  /** The name in the literature: SB. */
  readonly short: string;
  readonly locations: readonly string[];
  /** Each with its thread: `0:r0`. */
  readonly registers: readonly string[];
  readonly threads: readonly LitmusThread[];
  /** Values of the registers that no order of all accesses gives. */
  readonly relaxed: readonly number[];
  /** What becomes of that outcome with plain accesses. */
  readonly plain: Readonly<Record<LitmusModel, Relaxation>>;
  /** What an outcome says, by its values in the order of the registers: `0 1`. Those are shown even if none was seen. */
  readonly about: Readonly<Record<string, string>>;
}

/** A test on a host. */
export interface HostedLitmus extends LitmusTest {
  /** A `process.arch`. */
  readonly arch: string;
}

/** The signature under which the relaxed outcome is counted where it decides the verdict. */
export const RELAXED = 'relaxed';

/** Words from one trial's word to the next one's. */
export const SPREAD = 8;
/** Trials whose words exist at once. */
export const SWEEP_TRIALS = 2048;
/** Trials between two starts. */
export const BLOCK_TRIALS = 512;
/** Trials in a round. */
export const LITMUS_ROUND = 16 * SWEEP_TRIALS;

/** Architectures whose loads are not reordered with each other, nor stores with each other. */
const TSO: readonly string[] = ['x64', 'ia32', 's390x'];

/** Returns the memory model of a `process.arch`. One that is not known counts as weak: then nothing that it does is called wrong. */
export function memoryModelOf(arch: string): LitmusModel {
  return TSO.includes(arch) ? 'tso' : 'weak';
}

/** Returns what becomes of the relaxed outcome in a variant. */
export function relaxationOf(test: HostedLitmus, variant: string): Relaxation {
  return variant === 'plain' ? test.plain[memoryModelOf(test.arch)] : 'forbidden';
}

export function gradeOf(test: HostedLitmus, variant: string, outcome: number): Grade {
  if (outcome !== outcomeOf(test.relaxed)) return 'acceptable';
  return relaxationOf(test, variant) === 'forbidden' ? 'forbidden' : 'interesting';
}

/** Outcomes are numbered by the values of the registers, the first one lowest. */
export function outcomeOf(values: readonly number[]): number {
  return values.reduce((outcome, value, r) => outcome | (value << r), 0);
}

/** Returns the values of the registers in an outcome. */
export function valuesOf(test: LitmusTest, outcome: number): number[] {
  return test.registers.map((_, r) => (outcome >>> r) & 1);
}

export function outcomesOf(test: LitmusTest): number {
  return 1 << test.registers.length;
}

/**
 * Returns the number of words of a test: its locations and registers, what each thread has tallied, where it says that
 * it is at a start.
 */
export function sweepWords(test: LitmusTest): number {
  return startAt(test, 0, test.threads.length);
}

/**
 * Returns where the words of a test lie. Each location has lines of its own. The registers of a trial lie side by side
 * in one line: the threads take it from each other, and while a register waits for its line so does every store behind
 * it.
 */
export function placesAt(test: LitmusTest, base: number): SweepPlaces {
  const registers = base + test.locations.length * LOCATION_WORDS;
  return {
    locations: test.locations.map((_, l) => base + l * LOCATION_WORDS),
    registers: test.registers.map((_, r) => registers + r),
  };
}

/** Returns the word index of the counts of thread `thread`, by outcome. */
export function tallyAt(test: LitmusTest, base: number, thread: number): number {
  const arrays = (test.locations.length + 1) * LOCATION_WORDS;
  return base + arrays + thread * roundUp(outcomesOf(test), LINE_WORDS);
}

/** Returns the word index at which thread `thread` says that it is at a start, on a line of its own. */
export function startAt(test: LitmusTest, base: number, thread: number): number {
  return tallyAt(test, base, test.threads.length) + thread * LINE_WORDS;
}

const LOCATION_WORDS = SWEEP_TRIALS * SPREAD;
