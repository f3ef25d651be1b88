/**
 * Goal: an address that a task took by this_cpu_ptr() on one CPU fails where it is used on another, by any instruction, and nothing else
 * does: not in a handler, not back on its CPU, not of a copy that is meant.
 * Method: two Cpu objects in one thread that exchange their CPUs at a preemption point.
 */
import test from 'ava';
import { DEFINE_PER_CPU, per_cpu_ptr, raw_cpu_ptr, this_cpu_ptr } from '../../lib/kernel/percpu.js';
import { spin_lock } from '../../lib/kernel/spinlock.js';
import { READ_ONCE, WRITE_ONCE, atomic_fetch_add, cmpxchg } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { IN_HARDIRQ } from '../../lib/machine/irqMask.js';
import { exchangeCpus } from '../../lib/machine/migration.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { STALE_PERCPU } from '../../lib/machine/signatures.js';
import { wait_on } from '../../lib/machine/waitOn.js';
import { beginTrial, boot, isAbandoned, snapshotOf, type Machine } from '../machine/boot.js';

const counter = DEFINE_PER_CPU('test_stale', 4);
const other = DEFINE_PER_CPU('test_stale_other', 1);

/** The tasks of CPU 0 and CPU 1 exchange their CPUs. */
function exchange({ cpus: [a, b] }: Machine): void {
  a.lockstep = { boundary: () => {}, finish: () => {}, standAside: () => exchangeCpus(b, false) };
  exchangeCpus(a, true);
  a.lockstep = null;
}

const USES: Readonly<Record<string, (cpu: Cpu, address: number) => void>> = {
  READ_ONCE,
  WRITE_ONCE: (cpu, address) => WRITE_ONCE(cpu, address + 3, 1),
  cmpxchg: (cpu, address) => cmpxchg(cpu, address, 0, 1),
  atomic_fetch_add: (cpu, address) => atomic_fetch_add(cpu, address, 1),
  spin_lock,
  wait_on: (cpu, address) => wait_on(cpu, address, -1, 0),
};

for (const memory of ['sc', 'tso'] as const)
  for (const [name, use] of Object.entries(USES))
    test(`${name} on another CPU is stale, and says whose copy it was, with ${memory}`, (t) => {
      const m = boot({ memory });
      const [a] = m.cpus;
      const address = this_cpu_ptr(a, counter);
      this_cpu_ptr(a, other);
      exchange(m);
      t.true(isAbandoned(() => use(a, address)));
      const { message, detail } = snapshotOf(m, STALE_PERCPU);
      t.regex(message, /of test_stale of CPU 0: the task took its address there, and runs on CPU 1$/);
      t.deepEqual(detail.slice(1, 3), [0, 1]);
    });

/** Uses that are right: each gets the address that CPU 0 had, behind the exchange. */
const RIGHT: Readonly<Record<string, (m: Machine, address: number) => void>> = {
  'back on its CPU': (m, address) => (exchange(m), WRITE_ONCE(m.cpus[0], address, 1)),
  'taken anew': ({ cpus: [a] }) => WRITE_ONCE(a, this_cpu_ptr(a, counter), 1),
  meant: ({ cpus: [a] }) => WRITE_ONCE(a, per_cpu_ptr(a, counter, 0), 1),
  'by the other task, which did not take it': ({ cpus: [, b] }, address) => WRITE_ONCE(b, address, 1),
  'in a handler'({ cpus: [a], mem }, address) {
    mem[a.irqOff] = IN_HARDIRQ;
    WRITE_ONCE(a, address, 1);
  },
  'in the next trial': ({ cpus: [a] }, address) => (beginTrial(a, 2), WRITE_ONCE(a, address, 1)),
};

for (const [how, use] of Object.entries(RIGHT))
  test(`${how}: no failure`, (t) => {
    const m = boot();
    const address = this_cpu_ptr(m.cpus[0], counter);
    exchange(m);
    use(m, address);
    t.false(m.cpus.some(hasFailed));
  });

test('an address that was taken as a raw one', (t) => {
  const m = boot();
  const address = raw_cpu_ptr(m.cpus[0], counter);
  exchange(m);
  WRITE_ONCE(m.cpus[0], address, 1);
  t.false(m.cpus.some(hasFailed));
});

test('one that is taken behind an exchange is stale behind the next', (t) => {
  const m = boot();
  const [a] = m.cpus;
  exchange(m);
  const address = this_cpu_ptr(a, counter);
  WRITE_ONCE(a, address, 1);
  exchange(m);
  t.true(isAbandoned(() => WRITE_ONCE(a, address, 2)));
});
