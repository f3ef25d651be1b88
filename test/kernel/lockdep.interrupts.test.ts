/**
 * Goal: lockdep tells hardirqs, softirqs and NMIs apart, as the kernel does, and says nothing that the kernel would not.
 * Method: one CPU takes locks in handlers and outside of them; then the report is read.
 */
import test from 'ava';
import { raiseInterrupt } from '../../lib/kernel/interrupts.js';
import { local_irq_restore, local_irq_save } from '../../lib/kernel/irqflags.js';
import { classesOf, possibleCycles } from '../../lib/kernel/lockdepGraph.js';
import { lockReport } from '../../lib/kernel/lockdepReport.js';
import { readLockFacts } from '../../lib/kernel/lockdepEvents.js';
import { local_bh_disable, local_bh_enable, raise_softirq } from '../../lib/kernel/softirq.js';
import { spin_lock, spin_lock_bh, spin_trylock, spin_unlock, spin_unlock_bh } from '../../lib/kernel/spinlock.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import { kernelFunction } from '../../lib/machine/callStack.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import type { InterruptLine, LineKind } from '../../lib/machine/lineTable.js';
import { boot, STEPS, type Machine } from '../machine/boot.js';

const NAMES = ['a', 'b', 'c'];

class Stage {
  readonly machine: Machine;
  readonly cpu: Cpu;
  #run: (cpu: Cpu) => void = () => {};

  constructor(...kinds: readonly LineKind[]) {
    const lines = kinds.map((kind): InterruptLine => ({
      name: kind,
      kind,
      priority: 1,
      storm: 0,
      fn: kernelFunction(`${kind}_handler`).id,
      handler: (cpu: Cpu) => this.#run(cpu),
    }));
    this.machine = boot({ lines, words: NAMES.length, lockNames: (offset) => NAMES[offset] });
    [this.cpu] = this.machine.cpus;
  }

  at(name: string): number {
    return this.machine.at + NAMES.indexOf(name);
  }

  nest(...names: readonly string[]): void {
    for (const name of names) spin_lock(this.cpu, this.at(name));
    for (const name of names.toReversed()) spin_unlock(this.cpu, this.at(name));
  }

  in(kind: LineKind, run: () => void): void {
    this.#run = run;
    if (kind === 'softirq') raise_softirq(this.cpu, kind);
    else raiseInterrupt(this.cpu, kind);
    READ_ONCE(this.cpu, this.machine.at);
  }

  irqsOff(run: () => void): void {
    const flags = local_irq_save(this.cpu);
    run();
    local_irq_restore(this.cpu, flags);
  }

  bhOff(run: () => void): void {
    local_bh_disable(this.cpu);
    run();
    local_bh_enable(this.cpu);
  }

  found(): string[] {
    return this.#cycles().map((cycle) => `${cycle.kind}: ${classesOf(cycle).toSorted().join(' ')}`);
  }

  report(): readonly string[] {
    const naming = { steps: STEPS, comm: () => 'task', symbol: (offset: number) => NAMES[offset] };
    return this.#cycles().flatMap((cycle) => lockReport(cycle, this.#events(), naming, 'race r'));
  }

  #events() {
    return readLockFacts(this.machine.mem, this.machine.map, this.machine.lockClasses, STEPS).events;
  }

  #cycles() {
    return possibleCycles(this.#events());
  }
}

