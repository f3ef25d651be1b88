/**
 * Random small programs over `Atomics`: each number has one. Used by test/fixtures/atomicsPrograms.ts on each thread, and by the model and the
 * comparison of this folder.
 */
import { draw } from '../../../lib/machine/random.js';

/** Kinds of elements; the memory is two cells of eight bytes, and an element is the first of its kind in a cell. */
export type Kind = 'i32' | 'big' | 'i16' | 'u8';

export const CELLS = 2;
export const CELL_BYTES = 8;
export const KIND_BYTES: Readonly<Record<Kind, number>> = { i32: 4, big: 8, i16: 2, u8: 1 };

/** Operations that return what was there. */
export type Update = 'add' | 'sub' | 'and' | 'or' | 'xor' | 'exchange';

/**
 * What a step does beside the operations that have the names of those of `Atomics`: `cas` is a compareExchange, `async` a waitAsync that
 * the next `await` awaits, if there is one, `unless` leaves the next step out if the element is `a`, `until` sleeps as long as it is, and
 * `spin` looks as long as it is. The plain ones are element accesses in code.
 */
export type Does =
  | Update
  | 'load'
  | 'store'
  | 'cas'
  | 'wait'
  | 'notify'
  | 'async'
  | 'await'
  | 'unless'
  | 'until'
  | 'spin'
  | 'plainLoad'
  | 'plainStore'
  | 'plainAdd'
  | 'plainStep'
  | 'plainFill'
  | 'plainSet';

/** A step on an element. */
export interface Step {
  readonly does: Does;
  readonly kind: Kind;
  readonly cell: number;
  /** What is stored, added, expected or compared. */
  readonly a: number;
  /** What a `cas` stores. */
  readonly b: number;
  /** Milliseconds of a wait, null for one without a time. */
  readonly ms: number | null;
  /** How many a notification wakes, null for all. */
  readonly most: number | null;
}

/** The steps of each thread. */
export type Program = readonly (readonly Step[])[];

/** What programs may have in them. */
export interface Family {
  readonly threads: number;
  /** Whether there are element accesses without `Atomics`, so that the code has to be instrumented. */
  readonly isPlain: boolean;
  /** Whether threads wait with `waitAsync`, so that the actors are async. */
  readonly isAwaited: boolean;
  /** Whether threads may loop without end: by looks, and by waits with a time. */
  readonly isEndless: boolean;
}

const USUAL: readonly Does[] = ['load', 'store', 'add', 'exchange', 'cas', 'wait', 'wait', 'notify', 'notify', 'until'];
const RARE: readonly Does[] = ['sub', 'and', 'or', 'xor', 'unless'];
const PLAIN: readonly Does[] = ['plainLoad', 'plainStore', 'plainAdd', 'plainStep', 'plainFill', 'plainSet'];
const TIMES: readonly (number | null)[] = [null, null, null, 0, 0.02, 0.5];

const ON_FIRST = { kind: 'i32', cell: 0, a: 0, b: 0, ms: null, most: 1 } as const;

/**
 * Who sleeps first is woken first: the second thread can sleep behind the addition alone, the first one in front of it alone, and one of
 * them is woken behind both. In drawn programs each order in which threads begin to sleep has its opposite.
 */
const IN_ORDER: Program = [
  [{ ...ON_FIRST, does: 'wait' }],
  [{ ...ON_FIRST, does: 'wait', a: 1, ms: 0.5 }],
  [
    { ...ON_FIRST, does: 'add', a: 1 },
    { ...ON_FIRST, does: 'notify' },
  ],
];

/** Returns the program of a number in a family; number 0 of three threads is not drawn. */
export function drawnProgram(number: number, family: Family): Program {
  if (number === 0 && family.threads === IN_ORDER.length) return IN_ORDER;
  return Array.from({ length: family.threads }, (_, thread) => drawnSteps(number, thread, family));
}

/**
 * Whether some bytes are an element of several sizes, low halves of 64 bits aside. Records have each element by itself, so that no interleaving
 * explains what one size reads of what another has stored.
 */
export function mixesSizes(program: Program): boolean {
  const steps = program.flat();
  return steps.some(
    ({ cell, kind }) =>
      KIND_BYTES[kind] < 4 && steps.some((other) => other.cell === cell && KIND_BYTES[other.kind] !== KIND_BYTES[kind]),
  );
}

function drawnSteps(number: number, thread: number, family: Family): readonly Step[] {
  let n = 0;
  const below = (limit: number): number => draw(number, 7 + thread, n++) % limit;
  // The kinds of a program are the same for all of its threads.
  const isMixed = draw(number, 5, 0) % 3 === 0;
  const steps: Step[] = [];
  const length = 2 + below(family.threads === 2 ? 3 : 2);
  while (steps.length < length) {
    const step = drawnStep(below, family, isMixed);
    steps.push(step);
    if (step.does !== 'async' || !family.isAwaited) continue;
    if (below(2) === 0)
      steps.push(drawnStep(below, { ...family, isAwaited: false }, isMixed, ['load', 'store', 'notify']));
    steps.push({ ...step, does: 'await' });
  }
  return steps;
}

function drawnStep(
  below: (limit: number) => number,
  { isPlain, isAwaited, isEndless }: Family,
  isMixed: boolean,
  of: readonly Does[] = [
    ...USUAL,
    ...(below(3) === 0 ? RARE : []),
    ...(isPlain ? PLAIN : []),
    ...(isEndless ? (['spin', 'until'] as const) : []),
  ],
): Step {
  const drawn = of[below(of.length)];
  // Where nobody awaits it, it may have no time alone.
  const does = drawn === 'wait' && below(isAwaited ? 2 : 8) === 0 ? 'async' : drawn;
  const kind: Kind = isMixed ? (['i32', 'big', 'i16', 'u8'] as const)[below(isSleep(does) ? 2 : 4)] : 'i32';
  const [cell, b] = [below(CELLS), 1 + below(2)];
  const a = below(8) === 0 ? [-1, 255, 65_536, 2 ** 31][below(4)] : below(2);
  const time = TIMES[below(TIMES.length)];
  const ms = does === 'until' && !isEndless ? null : does === 'async' && !isAwaited ? 0 : time;
  return { does, kind, cell, a, b, ms, most: [1, 1, 2, null, 0][below(5)] };
}

/** Whether threads sleep on the element, or are woken there. */
function isSleep(does: Does): boolean {
  return ['wait', 'async', 'until', 'notify'].includes(does);
}
