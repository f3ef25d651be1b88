/**
 * Goal: an interrupt of a line comes at an instruction boundary at which nothing masks it, once for each time that it was
 * raised while none was pending, in the trial that it was raised in.
 * Method: two CPUs in one thread; a test raises lines, and goes on to the next instruction.
 */
import test from 'ava';
import { raiseInterrupt, startTimer, stopTimer } from '../../lib/kernel/interrupts.js';
import { local_irq_disable, local_irq_enable } from '../../lib/kernel/irqflags.js';
import { READ_ONCE, WRITE_ONCE } from '../../lib/machine/access.js';
import { kernelFunction, step } from '../../lib/machine/callStack.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { IN_HARDIRQ, IN_HYPERVISOR, IRQS_DISABLED } from '../../lib/machine/irqMask.js';
import { trialTag } from '../../lib/machine/outcomeWord.js';
import { CPU, PROGRESS } from '../../lib/machine/layout.js';
import type { InterruptLine } from '../../lib/machine/lineTable.js';
import { acquire, release } from '../../lib/machine/lock.js';
import { takeIdle } from '../../lib/machine/meeting.js';
import { beginTimers, endTimers } from '../../lib/machine/timers.js';
import { WAIT, waitKind } from '../../lib/machine/wait.js';
import { beginTrial, boot, isAbandoned, look, recorded, records } from './boot.js';

type Run = string;

interface Log {
  readonly runs: Run[];
  inside: (name: string, cpu: Cpu) => void;
}

function line(name: string, kind: InterruptLine['kind'], more: Partial<InterruptLine> = {}): InterruptLine {
  const handler = (cpu: Cpu, at: number, log: Log): void => {
    log.runs.push(`${name} on ${cpu.id}`);
    READ_ONCE(cpu, at);
    log.inside(name, cpu);
  };
  Object.defineProperty(handler, 'name', { value: `${name}_handler` });
  return { name, kind, priority: 1, fn: kernelFunction(handler.name).id, storm: 0, handler, ...more };
}

const LINES = [
  line('low', 'hardirq'),
  line('high', 'hardirq', { priority: 2 }),
  line('other', 'hardirq'),
  line('watchdog', 'nmi'),
  line('panic', 'nmi'),
];

function bootLogging(lines: readonly InterruptLine[] = LINES): ReturnType<typeof boot> & Log {
  const log: Log = { runs: [], inside: () => {} };
  return Object.assign(log, boot({ lines, config: log }));
}

test('an idle CPU takes a line while somebody has not arrived at the meeting, and not behind it', (t) => {
  for (const [arrived, meeting, expected] of [
    [0, 1, ['low on 0']],
    [1, 1, []],
    [1, null, []],
  ] as const) {
    const log: Log = { runs: [], inside: () => {} };
    const { cpus, mem } = boot({ lines: LINES, config: log });
    mem[cpus[0].progress + PROGRESS.meeting] = 1;
    mem[cpus[1].progress + PROGRESS.meeting] = arrived;
    raiseInterrupt(cpus[1], 'low', { on: 0 });
    t.is(takeIdle(cpus[0], meeting), expected.length > 0);
    t.deepEqual(log.runs, [...expected]);
  }
});

test('a raised line is taken at the next boundary of its CPU, before the access, and recorded by its number', (t) => {
  const { cpus, mem, at, runs } = bootLogging();
  const [a, b] = cpus;
  raiseInterrupt(a, 'high', { on: 1 });
  t.deepEqual(runs, []);
  step(b, 2);
  recorded(b);
  WRITE_ONCE(b, at, 5);
  t.deepEqual(runs, ['high on 1']);
  const [entry, clear, inside, exit, write] = records(b);
  t.like(entry, { op: 'irq_enter', address: 2, after: 0, line: 'line1' });
  t.is(clear.op, 'fetch_and');
  t.like(inside, { op: 'read', step: '-' }, 'a handler begins before any step');
  t.is(exit.op, 'irq_exit');
  t.like(write, { op: 'write', step: 'A2' });
  t.is(mem[b.irqOff], 0);
  READ_ONCE(b, at);
  t.is(runs.length, 1);
});

