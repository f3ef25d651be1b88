/**
 * Goal: a softirq runs behind the interrupt that raises it, in local_bh_enable or at the next instruction, never on top of another one,
 * never where softirqs are disabled; a tasklet runs on one CPU at a time.
 * Method: CPUs in one thread; handlers note where they run.
 */
import test from 'ava';
import { raiseInterrupt } from '../../lib/kernel/interrupts.js';
import {
  in_hardirq,
  in_interrupt,
  in_nmi,
  in_task,
  irqs_disabled,
  local_irq_disable,
  local_irq_enable,
} from '../../lib/kernel/irqflags.js';
import {
  __do_softirq,
  in_serving_softirq,
  in_softirq,
  local_bh_disable,
  local_bh_enable,
  raise_softirq,
  tasklet_schedule,
} from '../../lib/kernel/softirq.js';
import { smp_call_function_single } from '../../lib/kernel/smp.js';
import { spin_lock_bh, spin_trylock_bh, spin_unlock_bh } from '../../lib/kernel/spinlock.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import { kernelFunction } from '../../lib/machine/callStack.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { trialTag } from '../../lib/machine/outcomeWord.js';
import { CPU } from '../../lib/machine/layout.js';
import type { InterruptLine } from '../../lib/machine/lineTable.js';
import { beginTrial, boot, isAbandoned, records, type Machine } from '../machine/boot.js';

type Handler = (cpu: Cpu, at: number) => void;

/** A machine with one line of each kind; what a handler does is a property of the stage, by the name of its line. */
class Stage {
  readonly runs: string[] = [];
  readonly does = new Map<string, Handler>();
  readonly machine: Machine;
  readonly one: Cpu;
  readonly two: Cpu;

  constructor() {
    const kinds = { timer: 'hardirq', net: 'softirq', block: 'softirq', reaper: 'tasklet', watchdog: 'nmi' } as const;
    const lines = Object.entries(kinds).map(([name, kind]): InterruptLine => ({
      name,
      kind,
      priority: 1,
      storm: 0,
      fn: kernelFunction(name).id,
      handler: (cpu: Cpu, at: number): void => {
        this.runs.push(name);
        this.does.get(name)?.(cpu, at);
      },
    }));
    this.machine = boot({ lines });
    [this.one, this.two] = this.machine.cpus;
  }

  read(cpu: Cpu): void {
    READ_ONCE(cpu, this.machine.at);
  }
}

test('a softirq runs behind the handler that raises it, with interrupts on', (t) => {
  const s = new Stage();
  s.does.set('timer', (cpu) => {
    raise_softirq(cpu, 'net');
    s.read(cpu);
    s.runs.push('timer ends');
  });
  s.does.set('net', (cpu) => t.false(irqs_disabled(cpu)));
  raiseInterrupt(s.one, 'timer');
  s.read(s.one);
  t.deepEqual(s.runs, ['timer', 'timer ends', 'net']);
});

test('local_bh_enable runs what was raised meanwhile, the outermost one alone', (t) => {
  const s = new Stage();
  local_bh_disable(s.one);
  local_bh_disable(s.one);
  raise_softirq(s.one, 'block');
  raise_softirq(s.one, 'net');
  s.read(s.one);
  local_bh_enable(s.one);
  t.deepEqual(s.runs, []);
  local_bh_enable(s.one);
  t.deepEqual(s.runs, ['net', 'block'], 'in the order of their numbers');
  const entries = records(s.one).filter(({ op }) => op === 'irq_enter');
  t.deepEqual(
    entries.map(({ after }) => after),
    [1, 1],
    'recorded as taken by the CPU itself, so that a replay does not deliver them a second time',
  );
});

test('with interrupts off local_bh_enable runs none; they come when interrupts are on', (t) => {
  const s = new Stage();
  local_bh_disable(s.one);
  raise_softirq(s.one, 'net');
  local_irq_disable(s.one);
  local_bh_enable(s.one);
  s.read(s.one);
  t.deepEqual(s.runs, []);
  local_irq_enable(s.one);
  s.read(s.one);
  t.deepEqual(s.runs, ['net']);
});

test('a softirq is interrupted by a hardirq, but not by a softirq', (t) => {
  const s = new Stage();
  s.does.set('net', (cpu) => {
    raiseInterrupt(cpu, 'timer');
    raise_softirq(cpu, 'block');
    s.read(cpu);
    s.runs.push('net ends');
  });
  raise_softirq(s.one, 'net');
  s.read(s.one);
  t.deepEqual(s.runs, ['net', 'timer', 'net ends', 'block']);
});

test('spin_lock_bh keeps softirqs away, and no hardirqs', (t) => {
  const s = new Stage();
  const lock = s.machine.at + 3;
  spin_lock_bh(s.one, lock);
  raise_softirq(s.one, 'net');
  raiseInterrupt(s.one, 'timer');
  s.read(s.one);
  t.deepEqual(s.runs, ['timer']);
  t.false(spin_trylock_bh(s.two, lock));
  spin_unlock_bh(s.one, lock);
  t.deepEqual(s.runs, ['timer', 'net']);
  t.true(spin_trylock_bh(s.two, lock));
  t.true(in_softirq(s.two));
  spin_unlock_bh(s.two, lock);
  t.false(in_softirq(s.two));
});