/** What is done with three locks, and what can hang. */
const SCENARIOS: Readonly<Record<string, readonly [done: (s: Stage) => void, found: readonly string[]]>> = {
  'taken in a softirq and held with softirqs on': [
    (s) => {
      s.in('softirq', () => s.nest('a'));
      s.nest('a');
    },
    ['inconsistent: a'],
  ],
  'taken in a softirq, and elsewhere by spin_lock_bh or with interrupts off': [
    (s) => {
      s.in('softirq', () => s.nest('a'));
      spin_lock_bh(s.cpu, s.at('a'));
      spin_unlock_bh(s.cpu, s.at('a'));
      s.irqsOff(() => s.nest('a'));
    },
    [],
  ],
  'taken in a hardirq and held with softirqs disabled': [
    (s) => {
      s.in('hardirq', () => s.nest('a'));
      s.bhOff(() => s.nest('a'));
    },
    ['inconsistent: a'],
  ],
  'taken in a softirq, and in a hardirq': [
    (s) => {
      s.in('softirq', () => s.nest('a'));
      s.in('hardirq', () => s.nest('a'));
    },
    ['inconsistent: a'],
  ],
  'softirqs enabled with the lock held': [
    (s) => {
      s.in('softirq', () => s.nest('a'));
      local_bh_disable(s.cpu);
      spin_lock(s.cpu, s.at('a'));
      local_bh_enable(s.cpu);
      spin_unlock(s.cpu, s.at('a'));
    },
    ['inconsistent: a'],
  ],
  'a lock of softirqs before one that is held with them on': [
    (s) => {
      s.nest('b');
      s.in('softirq', () => s.nest('a'));
      s.bhOff(() => s.nest('a', 'b'));
    },
    ['irq-order: a b'],
  ],
  'the same, but in no softirq': [
    (s) => {
      s.nest('b');
      s.nest('a');
      s.bhOff(() => s.nest('a', 'b'));
    },
    [],
  ],
  'what a handler takes is no order behind what it interrupts': [
    (s) => {
      s.bhOff(() => s.nest('a'));
      spin_lock(s.cpu, s.at('b'));
      s.in('softirq', () => s.nest('a', 'c'));
      spin_unlock(s.cpu, s.at('b'));
      s.bhOff(() => s.nest('c'));
    },
    [],
  ],
  'taken in an NMI and elsewhere': [
    (s) => {
      s.irqsOff(() => s.nest('a'));
      s.in('nmi', () => s.nest('a'));
    },
    ['inconsistent: a'],
  ],
  'only tried in an NMI': [
    (s) => {
      s.nest('a');
      s.in('nmi', () => {
        if (spin_trylock(s.cpu, s.at('a'))) spin_unlock(s.cpu, s.at('a'));
      });
    },
    [],
  ],
  'taken in NMIs alone, in two orders': [
    (s) => {
      s.in('nmi', () => s.nest('a', 'b'));
      s.in('nmi', () => s.nest('b', 'a'));
    },
    [],
  ],
};

for (const [name, [done, found]] of Object.entries(SCENARIOS)) {
  test(`${name}: ${found.join(', ') || 'nothing'}`, (t) => {
    const s = new Stage('hardirq', 'softirq', 'nmi');
    done(s);
    t.deepEqual(s.found(), found);
  });
}

test('the report has the notation of the kernel', (t) => {
  const softirq = new Stage('softirq');
  softirq.nest('a');
  softirq.in('softirq', () => softirq.nest('a'));
  const report = softirq.report();
  t.true(report.includes('WARNING: inconsistent lock state'));
  t.true(report.includes('inconsistent {SOFTIRQ-ON-W} -> {IN-SOFTIRQ-W} usage.'));
  t.true(report.includes('task/300 [HC0[0]:SC1[1]:HE1:SE0] takes:'));
  t.true(report.some((text) => text.startsWith(' (a){+.?.}, at: ')));
  t.true(report.includes('{SOFTIRQ-ON-W} state was registered at:'));

  const order = new Stage('softirq');
  order.nest('b');
  order.in('softirq', () => order.nest('a'));
  order.bhOff(() => order.nest('a', 'b'));
  t.true(order.report().includes('WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected'));

  const nmi = new Stage('nmi');
  nmi.nest('a');
  nmi.in('nmi', () => nmi.nest('a'));
  t.true(nmi.report().includes('inconsistent {INITIAL USE} -> {IN-NMI} usage.'));
});
