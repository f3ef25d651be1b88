/**
 * Goal: a search calls a state in which nobody goes on what the CPUs of a machine would prove in it.
 * Method: each shape of standstill that a race can bring about by its waits alone becomes one, in which every CPU takes its locks, waits until
 * all have, and then waits or ends as in the shape. What the search finds are the proofs of all CPUs of the shape.
 */
import test from 'ava';
import { CONDITION_IS, readCondition } from '../../lib/machine/condition.js';
import { blockOf } from '../../lib/machine/cpu.js';
import { CPU, CSD, HELD, PROGRESS } from '../../lib/machine/layout.js';
import { WAIT, waitKind, waitObject, waitsWithIrqsOff } from '../../lib/machine/wait.js';
import { waitForHolder } from '../../lib/machine/waitOn.js';
import {
  WRITE_ONCE,
  defineRace,
  do_exit,
  lines,
  local_irq_save,
  smp_call_function_single,
  spin_lock,
  struct,
  wait_on,
  type Cpu,
} from '../../lib/sdk/index.js';
import type { Machine } from '../machine/boot.js';
import { STANDS, machineOf, proved, type Scene } from '../machine/standstillShapes.js';
import { searched } from './searched.js';

const CPUS_MAX = 5;
const STATE = struct({ words: lines(16), ready: lines(CPUS_MAX) });

/** What a CPU does once all have taken their locks. */
interface Part {
  readonly locks: readonly number[];
  readonly off: boolean;
  readonly waits: ((cpu: Cpu, at: number) => void) | null;
}

/** Reads from a shape what a CPU of it does; null where a race would have to do more than wait. */
function partOf({ mem, map, at, cpus }: Machine, c: number): Part | null {
  const block = blockOf(map, c);
  const record = mem[block + CPU.wait];
  const hasEnded = mem[cpus[c].progress + PROGRESS.meeting] !== 0;
  const isElsewhere = mem[block + CPU.runner] !== c + 1;
  const isInterrupted = mem[block + CPU.fired] !== 0 || mem[block + CPU.csd + CSD.lost] !== 0;
  const isWaiting = waitKind(record) !== WAIT.RUN;
  if (hasEnded === isWaiting || isElsewhere || isInterrupted) return null;
  const held = Array.from({ length: mem[block + CPU.held] }, (_, i) => mem[block + CPU.locks + i * HELD.WORDS] - at);
  const part = { locks: held, off: waitsWithIrqsOff(record), waits: null };
  if (!isWaiting) return part;
  const object = waitObject(record) - at;
  if (waitKind(record) === WAIT.LOCK) return { ...part, waits: (cpu, on) => spin_lock(cpu, on + object) };
  const called = Math.log2(cpus[c].mailboxes.unacked(c, 0));
  if (waitKind(record) === WAIT.ACK)
    return { ...part, waits: (cpu) => smp_call_function_single(cpu, called, nothing, 0, true) };
  const { flags, mask, value, by, others } = readCondition(mem, block, cpus.length);
  if ((flags & CONDITION_IS.INSIDE) !== 0 || others.length > 0) return null;
  if ((flags & CONDITION_IS.HELD) !== 0)
    return { ...part, waits: (cpu, on) => void waitForHolder(cpu, on + object, mask, value, by[0], 0) };
  const named = (flags & CONDITION_IS.NAMED) === 0 ? {} : { by };
  return { ...part, waits: (cpu, on) => void wait_on(cpu, on + object, mask, value, named) };
}

function nothing(): void {}

/** Runs a part: the locks first, and the wait when all have theirs. */
function act(cpu: Cpu, at: number, { locks, off, waits }: Part): void {
  for (const lock of locks) spin_lock(cpu, at + lock);
  if (off) local_irq_save(cpu);
  WRITE_ONCE(cpu, at + STATE.ready + cpu.id, 1);
  for (let c = 0; c < cpu.cpus; c++) if (c !== cpu.id) wait_on(cpu, at + STATE.ready + c, 1, 1, { by: [c] });
  if (waits !== null) waits(cpu, at);
  else if (locks.length > 0) do_exit(cpu);
}

/** What the CPUs of a shape prove, each of them as if it were the one that looks. */
function provedBy(cpus: number, scene: Scene): readonly string[] {
  const found = Array.from({ length: cpus }, (_, c) => {
    const machine = machineOf(cpus);
    scene(machine);
    const words = waitKind(machine.mem[machine.cpus[c].wait]) === WAIT.RUN ? '' : proved(machine, c);
    if (words === '') return [];
    return words.startsWith('deadlock') ? ['deadlock'] : words.includes(' had ') ? ['orphaned-lock'] : ['lost-wake-up'];
  });
  return [...new Set(found.flat())].toSorted();
}

let compared = 0;

for (const [what, cpus, scene] of STANDS) {
  const shape = machineOf(cpus);
  scene(shape);
  const parts = shape.cpus.flatMap(({ id }) => partOf(shape, id) ?? []);
  if (parts.length < cpus) continue;
  compared++;
  test(what, (t) => {
    const race = defineRace({
      name: 'shape',
      state: STATE,
      variants: { any: {} },
      signatures: { deadlock: 'they wait for each other' },
      interrupts: [nothing],
      cpus: { min: 1, default: cpus, max: CPUS_MAX },
      actors: { run: (cpu, at) => act(cpu, at, parts[cpu.id]) },
    });
    t.deepEqual([...searched(race).found.failures.keys()].toSorted(), provedBy(cpus, scene));
  });
}

test('shapes that are compared', (t) => t.is(compared, 25));
