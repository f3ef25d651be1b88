/**
 * Goal: of fair and of sleeping locks, and of sequences, lockdep tells what Linux tells since 5.10: a reader waits for readers, through a writer who waits in
 * between; one in an interrupt does not; nothing else.
 * Method: the CPUs of one thread take locks in turn; nothing ever waits. Each answer is that of the kernel's
 * lib/locking-selftest.c, or follows from its rules.
 */
import test from 'ava';
import { local_irq_restore, local_irq_save } from '../../lib/kernel/irqflags.js';
import {
  read_lock,
  read_trylock,
  read_unlock,
  write_lock,
  write_lock_irqsave,
  write_trylock,
  write_unlock,
  write_unlock_irqrestore,
} from '../../lib/kernel/rwlock.js';
import { mutex_lock, mutex_lock_nested, mutex_trylock, mutex_unlock } from '../../lib/kernel/mutex.js';
import { rcu_read_lock, rcu_read_unlock, synchronize_rcu } from '../../lib/kernel/rcu.js';
import { down_read, down_write, up_read, up_write } from '../../lib/kernel/rwsem.js';
import {
  read_seqcount_begin,
  write_seqcount_begin,
  write_seqcount_end,
  write_seqlock,
  write_sequnlock,
} from '../../lib/kernel/seqlock.js';
import { spin_lock, spin_unlock } from '../../lib/kernel/spinlock.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { WRITE_ONCE } from '../../lib/machine/access.js';
import { wait_on } from '../../lib/machine/waitOn.js';
import { Stage } from './lockdepStage.js';

type Inside = () => void;
const nothing: Inside = () => {};

function reads(s: Stage, cpu: Cpu, name: string, inside = nothing): void {
  read_lock(cpu, s.at(name));
  inside();
  read_unlock(cpu, s.at(name));
}

function writes(s: Stage, cpu: Cpu, name: string, inside = nothing): void {
  write_lock(cpu, s.at(name));
  inside();
  write_unlock(cpu, s.at(name));
}

function spins(s: Stage, cpu: Cpu, name: string, inside = nothing): void {
  spin_lock(cpu, s.at(name));
  inside();
  spin_unlock(cpu, s.at(name));
}

function readsRcu(s: Stage, cpu: Cpu, inside = nothing): void {
  rcu_read_lock(cpu, s.at('rcu'));
  inside();
  rcu_read_unlock(cpu, s.at('rcu'));
}

