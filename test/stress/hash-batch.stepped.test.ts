/**
 * Goal: hash-batch fails and holds for the reasons that its mail gives: between Z5 and Z7 a fault makes the second entry,
 * a fix keeps the fault behind the PTE lock until the first entry is gone, and each broken fix fails where it is broken.
 * Method: real threads in lockstep: CPU 0 is stepped into the window, CPU 1 does A1 to A5 there, then CPU 0 goes on.
 */
import test from 'ava';
import { requireActors } from '../../lib/race/kinds.js';
import { readDuplicate } from '../../lib/arch/ppc64/audit.js';
import { HPTE_R, HPTE_V, PP_RWRW, frameOf } from '../../lib/arch/ppc64/hashTable.js';
import { BATCH, ppc64_tlb_batch, readTlbBatch } from '../../lib/arch/ppc64/batch.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { lockOwner } from '../../lib/machine/lockWord.js';
import { offerAt } from '../../lib/machine/migration.js';
import { ACTIVITY } from '../../lib/machine/outcome.js';
import { expectedOutcome, type Knobs } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';

const loaded = await loadRace(raceUrl('hash-batch') ?? 'no such race');

const PTE = 'pte_page[0].pte';
const PTL = 'pte_page[0].ptl';
const HPTES = 'hptes_of_page[0]';
const OLD_PAGE = 'page[0].count';
const OLD = 'htab[0].hpte[0].v';
const NEW = 'htab[0].hpte[1].v';
/** CPU 0 has cleared the PTE: with the PTE lock held, or after it has dropped it with the batch pending. */
const LOCKED = { window: 'W_CLEARED_LOCKED' } as const;
const UNLOCKED = { window: 'W_CLEARED_UNLOCKED' } as const;

const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

function start(variant: string, knobs: Knobs = {}): LockstepRun {
  return LockstepRun.start({ loaded, variant, knobs, pool });
}

function pending(run: LockstepRun, cpu: number): number {
  return readTlbBatch(run.machine.mem, run.stateOf(cpu).percpu).length;
}

function batchActive(run: LockstepRun, cpu: number): number {
  return run.machine.mem[run.stateOf(cpu).percpu + ppc64_tlb_batch.offset + BATCH.active];
}

for (const variant of ['buggy', 'unsplit-ptl', 'leave-after-unlock']) {
  test.serial(`${variant}: a fault between Z5 and Z7 makes a second entry, and its walk meets both`, async (t) => {
    const run = start(variant);
    await run.runUntil(0, UNLOCKED);
    t.is(run.word(PTE), 0);
    t.is(pending(run, 0), 1);
    t.is(run.word(HPTES), 1, 'the old entry is valid, and no PTE knows it');
    await run.runUntil(1, 'end');
    t.is(run.signature(), 'machine-check');
    t.is(run.word(HPTES), 2);
    t.is((run.word(OLD) ^ run.word(NEW)) & HPTE_V.AVPN, 0);
    const { activity, step, held } = run.stateOf(1);
    t.deepEqual([activity, step, held.length], [ACTIVITY.DEAD, 'A5', 0]);
    const { signature, snapshot } = await run.finish();
    t.is(signature, 'machine-check');
    t.deepEqual(
      snapshot?.cpus[1].frames.map((f) => f.fn),
      ['__copy_tofrom_user', 'vfs_read'],
    );
    t.is(run.word(HPTES), 1, 'Z7 has taken the old entry out: the state is legal again');
  });
}

