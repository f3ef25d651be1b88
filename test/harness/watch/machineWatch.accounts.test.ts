/**
 * Goal: what the watchdog calls a hang, and when, is the same with 2 and with 64 CPUs: nothing that ends within the limit is one,
 * whatever the host gives to others; a CPU that waits is told from CPUs that move, whenever its wait began, and whether somebody
 * runs or nobody; a thread that sleeps in the kernel is a hang, one that gets no processor is none.
 * Method: a machine whose CPUs do nothing but what the test writes into its memory, on a host that the test makes up; the watch is
 * ticked by hand.
 */
import test from 'ava';
import type { Departure } from '../../../lib/harness/watch/departures.js';
import type { HostMachine } from '../../../lib/harness/host/machine.js';
import { MachineWatch } from '../../../lib/harness/watch/machineWatch.js';
import type { Plan } from '../../../lib/harness/plan.js';
import { CPU, MACHINE, PROGRESS, WATCH } from '../../../lib/machine/layout.js';
import { acquire } from '../../../lib/machine/lock.js';
import { IRR_NMI } from '../../../lib/machine/nmi.js';
import { LIVELOCK, STARVATION } from '../../../lib/machine/signatures.js';
import { ACTIVITY, outcomeSignature } from '../../../lib/machine/outcome.js';
import { WAIT, publishWait } from '../../../lib/machine/wait.js';
import { SIGNATURES, boot, type Machine } from '../../machine/boot.js';
import { MadeUpHost } from '../madeUpHost.js';

const LIMIT_MS = 250;
const TICK_MS = 50;
const WIDTHS = [2, 8, 16, 64];

/** One trial on the machine, and the watch over it. */
class Stage {
  readonly machine: Machine;
  readonly host: MadeUpHost;
  readonly watch: MachineWatch;
  /** CPUs that never answer. */
  readonly deaf = new Set<number>();
  ms = 0;

  constructor(cpus: number, { cores = 2, tells = true } = {}) {
    this.machine = boot({ cpus, words: 128 });
    const { mem, map } = this.machine;
    this.host = new MadeUpHost(mem, map.progress, cpus, cores, tells);
    const host: Partial<HostMachine> = { mem, map, declared: SIGNATURES, hasBegun: () => true, isEnding: () => false };
    const plan: Partial<Plan> = { sync: 'rendezvous', phases: {}, windows: {} };
    this.watch = new MachineWatch(host as HostMachine, plan as Plan, LIMIT_MS, TICK_MS, this.host);
    for (const cpu of this.machine.cpus) mem[cpu.block + CPU.activity] = ACTIVITY.RUNNING;
    this.watch.tick();
  }

  /** The actor of a CPU runs for so long, and comes to the meeting. */
  works(cpu: number, ms: number): void {
    const thread = this.host.threads[cpu];
    thread.wants = ms;
    thread.onDone = () => this.comes(cpu);
  }

  comes(cpu: number): void {
    const { mem, cpus } = this.machine;
    mem[cpus[cpu].block + CPU.activity] = ACTIVITY.IDLE;
    mem[cpus[cpu].progress + PROGRESS.meeting]++;
  }

  /** One tick; the CPUs that are not deaf take their NMIs before it. What is asked for, or the threads that are condemned. */
  tick(busy = 0): string | readonly Departure[] | undefined {
    this.host.pass(TICK_MS, busy);
    this.ms += TICK_MS;
    const { mem, map, cpus } = this.machine;
    for (const cpu of cpus) if (!this.deaf.has(cpu.id)) mem[cpu.irr] &= ~IRR_NMI;
    const findings = this.watch.tick();
    if (findings.length > 0) return findings;
    const request = mem[map.machine + MACHINE.watch + WATCH.request];
    return request === 0 ? undefined : cpus[0].signatures[outcomeSignature(request)];
  }

  /** What the first tick says that says anything, or undefined. */
  runs(ms: number, busy = 0): string | readonly Departure[] | undefined {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      const said = this.tick(busy);
      if (said !== undefined) return said;
    }
    return undefined;
  }

  /** Details of what is asked for. */
  detail(i: number): number {
    const { mem, map } = this.machine;
    return mem[map.machine + MACHINE.watch + WATCH.detail + i];
  }
}