/** What two CPUs do one after the other, and what could hang. */
const CASES: Readonly<Record<string, readonly [play: (s: Stage) => void, found: readonly string[]]>> = {
  'a reader reads again': [(s) => reads(s, s.one, 'fa', () => reads(s, s.one, 'fa')), ['recursive: fa']],
  'a reader reads another one': [(s) => reads(s, s.one, 'fa', () => reads(s, s.one, 'fb')), []],
  'readers in both orders': [
    (s) => {
      reads(s, s.one, 'fa', () => reads(s, s.one, 'fb'));
      reads(s, s.two, 'fb', () => reads(s, s.two, 'fa'));
    },
    ['circular: fa fb'],
  ],
  'a reader and a writer in both orders': [
    (s) => {
      reads(s, s.one, 'fa', () => writes(s, s.one, 'fb'));
      reads(s, s.two, 'fb', () => writes(s, s.two, 'fa'));
    },
    ['circular: fa fb'],
  ],
  'a reader tries to read again': [
    (s) =>
      reads(s, s.one, 'fa', () => {
        if (read_trylock(s.one, s.at('fa'))) read_unlock(s.one, s.at('fa'));
      }),
    [],
  ],
  'a writer tries in the other order': [
    (s) => {
      writes(s, s.one, 'fa', () => writes(s, s.one, 'fb'));
      writes(s, s.two, 'fb', () => {
        if (write_trylock(s.two, s.at('fa'))) write_unlock(s.two, s.at('fa'));
      });
    },
    [],
  ],
  'a reader wants to write': [(s) => (reads(s, s.one, 'fa'), writes(s, s.one, 'fa')), []],
  'a reader within a spinlock, and the other way round': [
    (s) => {
      spins(s, s.one, 'a', () => reads(s, s.one, 'fa'));
      reads(s, s.two, 'fa', () => spins(s, s.two, 'a'));
    },
    ['circular: a fa'],
  ],
  'readers with interrupts on, and in interrupts': [
    (s) => {
      reads(s, s.two, 'fa');
      s.interrupt((cpu) => reads(s, cpu, 'fa'));
    },
    [],
  ],
  'a reader that is interrupted by a reader': [
    (s) => reads(s, s.two, 'fa', () => s.interrupt((cpu) => reads(s, cpu, 'fa'))),
    [],
  ],
  'a writer with interrupts off, and readers in interrupts': [
    (s) => {
      write_unlock_irqrestore(s.one, s.at('fa'), write_lock_irqsave(s.one, s.at('fa')));
      s.interrupt((cpu) => reads(s, cpu, 'fa'));
      reads(s, s.one, 'fa');
    },
    [],
  ],
  'a writer with interrupts on, and readers in interrupts': [
    (s) => {
      writes(s, s.one, 'fa');
      s.interrupt((cpu) => reads(s, cpu, 'fa'));
    },
    ['inconsistent: fa'],
  ],
  'a reader with interrupts on, and writers in interrupts': [
    (s) => {
      reads(s, s.one, 'fa');
      s.interrupt((cpu) => writes(s, cpu, 'fa'));
    },
    ['inconsistent: fa'],
  ],
  'a semaphore is read again': [
    (s) => {
      down_read(s.one, s.at('fa'));
      down_read(s.one, s.at('fa'));
      up_read(s.one, s.at('fa'));
      up_read(s.one, s.at('fa'));
    },
    ['recursive: fa'],
  ],
  'a mutex within a semaphore, and the other way round': [
    (s) => {
      down_read(s.one, s.at('fa'));
      mutex_lock(s.one, s.at('a'));
      mutex_unlock(s.one, s.at('a'));
      up_read(s.one, s.at('fa'));
      mutex_lock(s.two, s.at('a'));
      down_write(s.two, s.at('fa'));
      up_write(s.two, s.at('fa'));
      mutex_unlock(s.two, s.at('a'));
    },
    ['circular: a fa'],
  ],
  'mutexes in both orders, released out of order': [
    (s) => {
      mutex_lock(s.one, s.at('a'));
      mutex_lock(s.one, s.at('b'));
      mutex_unlock(s.one, s.at('a'));
      mutex_unlock(s.one, s.at('b'));
      mutex_lock(s.two, s.at('b'));
      mutex_lock(s.two, s.at('a'));
      mutex_unlock(s.two, s.at('b'));
      mutex_unlock(s.two, s.at('a'));
    },
    ['circular: a b'],
  ],
  'a mutex is tried in the other order': [
    (s) => {
      mutex_lock(s.one, s.at('a'));
      mutex_lock(s.one, s.at('b'));
      mutex_unlock(s.one, s.at('b'));
      mutex_unlock(s.one, s.at('a'));
      mutex_lock(s.two, s.at('b'));
      if (mutex_trylock(s.two, s.at('a'))) mutex_unlock(s.two, s.at('a'));
      mutex_unlock(s.two, s.at('b'));
    },
    [],
  ],
  'two mutexes of a class': [
    (s) => {
      mutex_lock(s.one, s.at('list[0].e'));
      mutex_lock(s.one, s.at('list[1].e'));
      mutex_unlock(s.one, s.at('list[1].e'));
      mutex_unlock(s.one, s.at('list[0].e'));
    },
    ['recursive: list.e'],
  ],
  'two mutexes of a class, the second nested': [
    (s) => {
      mutex_lock(s.one, s.at('list[0].e'));
      mutex_lock_nested(s.one, s.at('list[1].e'), 1);
      mutex_unlock(s.one, s.at('list[1].e'));
      mutex_unlock(s.one, s.at('list[0].e'));
    },
    [],
  ],
  'a sequence is written with interrupts on, and read in an interrupt': [
    (s) => {
      write_seqcount_begin(s.one, s.at('a'));
      write_seqcount_end(s.one, s.at('a'));
      s.interrupt((cpu) => void read_seqcount_begin(cpu, s.at('a')));
    },
    ['inconsistent: a'],
  ],
  'a sequence is written with interrupts off, and read in an interrupt and out of it': [
    (s) => {
      const flags = local_irq_save(s.one);
      write_seqcount_begin(s.one, s.at('a'));
      write_seqcount_end(s.one, s.at('a'));
      local_irq_restore(s.one, flags);
      s.interrupt((cpu) => void read_seqcount_begin(cpu, s.at('a')));
      read_seqcount_begin(s.one, s.at('a'));
    },
    [],
  ],
  'a sequence is read with interrupts on, and written in an interrupt': [
    (s) => {
      read_seqcount_begin(s.one, s.at('a'));
      s.interrupt((cpu) => {
        write_seqcount_begin(cpu, s.at('a'));
        write_seqcount_end(cpu, s.at('a'));
      });
    },
    [],
  ],
  'who writes a sequence reads it': [
    (s) => {
      write_seqcount_begin(s.one, s.at('a'));
      write_seqcount_end(s.one, s.at('a'));
      read_seqcount_begin(s.one, s.at('a'));
    },
    [],
  ],
  // The kernel acquires rcu_lock_map unchecked: a reader waits for nobody, and who waits for readers holds no lock that one of them spins on.
  'a lock within a reader, and a reader within that lock': [
    (s) => {
      readsRcu(s, s.one, () => spins(s, s.one, 'a'));
      spins(s, s.two, 'a', () => readsRcu(s, s.two));
    },
    [],
  ],
  'a grace period under a mutex that a reader tries to take': [
    (s) => {
      readsRcu(s, s.one, () => {
        if (mutex_trylock(s.one, s.at('a'))) mutex_unlock(s.one, s.at('a'));
      });
      mutex_lock(s.two, s.at('a'));
      synchronize_rcu(s.two, s.at('rcu'));
      mutex_unlock(s.two, s.at('a'));
    },
    [],
  ],
  'readers on both sides of an inversion': [
    (s) => {
      readsRcu(s, s.one, () => spins(s, s.one, 'a', () => spins(s, s.one, 'b')));
      readsRcu(s, s.two, () => spins(s, s.two, 'b', () => spins(s, s.two, 'a')));
    },
    ['circular: a b'],
  ],
  'a reader in an interrupt, and one that it interrupts': [
    (s) => readsRcu(s, s.two, () => s.interrupt((cpu) => readsRcu(s, cpu))),
    [],
  ],
  // The kernel sees no wait in a loop over a word: what two CPUs wait for in that way, one holding what the other spins on, is not predicted.
  'a word that is waited for under a lock with interrupts off, and stored under it': [
    (s) => {
      const flags = local_irq_save(s.one);
      WRITE_ONCE(s.two, s.at('no lock'), 1);
      spins(s, s.one, 'a', () => wait_on(s.one, s.at('no lock'), -1, 1));
      local_irq_restore(s.one, flags);
      const theirs = local_irq_save(s.two);
      spins(s, s.two, 'a', () => WRITE_ONCE(s.two, s.at('no lock'), 1));
      local_irq_restore(s.two, theirs);
    },
    [],
  ],
  'a seqlock': [
    (s) => {
      write_seqlock(s.one, s.at('a'));
      write_sequnlock(s.one, s.at('a'));
    },
    [],
  ],
  // A writer waits for fa with interrupts on; the handler that reads passes it, so that b is not waited for.
  'a lock that is taken under a reader which interrupts also are': [
    (s) => {
      reads(s, s.one, 'fa', () => reads(s, s.one, 'fb'));
      s.interrupt((cpu) => reads(s, cpu, 'fb'));
      const flags = local_irq_save(s.one);
      writes(s, s.one, 'fb', () => reads(s, s.one, 'fa'));
      local_irq_restore(s.one, flags);
    },
    ['circular: fa fb'],
  ],
};

for (const [name, [play, found]] of Object.entries(CASES)) {
  test(`${name}: ${found.length === 0 ? 'nothing' : found.join('; ')}`, (t) => {
    const stage = new Stage();
    play(stage);
    t.deepEqual(stage.found(), found);
    t.true(stage.facts().complete);
  });
}

test('a reader of RCU is among the locks that are held, from its outermost rcu_read_lock() on', (t) => {
  const s = new Stage();
  readsRcu(s, s.one, () => readsRcu(s, s.one, () => spins(s, s.one, 'a', () => spins(s, s.one, 'b'))));
  spins(s, s.one, 'c');
  const { events } = s.facts();
  t.deepEqual(
    events.map(({ held }) => held.map(({ lockClass }) => lockClass?.name)),
    [['rcu_read_lock'], ['rcu_read_lock', 'a'], []],
  );
  t.deepEqual(
    events.map(({ after }) => after.map(({ name }) => name)),
    [[], ['a'], []],
  );
});