test('each context is known by the names of the kernel', (t) => {
  const s = new Stage();
  const contexts = (cpu: Cpu): string =>
    Object.entries({ in_hardirq, in_serving_softirq, in_softirq, in_nmi, in_interrupt, in_task })
      .filter(([, is]) => is(cpu))
      .map(([name]) => name)
      .join(' ');
  const seen = new Map<string, string>();
  for (const line of ['timer', 'net', 'watchdog']) s.does.set(line, (cpu) => void seen.set(line, contexts(cpu)));
  raise_softirq(s.one, 'net');
  for (const line of ['timer', 'watchdog']) raiseInterrupt(s.one, line);
  s.read(s.one);
  t.deepEqual(Object.fromEntries(seen), {
    watchdog: 'in_nmi in_interrupt',
    timer: 'in_hardirq in_interrupt',
    net: 'in_serving_softirq in_softirq in_interrupt',
  });
  t.is(contexts(s.one), 'in_task');
  local_bh_disable(s.one);
  t.is(contexts(s.one), 'in_softirq in_interrupt in_task');
});

test('a tasklet is scheduled once, on whatever CPU, and comes again while another CPU runs it', (t) => {
  const s = new Stage();
  s.does.set('reaper', (cpu) => {
    if (cpu !== s.one) return;
    tasklet_schedule(s.two, 'reaper');
    s.read(s.two);
    s.runs.push('one ends');
  });
  tasklet_schedule(s.one, 'reaper');
  tasklet_schedule(s.two, 'reaper');
  s.read(s.two);
  t.deepEqual(s.runs, [], 'it is scheduled on the other CPU');
  s.read(s.one);
  t.deepEqual(s.runs, ['reaper', 'one ends']);
  s.read(s.two);
  t.deepEqual(s.runs, ['reaper', 'one ends', 'reaper']);
});

test('a tasklet and a softirq run in whatever trial they are raised, also if their words have been cleared before', (t) => {
  for (let trial = 1; trial < 2 ** 21; trial = trial * 2 + 1) {
    const stage = new Stage();
    const { one, two, machine } = stage;
    for (const cpu of [one, two]) cpu.trialTag = trialTag(trial);
    tasklet_schedule(one, 'reaper');
    raise_softirq(two, 'net');
    for (const cpu of [one, two]) READ_ONCE(cpu, machine.at);
    t.deepEqual(stage.runs, ['reaper', 'net'], `trial ${trial}`);
  }
});

test('a CPU that idles behind its trial stores nothing over what is scheduled or raised in the next', (t) => {
  const s = new Stage();
  beginTrial(s.one, 2);
  tasklet_schedule(s.one, 'reaper');
  raiseInterrupt(s.one, 'watchdog');
  const words = (): number[] => [
    s.machine.mem[s.one.block + CPU.lines],
    s.machine.mem[s.one.block + CPU.tasklets + s.one.lines.numberOf('test', 'reaper')],
  ];
  const before = words();
  tasklet_schedule(s.two, 'reaper');
  raiseInterrupt(s.two, 'timer', { on: 0 });
  t.deepEqual(words(), before);
});

test('bad use is refused: one line, or a failure with a name', (t) => {
  const s = new Stage();
  const message = (f: () => void): string => t.throws(f, { instanceOf: RangeError })?.message ?? '';
  t.is(
    message(() => raise_softirq(s.one, 'timer')),
    'raise_softirq(timer): it is a hardirq, and must be a softirq',
  );
  t.is(
    message(() => tasklet_schedule(s.one, 'net')),
    'tasklet_schedule(net): it is a softirq, and must be a tasklet',
  );
  t.is(
    message(() => raiseInterrupt(s.one, 'net', { on: 1 })),
    'raiseInterrupt(net) on CPU 1: a softirq is raised by the CPU that runs it',
  );
  t.true(isAbandoned(() => local_bh_enable(s.one)));
  s.does.set('timer', local_bh_disable);
  raiseInterrupt(s.two, 'timer');
  t.true(
    isAbandoned(() => s.read(s.two)),
    'a handler that leaves softirqs disabled is unbalanced',
  );
});

test('__do_softirq: with interrupts on and in softirq context, unless softirqs are disabled or one runs', (t) => {
  const seen: unknown[] = [];
  const softirq = (cpu: Cpu, at: number, config: string): void => {
    seen.push([at, config, irqs_disabled(cpu), in_serving_softirq(cpu), in_hardirq(cpu)]);
    if (config === 'outer') t.false(__do_softirq(cpu, softirq, at, 'inner'));
  };
  const left: boolean[] = [];
  const handler = (cpu: Cpu, at: number): void => {
    left.push(__do_softirq(cpu, softirq, at, 'outer'));
    seen.push([irqs_disabled(cpu), in_serving_softirq(cpu), in_hardirq(cpu)]);
  };
  const machine = boot({ interrupts: [handler] });
  const [one, two] = machine.cpus;
  machine.atBoundaries(one, () => READ_ONCE(two, two.instance));
  smp_call_function_single(one, 1, handler, one.instance, true);
  t.deepEqual(left, [true]);
  t.deepEqual(seen, [
    [one.instance, 'outer', false, true, false],
    [true, false, true],
  ]);
  local_bh_disable(two);
  smp_call_function_single(one, 1, handler, one.instance, true);
  t.deepEqual(left, [true, false]);
  local_bh_enable(two);
});
