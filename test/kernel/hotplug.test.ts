/**
 * Goal: an IPI to a CPU that is offline is lost, or refused by name, as the race chooses; the mask begins as it declares.
 * Method: two CPUs in one thread with the mask in a word of their instance.
 */
import test from 'ava';
import { cpu_online, cpu_online_mask, set_cpu_online } from '../../lib/kernel/cpumask.js';
import { maskInterrupt, raiseInterrupt, setInterruptLevel, unmaskInterrupt } from '../../lib/kernel/interrupts.js';
import { smp_call_function_single, smp_call_function_single_async } from '../../lib/kernel/smp.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import { kernelFunction } from '../../lib/machine/callStack.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { awaitLastCall, send } from '../../lib/machine/ipi.js';
import type { InterruptLine } from '../../lib/machine/lineTable.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { LOST_WAKE_UP } from '../../lib/machine/signatures.js';
import { explainFailure } from '../../lib/race/hang.js';
import { LINE, defineRace, struct } from '../../lib/sdk/index.js';
import { boot, isAbandoned, snapshotOf } from '../machine/boot.js';

const MASK = 9;
const runs: string[] = [];

function called(cpu: Cpu): void {
  runs.push(`call on ${cpu.id}`);
}

function line(name: string, priority: number): InterruptLine {
  const handler = (cpu: Cpu): void => void runs.push(`${name} on ${cpu.id}`);
  return { name, kind: 'hardirq', priority, storm: 0, fn: kernelFunction(name).id, handler };
}

function bootWith(ipi: 'lost' | 'refused'): ReturnType<typeof boot> {
  runs.length = 0;
  const machine = boot({
    interrupts: [called],
    lines: [line('tlb', 1), line('sched', 2)],
  });
  for (const cpu of machine.cpus) Object.assign(cpu, { offline: { at: MASK, ipi } });
  return machine;
}

test.serial('an IPI to a CPU that is offline is lost, and so is an interrupt of a line', (t) => {
  const { cpus, at } = bootWith('lost');
  const [a, b] = cpus;
  set_cpu_online(a, 1, false);
  t.is(cpu_online_mask(a), 1);
  send(a, 2, 0, called, 0, false);
  raiseInterrupt(a, 'tlb', { on: 1 });
  READ_ONCE(b, at);
  t.deepEqual(runs, []);
  set_cpu_online(b, 1, true);
  t.true(cpu_online(a, 1));
  raiseInterrupt(a, 'tlb', { on: 1 });
  READ_ONCE(b, at);
  t.deepEqual(runs, ['tlb on 1']);
});

test.serial('who waits for a call that was lost waits for ever, and is told which call and whose', (t) => {
  const machine = bootWith('lost');
  const [a] = machine.cpus;
  set_cpu_online(a, 1, false);
  t.true(isAbandoned(() => smp_call_function_single(a, 1, called, 0, true)));
  const snapshot = snapshotOf(machine, LOST_WAKE_UP);
  t.deepEqual(snapshot.detail.slice(1, 3), [0, 2]);
  t.deepEqual(explainFailure(snapshot, String, ''), [
    'LOST WAKE-UP: CPU 0 (task0) waits for CPU 1 (task1) to run handler0, and that call was lost',
    '  CPU 0 holds no lock and waits at -; CPU 1 was offline when it was called',
  ]);
});

test.serial('who does not wait for a call that was lost goes on, and can call again; its actor ends', (t) => {
  const machine = bootWith('lost');
  const [a, b] = machine.cpus;
  set_cpu_online(a, 1, false);
  smp_call_function_single(a, 1, called, 0, false);
  smp_call_function_single(a, 1, called, 0, false);
  smp_call_function_single_async(a, 1, called, 0);
  awaitLastCall(a);
  set_cpu_online(a, 1, true);
  smp_call_function_single_async(a, 1, called, 0);
  READ_ONCE(b, machine.at);
  awaitLastCall(a);
  t.deepEqual(runs, ['call on 1']);
  t.false(hasFailed(a));
});