test.serial('buggy: the report names group, slots and page, and who owed the flush', async (t) => {
  const run = start('buggy');
  await run.runUntil(0, UNLOCKED);
  await run.runUntil(1, 'end');
  const { snapshot } = await run.finish();
  t.truthy(snapshot);
  const race = requireActors(loaded.race);
  const lines = race.report(
    snapshot!,
    race.configure('buggy', Object.fromEntries(Object.entries(race.knobs).map(([k, v]) => [k, v.default]))),
  );
  t.is(lines[0], 'Oops: Machine check, sig: 7 [#1]');
  t.regex(lines[7], /^GPR00: /);
  t.true(lines.some((l) => /^TASK = c\w{15}\[301\] 'cat' THREAD: c\w{15} CPU: 1$/.test(l)));
  t.true(lines.some((l) => l.startsWith('NIP [c') && l.includes('.__copy_tofrom_user+')));
  t.true(lines.some((l) => l.includes('CPU 1 (cat) inserted htab[0].hpte[1] beside htab[0].hpte[0]')));
  t.is(lines.filter((l) => l.startsWith('  => ')).length, 2);
  t.true(lines.some((l) => l.startsWith('CPU 0 (truncate, at Z7) had 1 invalidation pending: page 2a00 (pte_page[0]')));
});

test.serial('buggy: a duplicate that Z7 ends before it is met is counted all the same', async (t) => {
  const run = start('buggy');
  await run.runUntil(0, UNLOCKED);
  await run.runUntil(1, () => run.word(HPTES) === 2);
  await run.runUntil(1, { step: 'A5' });
  const seen = readDuplicate(run.machine.mem, run.stateOf(1).percpu);
  t.deepEqual([seen?.other, seen?.slot], [0, 1]);
  await run.runUntil(0, 'end');
  t.is(run.word(HPTES), 1);
  await run.runUntil(1, 'end');
  t.is((await run.finish()).signature, 'duplicate-hpte');
});

for (const [onDuplicate, signature] of [
  ['refault', 'refault-livelock'],
  ['stale', 'stale-access'],
]) {
  test.serial(`buggy, on_duplicate=${onDuplicate}: ${signature}`, async (t) => {
    for (const group of ['primary', 'secondary']) {
      const run = start('buggy', { on_duplicate: onDuplicate, group });
      await run.runUntil(0, UNLOCKED);
      await run.runUntil(1, 'end');
      t.is((await run.finish()).signature, signature);
    }
  });
}

for (const variant of ['flush-pending', 'lazy-mmu']) {
  test.serial(`${variant}: A3 waits for the PTE lock, and gets it when the old entry is gone`, async (t) => {
    const run = start(variant);
    await run.runUntil(0, LOCKED);
    t.deepEqual([run.word(PTE), run.word(HPTES), pending(run, 0)], [0, 1, 1]);
    await run.runUntilItWaits(1);
    t.is(run.waitsFor(1), PTL);
    t.is(run.stateOf(1).step, 'A3');
    await run.runUntil(0, () => lockOwner(run.word(PTL)) !== 0);
    t.deepEqual([run.word(HPTES), pending(run, 0)], [0, 0]);
    await run.runUntil(1, 'end');
    t.is(run.word(HPTES), 1);
    const { signature, cpus } = await run.finish();
    t.is(signature, null);
    t.deepEqual(
      cpus.map((c) => [c.held.length, c.preemptCount, c.irqOff]),
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    );
  });
}

test.serial('before Z2 a store to a clean page only raises the rights of its entry', async (t) => {
  const run = start('buggy');
  await run.runUntil(0, { step: 'Z2' });
  await run.runUntil(1, 'end');
  t.is(run.word(HPTES), 1);
  t.is(run.word('htab[0].hpte[0].r') & HPTE_R.PP, PP_RWRW);
  t.is((await run.finish()).signature, null);
});

test.serial(
  'full rights: no fault, no duplicate; the store goes to the old page, which the gather still keeps',
  async (t) => {
    const run = start('buggy', { rights: 'rw' });
    await run.runUntil(0, UNLOCKED);
    t.is(run.word(OLD_PAGE), 1);
    await run.runUntil(1, 'end');
    t.is(run.word('page[0].content'), 2);
    t.deepEqual([run.word(PTE), run.word(HPTES)], [0, 1]);
    t.is((await run.finish()).signature, null);
    t.is(run.word(OLD_PAGE), 0);
  },
);