test('a line comes in whatever trial it is raised, also if the word has been cleared before', (t) => {
  for (let trial = 1; trial < 2 ** 17; trial = trial * 2 + 1) {
    const { cpus, mem, at, runs } = bootLogging();
    for (const cpu of cpus) {
      cpu.trialTag = trialTag(trial);
      mem[cpu.block + CPU.lines] = 0;
    }
    raiseInterrupt(cpus[0], 'low', { on: 1 });
    READ_ONCE(cpus[1], at);
    t.deepEqual(runs, ['low on 1'], `trial ${trial}`);
  }
});

test('a CPU raises a line of its own', (t) => {
  const { cpus, at, runs } = bootLogging();
  raiseInterrupt(cpus[0], 'low');
  READ_ONCE(cpus[0], at);
  t.deepEqual(runs, ['low on 0']);
});

test('a line that is raised while it is pending comes once', (t) => {
  const { cpus, at, runs } = bootLogging();
  raiseInterrupt(cpus[0], 'low', { on: 1 });
  raiseInterrupt(cpus[0], 'low', { on: 1 });
  READ_ONCE(cpus[1], at);
  READ_ONCE(cpus[1], at);
  t.deepEqual(runs, ['low on 1']);
});

for (const [name, reason] of Object.entries({ IRQS_DISABLED, IN_HARDIRQ, IN_HYPERVISOR })) {
  test(`${name} masks hardirqs, and no NMI; what came is not lost`, (t) => {
    const { cpus, mem, at, runs } = bootLogging();
    const [a, b] = cpus;
    mem[b.irqOff] = reason;
    raiseInterrupt(a, 'low', { on: 1 });
    READ_ONCE(b, at);
    t.deepEqual(runs, []);
    raiseInterrupt(a, 'watchdog', { on: 1 });
    READ_ONCE(b, at);
    t.deepEqual(runs, ['watchdog on 1']);
    t.is(mem[b.irqOff], reason);
    mem[b.irqOff] = 0;
    READ_ONCE(b, at);
    t.deepEqual(runs, ['watchdog on 1', 'low on 1']);
  });
}

test('a handler runs with interrupts off; where it enables them, a line of a higher priority interrupts it', (t) => {
  const log = bootLogging();
  const { cpus, at, runs } = log;
  const [cpu] = cpus;
  log.inside = (name) => {
    if (name !== 'low') return;
    for (const raised of ['other', 'high']) raiseInterrupt(cpu, raised);
    READ_ONCE(cpu, at);
    runs.push('interrupts on');
    local_irq_enable(cpu);
    READ_ONCE(cpu, at);
    local_irq_disable(cpu);
    runs.push('low ends');
  };
  raiseInterrupt(cpu, 'low');
  READ_ONCE(cpu, at);
  t.deepEqual(runs, ['low on 0', 'interrupts on', 'high on 0', 'low ends', 'other on 0']);
  t.is(look(cpu).context, 0);
});

test('a handler that leaves interrupts on is unbalanced', (t) => {
  const log = bootLogging();
  const [cpu] = log.cpus;
  log.inside = local_irq_enable.bind(null, cpu);
  raiseInterrupt(cpu, 'low');
  t.true(isAbandoned(() => READ_ONCE(cpu, log.at)));
  t.is(log.cpus[0].mem[cpu.block + CPU.activity], 2);
});

test('an NMI interrupts a handler, but no NMI', (t) => {
  const log = bootLogging();
  const { cpus, at, runs } = log;
  const [cpu] = cpus;
  log.inside = (name) => {
    if (name === 'low') raiseInterrupt(cpu, 'watchdog');
    if (name === 'watchdog') raiseInterrupt(cpu, 'panic');
    READ_ONCE(cpu, at);
    runs.push(`${name} ends`);
  };
  raiseInterrupt(cpu, 'low');
  READ_ONCE(cpu, at);
  const wanted = ['low on 0', 'watchdog on 0', 'watchdog ends', 'panic on 0', 'panic ends', 'low ends'];
  t.deepEqual(runs, wanted);
});

test('a CPU in a handler waits for nothing, and waits on behind it', (t) => {
  const log = bootLogging();
  const { cpus, at, atBoundaries } = log;
  const [a, b] = cpus;
  acquire(b, at + 1);
  const seen: number[] = [];
  log.inside = (_, cpu) => {
    seen.push(waitKind(look(cpu).wait));
    t.deepEqual(
      look(cpu).frames.map(({ fn }) => fn),
      ['low_handler', 'handle_irq_event'],
    );
  };
  atBoundaries(a, (n) => {
    if (n === 2) raiseInterrupt(b, 'low', { on: 0 });
    if (n < 12) return;
    seen.push(waitKind(look(a).wait));
    release(b, at + 1);
  });
  acquire(a, at + 1);
  t.deepEqual(seen.slice(0, 2), [WAIT.RUN, WAIT.LOCK]);
});

