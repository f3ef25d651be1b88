/**
 * Goal: what the watchdog finds from outside is right and asked of a CPU in the trial: a cycle that no CPU has proved, an
 * orphaned lock, CPUs that are not given the processor. What moves, and what has ended, is left alone.
 * Method: a machine in this thread whose CPUs are put into their waits by hand; the watch is ticked by hand as well.
 */
import test from 'ava';
import type { HostMachine } from '../../../lib/harness/host/machine.js';
import { MachineWatch } from '../../../lib/harness/watch/machineWatch.js';
import type { Plan } from '../../../lib/harness/plan.js';
import { CPU, MACHINE, WATCH } from '../../../lib/machine/layout.js';
import { acquire } from '../../../lib/machine/lock.js';
import { IRR_NMI, takeNmi } from '../../../lib/machine/nmi.js';
import { DEADLOCK, ORPHANED_LOCK } from '../../../lib/machine/signatures.js';
import { leftTrial } from '../../../lib/machine/undone.js';
import { ACTIVITY, exit, outcomeCpu, outcomeSignature } from '../../../lib/machine/outcome.js';
import { WAIT, publishWait } from '../../../lib/machine/wait.js';
import { SIGNATURES, boot, isAbandoned, type Machine } from '../../machine/boot.js';

/** Each CPU holds one lock and waits for the other's. */
function embrace(): Machine {
  const machine = boot();
  const { cpus, mem, at } = machine;
  for (const cpu of cpus) {
    mem[cpu.block + CPU.activity] = ACTIVITY.RUNNING;
    acquire(cpu, at + cpu.id);
  }
  for (const cpu of cpus) publishWait(cpu, WAIT.LOCK, at + 1 - cpu.id);
  return machine;
}

function watchOf({ mem, map }: Machine, seen: Partial<HostMachine> = {}): MachineWatch {
  const host: Partial<HostMachine> = {
    mem,
    map,
    declared: SIGNATURES,
    hasBegun: () => true,
    isEnding: () => false,
    ...seen,
  };
  const plan: Partial<Plan> = { sync: 'rendezvous', phases: {}, windows: {} };
  return new MachineWatch(host as HostMachine, plan as Plan, 1_000_000, 50);
}

/** The signature that is asked for, or undefined. */
function asked({ mem, map, cpus }: Machine): string | undefined {
  const request = mem[map.machine + MACHINE.watch + WATCH.request];
  return request === 0 ? undefined : cpus[outcomeCpu(request)].signatures[outcomeSignature(request)];
}

test('a cycle that stands in two ticks is asked of a member, which accuses all', (t) => {
  const machine = embrace();
  const watch = watchOf(machine);
  const asks = Array.from({ length: 3 }, () => {
    watch.tick();
    return asked(machine);
  });
  t.deepEqual(asks, [undefined, undefined, DEADLOCK]);
  const { cpus, mem, map } = machine;
  const giver = cpus[outcomeCpu(mem[map.machine + MACHINE.watch + WATCH.request])];
  t.not(mem[giver.irr] & IRR_NMI, 0);
  t.true(isAbandoned(() => takeNmi(giver)));
  const outcome = mem[giver.outcome];
  t.is(giver.signatures[outcomeSignature(outcome)], DEADLOCK);
  for (const cpu of cpus) leftTrial(cpu);
  t.is(mem[map.machine + MACHINE.undone], 0);
  mem[machine.at] = 0;
  for (const cpu of cpus) leftTrial(cpu);
  t.is(mem[map.machine + MACHINE.undone], 2);
});

test('a CPU that is asked for a deadlock which is none any more does not give it', (t) => {
  const machine = embrace();
  const watch = watchOf(machine);
  for (let tick = 0; tick < 3; tick++) watch.tick();
  t.is(asked(machine), DEADLOCK);
  const { cpus, mem, map } = machine;
  const giver = cpus[outcomeCpu(mem[map.machine + MACHINE.watch + WATCH.request])];
  publishWait(cpus[1 - giver.id], WAIT.RUN, 0);
  t.false(isAbandoned(() => takeNmi(giver)));
  t.is(mem[giver.outcome], 0);
});

test('a cycle that changes between two ticks is none', (t) => {
  const machine = embrace();
  const watch = watchOf(machine);
  for (let tick = 0; tick < 6; tick++) {
    watch.tick();
    publishWait(machine.cpus[0], WAIT.LOCK, machine.at + 1);
  }
  t.is(asked(machine), undefined);
});

test('a lock whose owner has exited is found as well', (t) => {
  const machine = embrace();
  const { cpus } = machine;
  publishWait(cpus[0], WAIT.RUN, 0);
  t.true(isAbandoned(() => exit(cpus[0])));
  const watch = watchOf(machine);
  for (let tick = 0; tick < 4; tick++) watch.tick();
  t.is(asked(machine), ORPHANED_LOCK);
});

test('a machine whose trials end, that has not begun, or is ending is left alone', (t) => {
  const moving = embrace();
  const watch = watchOf(moving);
  for (let trial = 1; trial < 9; trial++) {
    moving.mem[moving.cpus[1].block + CPU.trial] = trial;
    watch.tick();
  }
  const idle = embrace();
  const before = watchOf(idle, { hasBegun: () => false });
  const after = watchOf(idle, { isEnding: () => true });
  for (let tick = 0; tick < 9; tick++) {
    before.tick();
    after.tick();
  }
  t.deepEqual([asked(moving), asked(idle)], [undefined, undefined]);
});
