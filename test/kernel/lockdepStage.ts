/** Two CPUs of one thread and locks with names, for the tests of lockdep. */
import { local_irq_restore, local_irq_save } from '../../lib/kernel/irqflags.js';
import { classesOf, possibleCycles } from '../../lib/kernel/lockdepGraph.js';
import { readLockFacts, type LearntLocks } from '../../lib/kernel/lockdepEvents.js';
import { DEFINE_PER_CPU, per_cpu_ptr } from '../../lib/kernel/percpu.js';
import { BRLOCK } from '../../lib/kernel/brlock.js';
import { RCU } from '../../lib/kernel/rcu.js';
import { RWLOCK } from '../../lib/kernel/rwlock.js';
import { smp_call_function_single } from '../../lib/kernel/smp.js';
import { spin_lock, spin_unlock } from '../../lib/kernel/spinlock.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { boot, STEPS, type Machine } from '../machine/boot.js';

export const NAMES = ['a', 'b', 'c', 'd', 'list[0].e', 'list[1].e', 'list[2].e', 'no lock'];
const RW = NAMES.length;
const FAIR = RW + BRLOCK.WORDS;
const FAIR_NAMES = ['fa', 'fb'];
const READERS = FAIR + FAIR_NAMES.length * RWLOCK.WORDS;
const RQ = DEFINE_PER_CPU('rq_lock', 1);

interface Actors {
  /** What the handler does. */
  run: (cpu: Cpu) => void;
}

/** Two CPUs, the word index of each lock by its name, and what the scenarios are made of. */
export class Stage {
  readonly config: Actors = { run: () => {} };
  readonly machine: Machine;
  readonly one: Cpu;
  readonly two: Cpu;

  constructor(cpus = 2) {
    this.machine = boot({
      cpus,
      words: READERS + RCU.WORDS,
      interrupts: [handler],
      config: this.config,
      lockNames: (offset) =>
        NAMES[offset] ??
        (offset < FAIR
          ? `rw.of_cpu[${offset - RW}]`
          : offset >= READERS
            ? `rcu[${offset - READERS}]`
            : `${FAIR_NAMES[Math.floor((offset - FAIR) / RWLOCK.WORDS)]}[${(offset - FAIR) % RWLOCK.WORDS}]`),
    });
    [this.one, this.two] = this.machine.cpus;
  }

  /** The copies of the per-CPU lock are `rq0` and `rq1`; `fa` and `fb` are fair rwlocks, `rw` is an unfair one, `rcu` is what readers of RCU use. */
  at(name: string): number {
    if (/^rq\d$/.test(name)) return per_cpu_ptr(this.one, RQ, Number(name.slice(2)));
    if (name === 'rcu') return this.machine.at + READERS;
    if (FAIR_NAMES.includes(name)) return this.machine.at + FAIR + FAIR_NAMES.indexOf(name) * RWLOCK.WORDS;
    return name === 'rw' ? this.machine.at + RW : this.machine.at + NAMES.indexOf(name);
  }

  /** Takes locks in this order, then releases them. */
  nest(cpu: Cpu, ...names: readonly string[]): void {
    for (const name of names) spin_lock(cpu, this.at(name));
    for (const name of names.toReversed()) spin_unlock(cpu, this.at(name));
  }

  nestIrqsOff(cpu: Cpu, ...names: readonly string[]): void {
    const flags = local_irq_save(cpu);
    this.nest(cpu, ...names);
    local_irq_restore(cpu, flags);
  }

  /** CPU two takes an interrupt here. */
  interrupt(run: (cpu: Cpu) => void): void {
    this.config.run = run;
    smp_call_function_single(this.one, 1, handler, 0, false);
    READ_ONCE(this.two, this.machine.at);
  }

  /** CPU one has CPU two run a handler and waits for it; two is at instruction boundaries meanwhile. */
  ipi(run: (cpu: Cpu) => void = () => {}): void {
    this.config.run = run;
    this.machine.atBoundaries(this.one, () => READ_ONCE(this.two, this.machine.at));
    smp_call_function_single(this.one, 1, handler, 0, true);
  }

  facts(): LearntLocks {
    return readLockFacts(this.machine.mem, this.machine.map, this.machine.lockClasses, STEPS);
  }

  /** What could hang: `kind: class class ...`. */
  found(): string[] {
    return possibleCycles(this.facts().events).map(
      (cycle) => `${cycle.kind}: ${classesOf(cycle).toSorted().join(' ')}`,
    );
  }
}

export function handler(cpu: Cpu, _info: number, config: Actors): void {
  config.run(cpu);
}
