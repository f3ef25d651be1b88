/**
 * Goal: the deadlocks of the built-in races are told from a run in which nothing hung, and of a row that holds nothing is
 * told: not one false alarm.
 * Method: each row of `verify` runs with one CPU at a time, in both orders, so that nothing can hang, as do variants under
 * knobs at random; then every merged fix runs on real threads.
 */
import test from 'ava';
import fc from 'fast-check';
import { requireActors } from '../../lib/race/kinds.js';
import { builtInRaces, loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import { DEADLOCK } from '../../lib/machine/signatures.js';
import { expectedOutcome, type Knobs } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import type { Lockdep } from '../../lib/race/possibleDeadlocks.js';
import type { ActorRace } from '../../lib/race/race.js';
import { RaceFault } from '../../lib/race/raceFault.js';
import { planOf } from './plan.js';
import { solo } from './solo.js';
import { runRace } from '../harness/keptThreads.js';

// The canaries hang on purpose, some of them without an instruction at which they could be left.
const races = (await Promise.all(builtInRaces().map((name) => loadRace(raceUrl(name) ?? name)))).filter(
  ({ race }) => race.rows.length > 0,
);
const TRIALS = 500;

function words({ possibleDeadlocks }: Lockdep): string[] {
  return possibleDeadlocks.map(({ kind, locks }) => `${kind}: ${locks.toSorted().join(' ')}`).toSorted();
}

/** Whether the race says in a line that these knobs do not go together. */
function isRefused(race: ActorRace, { variant, knobs }: { readonly variant: string; readonly knobs: Knobs }): boolean {
  try {
    race.configure(variant, knobsFor(race, variant, knobs));
    return false;
  } catch (thrown) {
    if (thrown instanceof RaceFault) return true;
    throw thrown;
  }
}

/** What must be told of the rows that deadlock, by race and row; of all others, nothing. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  'pgd-lock: buggy, single PTE lock': ['ipi-wait: irq[cpu] mm.page_table_lock'],
  'pgd-lock: buggy, huge page': ['ipi-wait: irq[cpu] mm.page_table_lock'],
  'pgd-lock: buggy, huge page, 3 CPUs': ['ipi-wait: irq[cpu] mm.page_table_lock'],
  'pgd-lock: buggy, 3 CPUs, the third owes the acknowledgement': ['ipi-wait: irq[cpu] mm.page_table_lock'],
  'pgd-lock: buggy, try_to_unmap, single PTE lock': ['ipi-wait: irq[cpu] mm.page_table_lock'],
  'pgd-lock: buggy, page_mkclean, single PTE lock': ['ipi-wait: irq[cpu] mm.page_table_lock'],
  'pgd-lock: merged fix, pgd_free in an interrupt': [
    'inconsistent: pgd_lock',
    'irq-order: mm.page_table_lock pgd_lock',
  ],
  'pgd-lock: merged fix, pgd_free in a softirq': ['inconsistent: pgd_lock', 'irq-order: mm.page_table_lock pgd_lock'],
  'pgd-lock: spin_lock_bh, pgd_free in an interrupt': [
    'inconsistent: pgd_lock',
    'irq-order: mm.page_table_lock pgd_lock',
  ],
  'pgd-lock: rwlock, interrupts free a pgd': ['inconsistent: pgd_rwlock', 'irq-order: mm.page_table_lock pgd_rwlock'],
  'pgd-lock: rwlock, writers spin with interrupts off, 3 CPUs': ['ipi-wait: irq[cpu] mm.page_table_lock pgd_rwlock'],
  'xen-pin: merged fix, exit, flush by IPI': ['ipi-wait: irq[cpu] pte_page.ptl'],
};

for (const { race } of races) {
  for (const { name, variant, knobs, cpus } of race.rows) {
    const expected = expectedOutcome(race, variant, knobsFor(race, variant, knobs ?? {}));
    const told = TOLD[`${race.name}: ${name}`] ?? [];
    test(`${race.name}, ${name}: ${told.length === 0 ? 'nothing' : told.join('; ')}`, (t) => {
      t.is(told.length > 0, expected === DEADLOCK);
      const seen = new Set<string>();
      for (const reversed of [false, true]) {
        const { lockdep, failed } = solo(requireActors(race), { variant, knobs, cpus, reversed });
        t.true(lockdep.complete);
        if (expected === null || expected === DEADLOCK) t.false(failed);
        for (const found of words(lockdep)) seen.add(found);
      }
      t.deepEqual([...seen].toSorted(), told);
    });
  }
}

for (const { race } of races) {
  // What a race expects of an interrupt goes by the CPU that it comes to; lockdep goes by any CPU, as the kernel's does.
  test(`${race.name}, whatever the knobs: a deadlock is told, and of what holds no cycle but by an interrupt`, (t) => {
    const knobs = fc.record(
      Object.fromEntries(Object.entries(race.knobs).map(([name, { values }]) => [name, fc.constantFrom(...values)])),
    );
    const variant = fc.constantFrom(...Object.keys(race.variants));
    const [few, many] = [3, 4].map((cpus) => Math.min(cpus, race.cpus.max ?? Infinity));
    fc.assert(
      fc.property(variant, knobs, fc.integer({ min: few, max: many }), (name, asked, cpus) => {
        const setup = { variant: name, knobs: { ...asked, ...race.variants[name].needs }, cpus };
        fc.pre(!isRefused(requireActors(race), setup));
        const expected = expectedOutcome(race, name, knobsFor(race, name, setup.knobs));
        const told = [false, true]
          .flatMap((reversed) => solo(requireActors(race), { ...setup, reversed }).lockdep.possibleDeadlocks)
          .map(({ kind }) => kind);
        if (expected === DEADLOCK) t.not(told.length, 0);
        if (expected === null) t.true(told.every((kind) => kind === 'inconsistent' || kind === 'irq-order'));
      }),
      { numRuns: 60 },
    );
  });
}

test('the 2011 deadlock, from a lockstep run in which CPU 1 has ended before CPU 0 begins', async (t) => {
  const loaded = await loadRace(raceUrl('pgd-lock') ?? 'no such race');
  const run = LockstepRun.start({ loaded, variant: 'buggy' });
  await run.runUntil(1, 'end');
  const { signature, lockdep } = await run.finish();
  t.is(signature, null);
  t.deepEqual(words(lockdep), ['ipi-wait: irq[cpu] mm.page_table_lock']);
  const [{ report }] = lockdep.possibleDeadlocks;
  t.true(report.includes('kswapd0/300 is about to wait for the interrupts of other CPUs:'));
  t.true(report.some((line) => line.includes('mm[0].page_table_lock taken at C1 with interrupts on')));
  t.true(report.some((line) => line.includes('vmalloc_sync_all+0x3/')));
});

for (const loaded of races) {
  const { race } = loaded;
  test.serial(`${race.name}:${race.merged} on real threads: nothing`, async (t) => {
    const outcome = await runRace(race, planOf(loaded, { variant: race.merged, trials: TRIALS }));
    t.is(outcome.harnessError, null);
    t.deepEqual(outcome.lockdep, { complete: true, possibleDeadlocks: [] });
  });
}

test.serial('--no-lockdep: nobody looks', async (t) => {
  const [loaded] = races;
  const { race } = loaded;
  const outcome = await runRace(race, { ...planOf(loaded, { variant: race.merged, trials: 64 }), lockdep: false });
  t.is(outcome.harnessError, null);
  t.is(outcome.lockdep, null);
});