for (const variant of ['buggy', 'flush-pending', 'lazy-mmu']) {
  const fails = variant === 'buggy' ? 'freed-frame' : null;
  test.serial(
    `full rights, ${variant}: a page that goes back with the PTE lock: ${fails ?? 'no entry is left'} (I17)`,
    async (t) => {
      const run = start(variant, { rights: 'rw', page_free: 'unlock' });
      await run.runUntil(0, () => run.word(OLD_PAGE) === 0);
      await run.runUntil(1, 'end');
      t.is(run.signature(), fails);
      const { snapshot, signature } = await run.finish();
      t.is(signature, fails);
      if (fails !== null) t.is(frameOf(snapshot!.detail[1]), snapshot!.detail[2]);
    },
  );
}

for (const variant of ['no-tlbie', 'lazy-mmu']) {
  const fails = variant === 'no-tlbie' ? 'freed-frame' : null;
  test.serial(`${variant}: a translation of before the flush: ${fails ?? 'is gone'}`, async (t) => {
    const run = start(variant, { rights: 'rw', tlb: 'warm' });
    await run.runUntil(1, { step: 'A1' });
    await run.runUntil(0, 'end');
    t.deepEqual([run.word(HPTES), run.word(OLD_PAGE)], [0, 0]);
    await run.runUntil(1, 'end');
    t.is((await run.finish()).signature, fails);
  });
}

/** Outcomes of a thread that CPU 0 unmaps the page under, between any two of its accesses; it has not used the page before. */
async function unmappedUnder(variant: string): Promise<Set<string | null>> {
  const seen = new Set<string | null>();
  for (let turns = 0, ended = false; !ended; turns++) {
    const run = start(variant, { rights: 'rw', tlb: 'cold' });
    for (let turn = 0; turn < turns && !run.hasEnded(1); turn++) await run.step(1);
    ended = run.hasEnded(1);
    await run.runUntil(0, 'end');
    if (!ended) await run.runUntil(1, 'end');
    seen.add((await run.finish()).signature);
  }
  return seen;
}

test.serial('no-tlbie: a translation that was made a moment before the flush stays, too', async (t) => {
  t.deepEqual(await unmappedUnder('no-tlbie'), new Set([null, 'freed-frame']));
  t.deepEqual(await unmappedUnder('lazy-mmu'), new Set([null]));
  for (const rights of ['ro', 'rw']) {
    for (const access of ['load', 'store']) {
      for (const tlb of ['cold', 'warm']) {
        const knobs = knobsFor(loaded.race, 'no-tlbie', { rights, access, tlb });
        t.is(expectedOutcome(loaded.race, 'no-tlbie', knobs), 'freed-frame', JSON.stringify(knobs));
      }
    }
  }
});

test.serial('primary-only: an entry in the secondary group outlives its flush', async (t) => {
  for (const [group, fails] of [
    ['secondary', 'machine-check'],
    ['primary', null],
  ] as const) {
    const run = start('primary-only', { group });
    await run.runUntil(0, 'end');
    t.is(run.word(HPTES), fails === null ? 0 : 1);
    await run.runUntil(1, 'end');
    t.is((await run.finish()).signature, fails);
  }
});

/** mprotect() has set the new PTE, and has not flushed the old entry. */
const SET = { window: 'W_SET_NOT_FLUSHED' } as const;
const PTE_FLAGS = { RW: 0x200, HASHPTE: 0x400 } as const;

