/** Runs a program with loops as the actor of a race, and searches it. Used by loopPrograms.slow.test.ts and by test/torture/loops.ts. */
import {
  LINE,
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  atomic_fetch_or,
  cmpxchg,
  defineRace,
  fail,
  lines,
  spin_trylock,
  spin_unlock,
  struct,
  wait_on,
  xchg,
  type Cpu,
} from '../../lib/sdk/index.js';
import {
  failuresOf,
  nextAccess,
  possibleOf,
  randomLoops,
  WORDS,
  type Instruction,
  type Program,
} from './loopPrograms.js';
import { searched } from './searched.js';

const STATE = struct({ words: lines(WORDS), lock: LINE });
/** Accesses of one actor: as few as make loops be cut, and more than programs without loops have. */
const ACCESSES = 200;

/** How a search of a program has ended. */
export type Compared =
  | { readonly equal: true; readonly isCut: boolean; readonly hangs: boolean }
  /** What the search has found, and what there is. */
  | { readonly equal: false; readonly found: readonly string[]; readonly possible: readonly string[] };

/** Compares a search with what there is; null for programs with too many states. What was cut may lack failures, and has no others. */
export function compareLoops(seed: number, cpus: number): Compared | null {
  const programs = Array.from({ length: cpus }, (_, cpu) => randomLoops(seed, cpu));
  const possible = possibleOf(programs);
  if (possible === null) return null;
  const names = programs.flatMap((_, cpu) => failuresOf(cpu));
  const race = defineRace({
    name: 'loop-programs',
    state: STATE,
    cpus: { min: cpus, default: cpus },
    variants: { any: {} },
    signatures: Object.fromEntries(names.map((name) => [name, 'a check of the program'])),
    actors: { run: (cpu, at) => runLoops(cpu, at, programs[cpu.id]) },
  });
  const { failures, cuts } = searched(race, { cpus, accesses: ACCESSES }).found;
  const signatures = [...failures.keys()];
  // A hang has one of several names, and nobody else knows which.
  const hangs = signatures.some((name) => !names.includes(name));
  const found = [...signatures.filter((name) => names.includes(name)), ...(hangs ? ['hangs'] : [])].toSorted();
  const all = [...possible.failures, ...(possible.hangs ? ['hangs'] : [])].toSorted();
  const isCut = cuts > 0;
  const isRight = found.every((name) => all.includes(name)) && (isCut || found.length === all.length);
  return isRight ? { equal: true, isCut, hangs } : { equal: false, found, possible: all };
}

function runLoops(cpu: Cpu, at: number, program: Program): void {
  for (let position = nextAccess(program); ;) {
    const i = program[position.pc];
    if (i === undefined) return;
    const last = access(cpu, at, i) ?? position.last;
    position = nextAccess(program, { ...position, pc: position.pc + 1, last });
  }
}

/** Makes an access; returns what it has read, if it reads. */
function access(cpu: Cpu, at: number, i: Instruction): number | undefined {
  const word = at + STATE.words + ('word' in i ? i.word : 0);
  switch (i.op) {
    case 'read':
      return READ_ONCE(cpu, word);
    case 'write':
      WRITE_ONCE(cpu, word, i.value);
      return undefined;
    case 'xchg':
      return xchg(cpu, word, i.value);
    case 'add':
      return atomic_fetch_add(cpu, word, i.value);
    case 'or':
      return atomic_fetch_or(cpu, word, i.value);
    case 'cmpxchg':
      return cmpxchg(cpu, word, i.value, i.stores);
    case 'await':
      return wait_on(cpu, word, -1, i.value);
    case 'trylock':
      return spin_trylock(cpu, at + STATE.lock) ? 1 : 0;
    case 'unlock':
      spin_unlock(cpu, at + STATE.lock);
      return undefined;
    case 'fail':
      fail(cpu, i.as, 'a check of the program');
      return undefined;
    default:
      throw new Error(`${i.op} makes no access`);
  }
}
