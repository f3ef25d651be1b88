/**
 * Goal: a search meets exactly what all orders together meet: their number, the states at their ends, the deadlocks.
 * Method: random programs of two and three CPUs, with locks, trylocks, waits, draws and store buffers, are enumerated order by order by
 * an interpreter of their own (bruteForce.ts), and searched as actors of a race.
 */
import test from 'ava';
import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_or,
  chanceBelow,
  cmpxchg,
  defineRace,
  lines,
  smp_cond_load_acquire,
  smp_mb,
  spin_lock,
  spin_trylock,
  spin_unlock,
  struct,
  xchg,
  type Cpu,
} from '../../lib/sdk/index.js';
import { LOCKS, WORDS, countOrders, randomProgram, type Program } from './bruteForce.js';
import { searched } from './searched.js';

const STATE = struct({ words: lines(WORDS), locks: lines(LOCKS) });

/** Does one instruction; returns the value that a condition looks at, or how many instructions to leave out. */
function run(cpu: Cpu, at: number, program: Program): void {
  let last = 0;
  for (let pc = 0; pc < program.length; pc++) {
    const i = program[pc];
    const word = at + STATE.words + ('word' in i ? i.word : 0);
    const lock = at + STATE.locks + ('word' in i ? i.word : 0);
    if (i.op === 'if') pc += last === 0 ? i.skip : 0;
    else if (i.op === 'read') last = READ_ONCE(cpu, word);
    else if (i.op === 'write') WRITE_ONCE(cpu, word, i.value);
    else if (i.op === 'xchg') last = xchg(cpu, word, i.value);
    else if (i.op === 'add') last = atomic_fetch_add(cpu, word, i.value);
    else if (i.op === 'or') last = atomic_fetch_or(cpu, word, i.value);
    else if (i.op === 'and') last = atomic_fetch_and(cpu, word, i.value);
    else if (i.op === 'cmpxchg') last = cmpxchg(cpu, word, i.expected, i.value);
    else if (i.op === 'lock') spin_lock(cpu, lock);
    else if (i.op === 'unlock') spin_unlock(cpu, lock);
    else if (i.op === 'try') pc += spin_trylock(cpu, lock) ? 0 : i.skip;
    else if (i.op === 'await') last = smp_cond_load_acquire(cpu, word, -1, i.value);
    else if (i.op === 'draw') last = chanceBelow(cpu, i.below);
    else smp_mb(cpu);
  }
}

const raceOf = (programs: readonly Program[]) =>
  defineRace({
    name: 'random-programs',
    state: STATE,
    cpus: { min: 2, default: programs.length },
    variants: { any: {} },
    signatures: { deadlock: 'CPUs wait for each other', 'lost-wake-up': 'a CPU waits for ever' },
    actors: { run: (cpu, at) => run(cpu, at, programs[cpu.id]) },
  });

const SHAPES = [
  { cpus: 2, steps: 5, tso: false, count: 40 },
  { cpus: 3, steps: 3, tso: false, count: 20 },
  { cpus: 2, steps: 3, tso: true, count: 40 },
] as const;

for (const { cpus, steps, tso, count } of SHAPES) {
  test(`${count} programs of ${cpus} CPUs, ${steps} steps, ${tso ? 'tso' : 'sc'}: as by enumeration`, (t) => {
    let stuck = 0;
    for (let seed = 0; seed < count; seed++) {
      const programs = Array.from({ length: cpus }, (_, c) => randomProgram(seed + 1000 * steps, c, steps));
      const counted = countOrders(programs, tso);
      const { found } = searched(raceOf(programs), { memory: tso ? 'tso' : 'sc' });
      const what = JSON.stringify(programs);
      t.is(found.orders, counted.orders, what);
      t.is(found.ends, counted.ends.size, what);
      t.is(found.stuckStates, counted.stuck.size, what);
      stuck += counted.stuck.size;
    }
    t.true(stuck > 0, 'some of them hang');
  });
}