test.serial('with more CPUs than the mask has bits for, a race with hotplug is refused', (t) => {
  const race = (cpus?: { min: number; default: number; max?: number }) =>
    defineRace({
      name: 'plugged',
      state: struct({ word: LINE }),
      actors: { none() {} },
      variants: { buggy: { fails: 'never' }, fixed: {} },
      hotplug: { ipi: 'lost' },
      check() {},
      ...(cpus === undefined ? {} : { cpus }),
    });
  t.is(race().cpus.max, 32);
  t.is(race({ min: 2, default: 2, max: 8 }).cpus.max, 8);
  t.is(
    t.throws(() => race({ min: 2, default: 2, max: 33 }))?.message,
    'race plugged: cpus.max is 33, and must be at most 32: hotplug has a bit for each of 32 CPUs',
  );
  t.is(
    t.throws(() => race({ min: 33, default: 33 }))?.message,
    'race plugged: cpus.min is 33, and must be at most 32: hotplug has a bit for each of 32 CPUs',
  );
});

test('of a machine with 64 CPUs all are online', (t) => {
  const { cpus } = boot({ cpus: 64 });
  t.deepEqual(
    [0, 31, 32, 63, 64, -1, 0.5].map((id) => cpu_online(cpus[0], id)),
    [true, true, true, true, false, false, false],
  );
});

for (const [what, sends] of Object.entries({
  'an IPI': (cpu: Cpu) => send(cpu, 2, 0, called, 0, false),
  'an interrupt': (cpu: Cpu) => raiseInterrupt(cpu, 'tlb', { on: 1 }),
})) {
  test.serial(`${what} to a CPU that is offline is refused by name`, (t) => {
    const machine = bootWith('refused');
    const [a] = machine.cpus;
    set_cpu_online(a, 1, false);
    t.true(isAbandoned(() => sends(a)));
    t.is(snapshotOf(machine, 'ipi-offline').message, 'IPI to CPU 1, which is offline');
  });
}

test('the mask lies behind the state, and begins as the race declares', (t) => {
  const race = defineRace({
    name: 'plugged',
    state: struct({ word: LINE }),
    actors: { none() {} },
    variants: { buggy: { fails: 'never' }, fixed: {} },
    hotplug: { ipi: 'lost', offline: [1, 3] },
    check() {},
  });
  const mem = new Int32Array(race.instanceWords({ variant: 'buggy' }));
  race.reset(mem, 0, { variant: 'buggy' });
  const at = race.hotplug?.at ?? -1;
  t.is(mem[at], 0b1010);
  t.is(race.symbol(at, { variant: 'buggy' }), 'cpu_offline_mask');
  t.is(mem.filter((word) => word !== 0).length, 1);
});

test('bad input is refused with one line', (t) => {
  const define = (hotplug: unknown): void => {
    defineRace({
      name: 'plugged',
      state: struct({ word: LINE }),
      actors: { none() {} },
      variants: { buggy: { fails: 'never' }, fixed: {} },
      hotplug: hotplug as never,
    });
  };
  const message = (f: () => void): string => t.throws(f)?.message ?? '';
  t.is(
    message(() => define({ ipi: 'dropped' })),
    'race plugged: hotplug.ipi is "dropped", and must be one of: lost, refused',
  );
  t.is(
    message(() => define({ ipi: 'lost', offline: [32] })),
    'race plugged: hotplug.offline[0] is 32, and must be a whole number from 0 to 31',
  );
  t.is(
    message(() => define({ ipi: 'lost', at: 3 })),
    'race plugged: hotplug.at is 3, and must be absent: state has the mask behind it',
  );
  t.is(
    message(() => set_cpu_online(boot().cpus[0], 1, false)),
    'set_cpu_online: the race declares no hotplug, so all CPUs are online',
  );
  t.is(
    message(() => setInterruptLevel(boot().cpus[0], 16)),
    'setInterruptLevel(16): it must be a whole number from 0 to 15',
  );
});

test.serial('a masked line stays pending; a level keeps lines of no higher priority away', (t) => {
  const { cpus, at } = bootWith('lost');
  const [cpu] = cpus;
  maskInterrupt(cpu, 'sched');
  raiseInterrupt(cpu, 'sched');
  READ_ONCE(cpu, at);
  t.deepEqual(runs, []);
  unmaskInterrupt(cpu, 'sched');
  const before = setInterruptLevel(cpu, 1);
  raiseInterrupt(cpu, 'tlb');
  READ_ONCE(cpu, at);
  t.deepEqual(runs, ['sched on 0']);
  setInterruptLevel(cpu, before);
  READ_ONCE(cpu, at);
  t.deepEqual(runs, ['sched on 0', 'tlb on 0']);
});