test('what is pending when the trial ends is lost; what is raised for the next one stays', (t) => {
  const { cpus, at, runs } = bootLogging();
  const [a, b] = cpus;
  raiseInterrupt(a, 'low', { on: 1 });
  beginTrial(b, 2);
  READ_ONCE(b, at);
  t.deepEqual(runs, []);
  beginTrial(a, 3);
  raiseInterrupt(a, 'high', { on: 1 });
  READ_ONCE(b, at);
  t.deepEqual(runs, []);
  beginTrial(b, 3);
  READ_ONCE(b, at);
  t.deepEqual(runs, ['high on 1']);
});

test('a timer counts instruction boundaries: one interrupt after so many, or one every so many', (t) => {
  const { cpus, at, runs } = bootLogging([
    line('tick', 'nmi', { handler: tick }),
    line('once', 'nmi', { handler: once }),
  ]);
  const [cpu] = cpus;
  function tick(): void {
    runs.push('tick');
  }
  function once(): void {
    runs.push('once');
  }
  startTimer(cpu, 'tick', { every: 4 });
  startTimer(cpu, 'once', { after: 2 });
  // The entry of an interrupt is a boundary as well.
  const read = (): void => {
    runs.push('read');
    READ_ONCE(cpu, at);
  };
  for (let i = 0; i < 6; i++) read();
  t.deepEqual(runs, ['read', 'read', 'once', 'read', 'tick', 'read', 'read', 'read', 'tick']);
  stopTimer(cpu, 'tick');
  for (let i = 0; i < 6; i++) READ_ONCE(cpu, at);
  t.is(runs.length, 9);
  t.is(cpu.mem[cpu.irr], 0, 'no boundary comes to the trap any more');
});

test('a storm comes where its chance says, at the same boundaries for the same trial', (t) => {
  const { cpus, at, runs } = bootLogging([line('storm', 'hardirq', { storm: 0.25 })]);
  const [cpu] = cpus;
  const storm = (chance: number): number[] => {
    cpu.mem[cpu.block + CPU.chance] = chance;
    beginTimers(cpu);
    const before: number[] = [];
    for (let i = 0; i < 400; i++) {
      READ_ONCE(cpu, at);
      before.push(runs.length);
      runs.length = 0;
    }
    endTimers(cpu);
    return before;
  };
  const first = storm(7);
  t.deepEqual(storm(7), first);
  t.notDeepEqual(storm(8), first);
  const interrupts = first.reduce((sum, n) => sum + n, 0);
  // Each interrupt has two boundaries of its own, in which the next one may be due.
  t.true(interrupts > 80 && interrupts < 240, `${interrupts}`);
  t.true(first.every((n) => n <= 1));
  READ_ONCE(cpu, at);
  t.deepEqual(runs, []);
});

test('bad input is refused with one line', (t) => {
  const [cpu] = bootLogging().cpus;
  const message = (f: () => void): string => t.throws(f, { instanceOf: RangeError })?.message ?? '';
  t.is(
    message(() => raiseInterrupt(cpu, 'disk')),
    'raiseInterrupt: no interrupt line "disk" is declared; declared: low, high, other, watchdog, panic',
  );
  t.is(
    message(() => raiseInterrupt(boot().cpus[0], 'disk')),
    'raiseInterrupt: no interrupt line "disk" is declared; the race declares none',
  );
  t.is(
    message(() => raiseInterrupt(cpu, 'low', { on: 2 })),
    'raiseInterrupt(low) on CPU 2: the machine has CPUs 0 to 1',
  );
  t.is(
    message(() => startTimer(cpu, 'low', { after: 0 })),
    'startTimer(low): after is 0, and must be a whole number of instructions from 1 to 1073741824',
  );
  t.is(
    message(() => startTimer(cpu, 'low', { every: 1.5 })),
    'startTimer(low): every is 1.5, and must be a whole number of instructions from 1 to 1073741824',
  );
  t.regex(
    message(() => stopTimer(cpu, 'net')),
    /^stopTimer: no interrupt line "net" is declared/,
  );
});
