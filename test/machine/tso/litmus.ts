/**
 * The litmus tests of x86-TSO, as programs of the machine's instructions, with the outcomes that are allowed. Used by the
 * exhaustive test and by the race that hammers them.
 *
 * Source: S. Owens, S. Sarkar, P. Sewell, "A better x86 memory model: x86-TSO", TPHOLs 2009, with the examples of the Intel and AMD
 * manuals that it discusses: SB (iwp2.3.a), MP (iwp2.1), LB (iwp2.2), WRC (iwp2.5), IRIW (amd6). R, S and 2+2W have their names
 * from the diy tools. x86-TSO delays stores behind later loads of other words, and reorders nothing else.
 */

/** W: stores 1, or another value, to a word. R: loads a word into the next register of its CPU. F: a full fence. */
export type Operation = readonly ['W', word: number, value: number] | readonly ['R', word: number] | readonly ['F'];

/** A program for each CPU. An outcome: all registers, CPU by CPU, and behind a bar the last values of the words that are named. */
export interface Litmus {
  readonly cpus: readonly (readonly Operation[])[];
  /** Words whose last values are a part of the outcome. */
  readonly finals: readonly number[];
  /** What sequential consistency allows. */
  readonly sc: readonly string[];
  /** What x86-TSO allows beside that. */
  readonly relaxed: readonly string[];
}

const [x, y] = [0, 1];
const W = (word: number, value = 1): Operation => ['W', word, value];
const R = (word: number): Operation => ['R', word];
const F: Operation = ['F'];

/** The same test with a fence between all operations. */
function fenced({ cpus, ...test }: Litmus): Litmus {
  const withFences = cpus.map((program) => program.flatMap((operation, i) => (i === 0 ? [operation] : [F, operation])));
  return { ...test, cpus: withFences, relaxed: [] };
}

const BARE: Readonly<Record<string, Litmus>> = {
  SB: {
    cpus: [
      [W(x), R(y)],
      [W(y), R(x)],
    ],
    finals: [],
    sc: ['01', '10', '11'],
    relaxed: ['00'],
  },
  MP: {
    cpus: [
      [W(x), W(y)],
      [R(y), R(x)],
    ],
    finals: [],
    sc: ['00', '01', '11'],
    relaxed: [],
  },
  LB: {
    cpus: [
      [R(x), W(y)],
      [R(y), W(x)],
    ],
    finals: [],
    sc: ['00', '01', '10'],
    relaxed: [],
  },
  R: {
    cpus: [
      [W(x), W(y)],
      [W(y, 2), R(x)],
    ],
    finals: [y],
    sc: ['0|1', '1|1', '1|2'],
    relaxed: ['0|2'],
  },
  S: {
    cpus: [
      [W(x, 2), W(y)],
      [R(y), W(x)],
    ],
    finals: [x],
    sc: ['0|1', '0|2', '1|1'],
    relaxed: [],
  },
  '2+2W': {
    cpus: [
      [W(x), W(y, 2)],
      [W(y), W(x, 2)],
    ],
    finals: [x, y],
    sc: ['|12', '|21', '|22'],
    relaxed: [],
  },
  WRC: {
    cpus: [[W(x)], [R(x), W(y)], [R(y), R(x)]],
    finals: [],
    sc: ['000', '001', '010', '011', '100', '101', '111'],
    relaxed: [],
  },
  IRIW: {
    cpus: [[W(x)], [W(y)], [R(x), R(y)], [R(y), R(x)]],
    finals: [],
    sc: Array.from({ length: 16 }, (_, i) => i.toString(2).padStart(4, '0')).filter((outcome) => outcome !== '1010'),
    relaxed: [],
  },
};

/** Each test, without and with fences. */
export const LITMUS: Readonly<Record<string, Litmus>> = Object.fromEntries(
  Object.entries(BARE).flatMap(([name, test]) => [
    [name, test],
    [`${name}+mb`, fenced(test)],
  ]),
);

/** Names an outcome. */
export function outcomeOf(registers: readonly (readonly number[])[], finals: readonly number[]): string {
  return registers.flat().join('') + (finals.length === 0 ? '' : `|${finals.join('')}`);
}