for (const variant of ['buggy', 'flush-pending', 'lazy-mmu', 'leave-after-unlock']) {
  test.serial(
    `mprotect, ${variant}: hash_page() between M4 and M6 takes no PTE lock, and inserts a second entry`,
    async (t) => {
      const run = start(variant, { op: 'mprotect' });
      await run.runUntil(0, SET);
      t.deepEqual([run.word(PTE) & (PTE_FLAGS.RW | PTE_FLAGS.HASHPTE), run.word(HPTES)], [PTE_FLAGS.RW, 1]);
      t.is(lockOwner(run.word(PTL)), 0, 'CPU 0 has the PTE lock all the while');
      await run.runUntil(1, () => run.word(HPTES) === 2);
      t.not(run.word(PTE) & PTE_FLAGS.HASHPTE, 0);
      await run.runUntil(1, 'end');
      const { signature, snapshot } = await run.finish();
      t.is(signature, 'machine-check');
      t.deepEqual(
        snapshot?.cpus[1].frames.map((f) => f.fn),
        ['__copy_tofrom_user', 'vfs_read'],
      );
      t.is(run.word(HPTES), 1, 'M6 or M7 has taken the old entry out');
    },
  );
}

test.serial(
  'mprotect, flush-before-set: the old entry is gone before there is a PTE that could get another',
  async (t) => {
    const run = start('flush-before-set');
    await run.runUntil(0, { step: 'M3' });
    t.deepEqual([run.word(PTE), run.word(HPTES), pending(run, 0)], [0, 1, 1]);
    await run.runUntil(0, { step: 'M4' });
    t.deepEqual([run.word(PTE), run.word(HPTES), pending(run, 0)], [0, 0, 0]);
    await run.runUntil(0, SET);
    await run.runUntil(1, 'end');
    t.is(run.word(HPTES), 1);
    t.is(run.word('page[0].content'), 2, 'the store has gone through');
    t.is((await run.finish()).signature, null);
  },
);

test.serial('mprotect: a fault in front of M4 waits for mmap_sem, one before mprotect() is a SIGSEGV', async (t) => {
  const early = start('lazy-mmu', { op: 'mprotect' });
  await early.runUntil(1, 'end');
  t.is(early.word('page[0].content'), 0);
  t.is((await early.finish()).signature, null);
  const run = start('lazy-mmu', { op: 'mprotect' });
  await run.runUntil(0, { step: 'M4' });
  for (let n = 0; n < 60; n++) await run.step(1);
  t.is(run.stateOf(1).frames[0].fn, 'do_page_fault');
  await run.runUntil(0, 'end');
  await run.runUntil(1, 'end');
  t.is(run.word('page[0].content'), 2);
  t.is((await run.finish()).signature, null);
});

for (const [variant, fails] of [
  ['lazy-mmu', null],
  ['no-tlbie', 'stale-rights'],
] as const) {
  test.serial(
    `mprotect takes the right to store away, ${variant}: ${fails ?? 'the store is a SIGSEGV'} (I17)`,
    async (t) => {
      const run = start(variant, { op: 'mprotect', rights: 'rw', tlb: 'warm' });
      await run.runUntil(1, { step: 'A1' });
      await run.runUntil(0, 'end');
      t.deepEqual([run.word(HPTES), run.word(PTE) & PTE_FLAGS.RW], [0, 0]);
      await run.runUntil(1, 'end');
      t.is(run.word('page[0].content'), fails === null ? 0 : 2);
      t.is((await run.finish()).signature, fails);
    },
  );
}

test.serial('a store while mprotect() is still at work may go through, whatever it takes away', async (t) => {
  const run = start('lazy-mmu', { op: 'mprotect', rights: 'rw' });
  await run.runUntil(0, SET);
  await run.runUntil(1, 'end');
  t.is(run.word('page[0].content'), 2);
  t.is((await run.finish()).signature, null);
});

/** CPU 0's task gives its CPU up, and CPU 1's takes it. */
async function exchange(run: LockstepRun): Promise<void> {
  const { mem, map } = run.machine;
  await run.runUntil(0, () => Atomics.load(mem, offerAt(map)) !== 0);
  await run.runUntil(1, () => run.stateOf(1).comm === 'rmmod');
}