for (const cpus of WIDTHS) {
  test(`${cpus} CPUs that each need half the limit are not said to hang`, (t) => {
    const stage = new Stage(cpus);
    for (let cpu = 0; cpu < cpus; cpu++) stage.works(cpu, LIMIT_MS / 2);
    t.is(stage.runs(LIMIT_MS * cpus), undefined);
    t.true(stage.host.threads.every(({ ranMs }) => ranMs === LIMIT_MS / 2));
  });

  test(`${cpus} CPUs that move for ever are a LIVELOCK, and not before one has had the limit`, (t) => {
    const stage = new Stage(cpus);
    for (let cpu = 0; cpu < cpus; cpu++) stage.works(cpu, Infinity);
    t.is(stage.runs(LIMIT_MS * cpus), LIVELOCK);
    t.true(Math.max(...stage.host.threads.map(({ ranMs }) => ranMs)) >= LIMIT_MS);
    t.true(stage.detail(1) >= LIMIT_MS);
  });

  test(`of ${cpus} CPUs one that never moves any more is ended, the others are not`, (t) => {
    const stage = new Stage(cpus);
    stage.works(1, Infinity);
    stage.deaf.add(1);
    for (let cpu = 0; cpu < cpus; cpu++) if (cpu !== 1) stage.works(cpu, 5);
    const found = stage.runs(4 * LIMIT_MS) as readonly Departure[];
    t.deepEqual(
      found.map(({ thread, threadId, isAsleep }) => [thread, threadId, isAsleep]),
      [[1, 2, false]],
    );
  });

  test(`of ${cpus} CPUs those that sleep in the kernel are ended within the limit, all at once`, (t) => {
    const stage = new Stage(cpus);
    for (let cpu = 0; cpu < cpus; cpu++) stage.works(cpu, 1);
    for (const cpu of [0, 1]) {
      stage.host.threads[cpu].wants = 0;
      stage.deaf.add(cpu);
    }
    const found = stage.runs(4 * LIMIT_MS) as readonly Departure[];
    t.deepEqual(
      found.map(({ thread, isAsleep }) => [thread, isAsleep]),
      [
        [0, true],
        [1, true],
      ],
    );
    t.true(stage.ms <= LIMIT_MS + 4 * TICK_MS + cpus, `${stage.ms} ms`);
  });

  test(`of ${cpus} CPUs one that waits for a lock starves, whenever its wait began`, (t) => {
    for (const beganMs of [0, 100, 200, 240]) {
      const stage = new Stage(cpus, { cores: cpus });
      const { cpus: all, at } = stage.machine;
      acquire(all[0], at);
      stage.works(0, Infinity);
      stage.works(1, beganMs + 1);
      stage.host.threads[1].onDone = () => publishWait(all[1], WAIT.LOCK, at);
      for (let cpu = 2; cpu < cpus; cpu++) stage.works(cpu, 1);
      t.is(stage.runs(8 * LIMIT_MS), STARVATION, `${beganMs} ms`);
      t.deepEqual([stage.detail(0), stage.detail(1), stage.detail(4)], [at, 0, 0]);
      t.true(stage.ms >= LIMIT_MS && stage.ms <= 2 * LIMIT_MS, `${stage.ms} ms`);
    }
  });

  test(`of ${cpus} CPUs one that waits while nobody runs is a hang with a name`, (t) => {
    const stage = new Stage(cpus);
    const { cpus: all, at, mem } = stage.machine;
    mem[at] = 2 << 1;
    publishWait(all[0], WAIT.LOCK, at);
    for (let cpu = 1; cpu < cpus; cpu++) stage.works(cpu, 1);
    t.is(stage.runs(4 * LIMIT_MS), STARVATION);
    t.is(stage.detail(4), 1);
  });

  test(`${cpus} CPUs that get no processor do not hang, however long that is: HOST STALL`, (t) => {
    const stage = new Stage(cpus);
    for (let cpu = 0; cpu < cpus; cpu++) stage.works(cpu, 20);
    t.is(stage.runs(10_000, 2), undefined);
    t.true(stage.watch.isStalled);
    t.is(stage.watch.stalls, 1);
    t.true(stage.watch.stallMs > 9000 && stage.watch.stallMs <= 10_000, `${stage.watch.stallMs} ms`);
    t.is(stage.runs(LIMIT_MS * cpus), undefined);
    t.false(stage.watch.isStalled);
  });
}

