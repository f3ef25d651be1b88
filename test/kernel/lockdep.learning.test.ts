/**
 * Goal: a CPU learns each order once, none that was not seen and all that were, and what it notes of an order is what was so.
 * Method: the CPUs of one thread take locks in orders given or at random; what they have noted is read as the host reads it.
 */
import test from 'ava';
import fc from 'fast-check';
import { local_irq_disable, local_irq_enable } from '../../lib/kernel/irqflags.js';
import { readLockFacts } from '../../lib/kernel/lockdepEvents.js';
import { smp_call_function_single } from '../../lib/kernel/smp.js';
import {
  spin_lock,
  spin_lock_irqsave,
  spin_lock_nested,
  spin_unlock,
  spin_unlock_irqrestore,
} from '../../lib/kernel/spinlock.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import { CPU } from '../../lib/machine/layout.js';
import { CLASSES_MAX } from '../../lib/machine/lockdepLayout.js';
import { boot, STEPS } from '../machine/boot.js';
import { NAMES, Stage, handler } from './lockdepStage.js';

type Play = { lock: number; irqsOff: boolean; cpu: number; oldest: boolean };

/** The orders that were seen, `before > after`, as told by the plainest account of it. */
function ordersOf(plays: readonly Play[]): string[] {
  const orders = new Set<string>();
  const held: string[][] = [[], []];
  for (const { lock, irqsOff, cpu, oldest } of plays) {
    const name = NAMES[lock];
    const taken = held.flat().includes(name);
    if (taken && !held[cpu].includes(name)) continue;
    if (held[cpu].includes(name)) held[cpu].splice(oldest ? 0 : held[cpu].length - 1, 1);
    else {
      for (const before of [...held[cpu], ...(irqsOff ? ['irq[cpu]'] : [])]) orders.add(`${before} > ${name}`);
      held[cpu].push(name);
    }
  }
  return [...orders].toSorted();
}

test('the orders learnt are those that were seen, whatever is taken and released when', (t) => {
  const play = fc.record({
    lock: fc.nat({ max: 3 }),
    irqsOff: fc.boolean(),
    cpu: fc.nat({ max: 1 }),
    oldest: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(play, { maxLength: 60 }), (plays) => {
      const s = new Stage();
      const held: string[][] = [[], []];
      for (const { lock, irqsOff, cpu: id, oldest } of plays) {
        const cpu = s.machine.cpus[id];
        const name = NAMES[lock];
        if (held[1 - id].includes(name)) continue;
        if (held[id].includes(name)) {
          const [released] = held[id].splice(oldest ? 0 : held[id].length - 1, 1);
          spin_unlock(cpu, s.at(released));
          continue;
        }
        if (irqsOff) local_irq_disable(cpu);
        spin_lock(cpu, s.at(name));
        if (irqsOff) local_irq_enable(cpu);
        held[id].push(name);
      }
      const learnt = s
        .facts()
        .events.flatMap(({ acquired, after }) => after.map((before) => `${before.name} > ${acquired?.name}`));
      t.deepEqual(learnt.toSorted(), ordersOf(plays));
    }),
    { numRuns: 200 },
  );
});

test('what is known is not noted again, by whichever CPU', (t) => {
  const s = new Stage(3);
  s.nest(s.one, 'a', 'b');
  const { length } = s.facts().events;
  for (const cpu of s.machine.cpus) s.nest(cpu, 'a', 'b');
  t.is(s.facts().events.length, length);
});

test('an event says who did it, where, and what was held', (t) => {
  const s = new Stage();
  const flags = spin_lock_irqsave(s.two, s.at('a'));
  s.nest(s.two, 'b');
  spin_unlock_irqrestore(s.two, s.at('a'), flags);
  const event = s.facts().events.at(-1);
  t.like(event, { acquired: { name: 'b' }, cpu: 1, task: 1, trial: 1, step: '-', heldCount: 1, state: 1 });
  t.deepEqual(
    event?.after.map(({ name }) => name),
    ['a', 'irq[cpu]'],
  );
  t.like(event?.held[0], { lockClass: { name: 'a' }, offset: 0, state: 1 });
});

test('what an interrupt found held is named where it is, though the handler works on another instance', (t) => {
  const s = new Stage();
  spin_lock(s.two, s.at('b'));
  const other = s.machine.map.instanceStride;
  s.one.instance += other;
  s.config.run = (cpu) => {
    spin_lock(cpu, s.at('a') + other);
    spin_unlock(cpu, s.at('a') + other);
  };
  s.one.mem[s.one.block + CPU.instance] = s.one.instance;
  smp_call_function_single(s.one, 1, handler, 0, false);
  READ_ONCE(s.two, s.at('no lock'));
  const event = s.facts().events.at(-1);
  t.is(event?.acquired?.name, 'a');
  t.deepEqual(
    event?.held.map(({ offset }) => NAMES[offset]),
    ['b'],
  );
});

test('more classes than there are numbers: what is missing is said', (t) => {
  const machine = boot({ words: CLASSES_MAX + 1, lockNames: (offset) => `lock ${offset}` });
  const [cpu] = machine.cpus;
  const complete = (): boolean => readLockFacts(machine.mem, machine.map, machine.lockClasses, STEPS).complete;
  for (let i = 0; i < CLASSES_MAX; i++) {
    spin_lock(cpu, machine.at + i);
    spin_unlock(cpu, machine.at + i);
  }
  t.true(complete());
  spin_lock(cpu, machine.at + CLASSES_MAX);
  spin_unlock(cpu, machine.at + CLASSES_MAX);
  t.false(complete());
});

test('without lockdep nothing is learnt', (t) => {
  const machine = boot({ words: 8 });
  const [cpu] = machine.cpus;
  spin_lock(cpu, machine.at);
  spin_lock(cpu, machine.at + 1);
  spin_unlock(cpu, machine.at + 1);
  spin_unlock(cpu, machine.at);
  t.deepEqual(readLockFacts(machine.mem, machine.map, [], STEPS), { events: [], complete: true });
});

test('a lock subclass that cannot be told apart', (t) => {
  const s = new Stage();
  t.throws(() => spin_lock_nested(s.one, s.at('a'), 8), { instanceOf: RangeError, message: /subclass 8/ });
});
