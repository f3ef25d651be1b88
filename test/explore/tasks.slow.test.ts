/**
 * Goal: a search meets exactly what all orders of tasks meet that share CPUs: their number, what they read and leave, whether some hang.
 * Who gets a CPU that is left is a choice; what hangs is called what the machine calls it.
 * Method: random programs of three tasks on one and two CPUs, with mutexes, sleeps and places where they give way; an interpreter of its
 * own (taskPrograms.ts) goes through their orders, and they are searched as tasks of a race. The races of the fixture for names.
 */
import test from 'ava';
import { keyOfHang } from '../../lib/explore/classes/known.js';
import { LINE, defineRace, lines, struct } from '../../lib/sdk/index.js';
import taskRaces, { TASK_RACES } from '../fixtures/taskRaces.js';
import { runTask } from './taskActor.js';
import { TaskOrders, WORDS, randomTask, type Program } from './taskPrograms.js';
import { searched } from './searched.js';

const STATE = struct({ words: lines(WORDS), lock: LINE });
const NAMES = ['one', 'two', 'three'];

const raceOf = (programs: readonly Program[], cpus: number) =>
  defineRace({
    name: 'random-tasks',
    state: STATE,
    cpus: { min: 1, default: cpus },
    tasks: {},
    variants: { any: {} },
    signatures: { deadlock: 'tasks wait for each other' },
    actors: Object.fromEntries(
      NAMES.map((name, t) => [
        name,
        (cpu: Parameters<typeof runTask>[0], at: number) =>
          runTask(cpu, programs[t], { words: at + STATE.words, lock: at + STATE.lock }),
      ]),
    ),
  });

const SHAPES = [
  { cpus: 1, steps: 2, count: 10 },
  { cpus: 2, steps: 1, count: 8 },
] as const;

for (const { cpus, steps, count } of SHAPES)
  test(`${count} programs of 3 tasks on ${cpus} CPUs: as by enumeration`, (t) => {
    let hang = 0;
    for (let seed = 0; seed < count; seed++) {
      const programs = NAMES.map((_, task) => randomTask(seed + 300 * cpus, task, steps));
      const counted = new TaskOrders(programs, cpus).count();
      const { found, classes } = searched(raceOf(programs, cpus));
      const ends = [...classes.classes].filter((key) => !key.startsWith(keyOfHang(''))).length;
      const hangs = found.failures.size > 0;
      t.deepEqual({ orders: found.orders, ends, hangs }, counted, JSON.stringify(programs));
      if (hangs) hang++;
    }
    t.true(hang > 0, 'some of them hang');
  });

for (const [variant, fails] of Object.entries(TASK_RACES)) {
  // Four tasks that count have 3 million states.
  if (variant === 'no-mutex') continue;
  test(`${variant}: ${fails}, and its fixed form is proved`, (t) => {
    t.deepEqual([...searched(taskRaces, { variant }).found.failures.keys()], [fails]);
    t.deepEqual([...searched(taskRaces, { variant: `${variant}-fixed` }).found.failures.keys()], []);
  });
}
