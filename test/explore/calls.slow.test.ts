/**
 * Goal: a search meets exactly what all orders of CPUs that call each other meet: their number, the states at their ends, the deadlocks.
 * Method: random programs of two and three CPUs post calls, take them late, with interrupts off and while they wait, and answer; an
 * interpreter of its own (callPrograms.ts) goes through their orders, and they are searched as actors of a race.
 */
import test from 'ava';
import {
  LINE,
  READ_ONCE,
  atomic_fetch_add,
  defineRace,
  lines,
  local_irq_restore,
  local_irq_save,
  smp_call_function_single,
  spin_lock,
  spin_unlock,
  struct,
  type Cpu,
} from '../../lib/sdk/index.js';
import { WORDS, countCalls, randomCalls, type Program } from './callPrograms.js';
import { reducedOf, searched } from './searched.js';

const STATE = struct({ words: lines(WORDS), lock: LINE });

const add = (cpu: Cpu, word: number): void => void atomic_fetch_add(cpu, cpu.instance + STATE.words + word, 1);

function run(cpu: Cpu, at: number, program: Program): void {
  let flags = 0;
  for (const i of program)
    if (i.op === 'read') READ_ONCE(cpu, at + STATE.words + i.word);
    else if (i.op === 'add') atomic_fetch_add(cpu, at + STATE.words + i.word, 1);
    else if (i.op === 'lock') spin_lock(cpu, at + STATE.lock);
    else if (i.op === 'unlock') spin_unlock(cpu, at + STATE.lock);
    else if (i.op === 'off') flags = local_irq_save(cpu);
    else if (i.op === 'on') local_irq_restore(cpu, flags);
    else smp_call_function_single(cpu, i.target, add, i.word, i.wait);
}

const raceOf = (programs: readonly Program[]) =>
  defineRace({
    name: 'random-calls',
    state: STATE,
    cpus: { min: 2, default: programs.length },
    variants: { any: {} },
    signatures: { deadlock: 'CPUs wait for each other' },
    interrupts: [add],
    actors: { run: (cpu, at) => run(cpu, at, programs[cpu.id]) },
  });

const SHAPES = [
  { cpus: 2, steps: 2, count: 20 },
  { cpus: 3, steps: 1, count: 4 },
] as const;

for (const { cpus, steps, count } of SHAPES)
  test(`${count} programs of ${cpus} CPUs that call each other: as by enumeration`, (t) => {
    let stuck = 0;
    for (let seed = 0; seed < count; seed++) {
      const programs = Array.from({ length: cpus }, (_, c) => randomCalls(seed + 100 * cpus, c, cpus, steps));
      const counted = countCalls(programs);
      const { found, model } = searched(raceOf(programs));
      const reduced = reducedOf(raceOf(programs));
      const { orders, ends, stuckStates } = found;
      t.deepEqual({ orders, ends, stuck: stuckStates }, counted, JSON.stringify(programs));
      stuck += counted.stuck;
      // Where orders are left out, each CPU has the same places, and the same states hang.
      t.is(reduced.found?.stuckStates, counted.stuck, JSON.stringify(programs));
      t.is(reduced.model.places.length, model.places.length, JSON.stringify(programs));
    }
    t.true(stuck > 0, 'some of them hang');
  });