test('who had no processor to begin the trial is waited for, and starves if it comes to wait then', (t) => {
  const stage = new Stage(2, { cores: 2 });
  const { cpus, mem, at } = stage.machine;
  const late = stage.host.threads[1];
  acquire(cpus[0], at);
  stage.works(0, Infinity);
  mem[cpus[1].block + CPU.activity] = ACTIVITY.IDLE;
  late.wants = 1;
  late.isHeld = true;
  t.is(stage.runs(4 * LIMIT_MS), undefined, 'CPU 0 alone moves, and nobody knows what CPU 1 will do');
  late.isHeld = false;
  late.onDone = () => {
    mem[cpus[1].block + CPU.activity] = ACTIVITY.RUNNING;
    publishWait(cpus[1], WAIT.LOCK, at);
  };
  t.is(stage.runs(4 * LIMIT_MS), STARVATION);
  t.deepEqual([stage.detail(0), stage.detail(1)], [at, 0]);
});

test('who never gets a processor to begin the trial keeps no other from being named', (t) => {
  const stage = new Stage(2);
  const { cpus, mem } = stage.machine;
  stage.works(0, Infinity);
  mem[cpus[1].block + CPU.activity] = ACTIVITY.IDLE;
  stage.host.threads[1].wants = 1;
  stage.host.threads[1].isHeld = true;
  t.is(stage.runs(12 * LIMIT_MS), LIVELOCK);
});

test('a sleeper is found beside threads that others keep from the processor', (t) => {
  const stage = new Stage(8);
  for (let cpu = 1; cpu < 8; cpu++) stage.works(cpu, 30);
  stage.deaf.add(0);
  const found = stage.runs(20 * LIMIT_MS, 1) as readonly Departure[];
  t.deepEqual(
    found.map(({ thread, isAsleep }) => [thread, isAsleep]),
    [[0, true]],
  );
});

test('a wait that goes on while its lock changes hands is starvation, waits that all end are not', (t) => {
  const stage = new Stage(4);
  const { cpus, at } = stage.machine;
  for (let cpu = 0; cpu < 4; cpu++) stage.works(cpu, Infinity);
  const renew = (): void => {
    for (const cpu of cpus) publishWait(cpu, WAIT.LOCK, at + cpu.id);
  };
  let said: unknown;
  for (let tick = 0; tick < 100 && said === undefined; tick++) {
    renew();
    said = stage.tick();
  }
  t.is(said, LIVELOCK);
});

test('an actor that is not done with its plain code at the limit is asked, and waited for until it is clear that it is deaf', (t) => {
  const stage = new Stage(2);
  stage.works(0, Infinity);
  stage.works(1, 1);
  // It is asked when it has had half the limit, is over the limit before it can be called deaf, and answers then.
  let said: unknown;
  while (stage.watch.trialMs < LIMIT_MS / 2) stage.tick();
  stage.deaf.add(0);
  while (stage.watch.trialMs < LIMIT_MS) said ??= stage.tick();
  t.is(said, undefined);
  stage.deaf.delete(0);
  t.is(stage.tick(), LIVELOCK);
});

test('what was asked for in a trial that has ended is asked of no other', (t) => {
  const stage = new Stage(2);
  const { mem, map } = stage.machine;
  stage.works(0, Infinity);
  stage.works(1, Infinity);
  t.is(stage.runs(8 * LIMIT_MS), LIVELOCK);
  stage.comes(0);
  stage.comes(1);
  t.is(stage.tick(), undefined);
  t.is(mem[map.machine + MACHINE.watch + WATCH.request], 0);
});

test('on a host without accounts what sleeps and what loops is found as well', (t) => {
  const sleeping = new Stage(2, { tells: false });
  sleeping.works(1, 1);
  sleeping.deaf.add(0);
  const slept = sleeping.runs(16 * LIMIT_MS) as readonly Departure[];
  t.is(slept.length, 1);
  t.true(sleeping.ms >= 2 * LIMIT_MS);
  const looping = new Stage(2, { tells: false });
  looping.works(0, Infinity);
  looping.works(1, 1);
  t.is(looping.runs(16 * LIMIT_MS), LIVELOCK);
});