for (const [variant, fails] of [
  ['lazy-preempt', 'batch-pending'],
  ['lazy-preempt-flush', null],
  ['lazy-preempt-off', null],
] as const) {
  test.serial(`${variant}: ${fails ?? 'nothing stays behind'} when the task goes on on another CPU (I6)`, async (t) => {
    const run = start(variant, { preempt_at: 'rest' });
    await run.runUntil(0, () => pending(run, 0) === 1);
    if (variant !== 'lazy-preempt-off') await exchange(run);
    const { signature, snapshot } = await run.finish();
    t.is(signature, fails);
    t.is(run.word(HPTES), fails === null ? 0 : 1);
    if (fails === null) return;
    t.deepEqual(snapshot?.detail.slice(0, 3), [0, 1, 1], 'one entry, left on CPU 0 by a task that is on CPU 1');
    t.is(readTlbBatch(snapshot!.mem, snapshot!.cpus[0].percpu).length, 1);
  });
}

for (const variant of ['lazy-preempt', 'lazy-preempt-flush']) {
  test.serial(
    `${variant}: preempted in K1, the task sets the lazy mode of the CPU it has left; a copy there is not flushed`,
    async (t) => {
      const run = start(variant, { preempt_at: 'enter' });
      await exchange(run);
      await run.runUntil(1, { step: 'K2' });
      t.deepEqual([batchActive(run, 0), batchActive(run, 1)], [1, 0]);
      t.is(run.stateOf(0).comm, 'cat', 'a task that is in no lazy mode');
      await run.runUntil(0, () => run.word('hptes_of_page[1]') === 2);
      t.is(pending(run, 0), 1, 'ptep_clear_flush() of do_wp_page() has flushed nothing');
      await run.runUntil(0, 'end');
      const { signature, snapshot } = await run.finish();
      t.is(signature, 'machine-check');
      t.deepEqual([snapshot?.cpu, snapshot?.cpus[0].comm], [0, 'cat']);
    },
  );
}

test.serial(
  'lazy-preempt-flush: preempted in K5, the task leaves a lazy mode of nobody, and its own CPU stays in it',
  async (t) => {
    const run = start('lazy-preempt-flush', { preempt_at: 'leave' });
    await exchange(run);
    t.deepEqual([pending(run, 0), run.word(HPTES)], [0, 0], 'the switch has flushed');
    await run.runUntil(1, { step: 'A1' });
    t.deepEqual([batchActive(run, 0), batchActive(run, 1)], [0, 1]);
    await run.runUntil(1, 'end');
    const { signature, snapshot } = await run.finish();
    t.is(signature, 'machine-check');
    t.is(snapshot?.cpus[1].comm, 'rmmod', 'back in user mode it copies a page of its own');
  },
);

test.serial('lazy-preempt-off: nobody takes the CPU, wherever the task would give it up', async (t) => {
  for (const preempt_at of ['enter', 'queue', 'leave']) {
    const run = start('lazy-preempt-off', { preempt_at });
    const { mem, map } = run.machine;
    await run.runUntil(0, 'end');
    t.is(Atomics.load(mem, offerAt(map)), 0);
    t.is(run.stateOf(0).comm, 'rmmod');
    t.is((await run.finish()).signature, null);
  }
});

test.serial('an order that was recorded ends in the same way', async (t) => {
  const run = start('buggy', { fill: 'full' });
  await run.runUntil(0, UNLOCKED);
  await run.runUntil(1, 'end');
  const { signature, order, cpus } = await run.finish();
  const again = await LockstepRun.replay({ loaded, variant: 'buggy', knobs: { fill: 'full' }, pool }, order);
  t.is(again.signature, signature);
  t.deepEqual(
    again.cpus.map((c) => c.records),
    cpus.map((c) => c.records),
  );
});
