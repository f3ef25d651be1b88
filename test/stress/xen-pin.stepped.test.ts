/**
 * Goal: xen-pin fails and holds for the reasons that its mail gives: each variant is led into the window, or against the
 * lock, that decides it; and an order that was recorded ends in the same way every time.
 * Method: real threads in lockstep: CPU 0 is stepped to just behind the hypervisor's write, then CPU 1 does R1 to R5.
 */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { PGT_count_mask, PGT_l1_page_table, isTyped } from '../../lib/arch/xen/ptPage.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun, type LockstepOutcome, type LockstepSetup } from '../../lib/harness/replay/lockstepRun.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { IRQS_DISABLED } from '../../lib/machine/irq.js';
import { lockOwner } from '../../lib/machine/lockWord.js';
import { draw } from '../../lib/machine/random.js';
import { ACTIVITY } from '../../lib/machine/outcome.js';
import { _PAGE_ACCESSED, _PAGE_DIRTY, _PAGE_RW } from '../../lib/mm/pgtable.js';
import type { Knobs } from '../../lib/race/expectation.js';

const loaded = await loadRace(raceUrl('xen-pin') ?? 'no such race');

const PTE = 'pte_page[0].entry[0]';
const PTL = 'pte_page[0].ptl';
const MM_LOCK = 'mm.page_table_lock';

/** The window of each path, and the lock that CPU 0 holds in it. */
const WINDOWS = { fork: 'W_RO_NOT_PINNED', exit: 'W_UNTYPED_NOT_RW' } as const;
type Path = keyof typeof WINDOWS;
const PATHS: readonly Path[] = ['fork', 'exit'];

/** The threads that the tests share, one test after the other; a test that fails half-way ends them. */
const threads: { pool?: CpuPool | undefined } = {};
test.after.always(() => threads.pool?.destroy());

function start(t: ExecutionContext, variant: string, knobs: Knobs = {}): LockstepRun {
  threads.pool ??= new CpuPool(2);
  const run = LockstepRun.start({ loaded, variant, knobs, pool: threads.pool });
  t.teardown(async () => {
    if (run.isOver) return;
    threads.pool = undefined;
    await run.abort();
  });
  return run;
}

/** CPU 0 stands just behind the hypercall that opens the window. */
async function intoWindow(t: ExecutionContext, variant: string, path: Path, knobs: Knobs = {}): Promise<LockstepRun> {
  const run = start(t, variant, { ...knobs, path });
  await run.runUntil(0, { window: WINDOWS[path] });
  t.is(run.word('pte_page[0].lin') & _PAGE_RW, 0);
  return run;
}

function held(run: LockstepRun, cpu: number): string[] {
  return run.stateOf(cpu).held.map((h) => h.step);
}

function isL1(run: LockstepRun): boolean {
  return isTyped(run.word('pte_page[0].type'), PGT_l1_page_table);
}

for (const path of PATHS) {
  test.serial(`buggy, ${path}: the store in the window oopses, with its locks held`, async (t) => {
    const run = await intoWindow(t, 'buggy', path);
    t.is(run.word('pte_page[0].type') & PGT_count_mask, 0);
    const pte = run.word(PTE);
    await run.runUntil(1, 'end');
    t.is(run.signature(), 'oops-0003');
    t.is(run.stateOf(1).activity, ACTIVITY.DEAD);
    t.is(run.stateOf(1).step, 'R5');
    t.deepEqual(held(run, 1), ['R1', 'R3']);
    t.deepEqual([lockOwner(run.word('mm.i_mmap_lock')), lockOwner(run.word(PTL))], [1, 1]);
    t.is(run.word(PTE), pte);
    const { signature, snapshot, cpus } = await run.finish();
    t.is(signature, 'oops-0003');
    t.deepEqual(snapshot?.detail[1], 0x3);
    t.deepEqual(
      cpus[1].held.map((h) => h.step),
      ['R1', 'R3'],
      'nobody ever releases them',
    );
    t.deepEqual(
      snapshot?.cpus[1].frames.map((f) => f.fn),
      ['page_referenced_one', 'page_referenced_file'],
    );
  });

  test.serial(`split_ptl=0, ${path}: R3 spins on mm.page_table_lock, and stores nothing`, async (t) => {
    for (const [variant, knobs] of [
      ['buggy', { split_ptl: '0' }],
      ['split-ptl-off', {}],
    ] as const) {
      const run = await intoWindow(t, variant, path, knobs);
      const pte = run.word(PTE);
      await run.runUntilItWaits(1);
      t.is(run.waitsFor(1), MM_LOCK);
      t.is(lockOwner(run.word(MM_LOCK)), 0);
      t.is(run.stateOf(1).step, 'R3');
      for (let i = 0; i < 50; i++) await run.step(1);
      t.is(run.waitsFor(1), MM_LOCK);
      t.is(run.word(PTE), pte);
      const { signature, cpus } = await run.finish();
      t.is(signature, null);
      t.deepEqual(
        cpus.map((c) => c.held),
        [[], []],
      );
    }
  });

  test.serial(`pte-lock, ${path}: R3 spins on the page's lock until the callback, behind the hypercalls`, async (t) => {
    const run = await intoWindow(t, 'pte-lock', path);
    await run.runUntilItWaits(1);
    t.is(run.waitsFor(1), PTL);
    t.is(lockOwner(run.word(PTL)), 0);
    t.is(run.stateOf(1).step, 'R3');
    t.is(run.stateOf(0).irqOff & IRQS_DISABLED, IRQS_DISABLED);
    await run.runUntil(0, () => lockOwner(run.word(PTL)) !== 0);
    t.is(isL1(run), path === 'fork');
    t.is((run.word('pte_page[0].lin') & _PAGE_RW) !== 0, path === 'exit');
    await run.runUntil(1, 'end');
    t.is(run.signature(), null);
    const { signature, cpus } = await run.finish();
    t.is(signature, null);
    t.deepEqual(
      cpus.map((c) => [c.held.length, c.irqOff, c.preemptCount, c.activity]),
      [
        [0, 0, 0, ACTIVITY.IDLE],
        [0, 0, 0, ACTIVITY.IDLE],
      ],
    );
    if (path === 'fork') t.is(run.word(PTE) & _PAGE_ACCESSED, 0, 'R5 has stored, emulated');
  });

  test.serial(`accessed=mkold, ${path}: with the A bit clear nothing is stored, so nothing oopses`, async (t) => {
    const run = await intoWindow(t, 'buggy', path, { accessed: 'mkold' });
    await run.runUntil(1, 'end');
    t.is(run.signature(), null);
    const reached = run.stateOf(1).records.map((r) => r.step);
    t.true(reached.includes('R5') || reached.includes('R4'));
    t.is((await run.finish()).signature, null);
  });

  test.serial(`try_to_unmap_one, ${path}: the second raw writer oopses in the window, A bit or not`, async (t) => {
    const run = await intoWindow(t, 'buggy', path, { accessed: 'mkold', writer: 'unmap' });
    await run.runUntil(1, 'end');
    t.is(run.signature(), 'oops-0003');
    t.is((await run.finish()).snapshot?.cpus[1].frames[0].fn, 'try_to_unmap_one');
  });

  for (const [variant, expected] of [
    ['mail1-set-pte-at', 'oops-0003'],
    ['mail1-mmu-update', null],
    ['mail1-preserve-ad', null],
    ['mail2-pv-op', null],
  ] as const) {
    test.serial(
      `${variant}, ${path}: ${expected ?? 'the hypervisor clears the bit, whatever the page is'}`,
      async (t) => {
        const run = await intoWindow(t, variant, path);
        await run.runUntil(1, 'end');
        t.is(run.signature(), expected);
        const cleared = (run.word(PTE) & _PAGE_ACCESSED) === 0;
        t.is(cleared, expected === null && variant !== 'mail1-preserve-ad');
        t.is((await run.finish()).signature, expected);
      },
    );
  }
}

test.serial('a translation that is cached before the table is read-only lets the store through, unseen', async (t) => {
  const run = start(t, 'buggy');
  await run.runUntil(0, { step: 'F9' });
  await run.runUntil(1, { step: 'R5' });
  await run.runUntil(0, { window: 'W_RO_NOT_PINNED' });
  await run.runUntil(1, 'end');
  t.is(run.word(PTE) & _PAGE_ACCESSED, 0);
  t.is((await run.finish()).signature, null);
});

test.serial('mail3-late-rmap: truncate misses the PTEs that are mapped and not yet in the rmap', async (t) => {
  const run = start(t, 'mail3-late-rmap');
  await run.runUntil(0, { step: 'F5' });
  t.is(run.word('page[0].mapcount'), 2);
  t.is(run.word('mm.vma_visible'), 0);
  await run.runUntil(1, 'end');
  t.is(run.signature(), 'bug-page-mapped');
  t.is((await run.finish()).signature, 'bug-page-mapped');
});

test.serial('in the rmap from F3 on, truncate finds them', async (t) => {
  const run = start(t, 'buggy', { writer: 'truncate' });
  await run.runUntil(0, { step: 'F5' });
  await run.runUntil(1, 'end');
  t.is(run.word('page[0].mapcount'), 0);
  t.is((await run.finish()).signature, null);
});

for (const own_mm of ['1', '0']) {
  test.serial(
    `pte-lock-ipi, own_mm=${own_mm}: the pinning CPU spins with interrupts off, the lock's owner waits for its ack`,
    async (t) => {
      const run = start(t, 'pte-lock-ipi', { own_mm });
      await run.runUntil(1, { step: 'R6' });
      t.is(lockOwner(run.word(PTL)), 1);
      // It has read the mask while CPU 0 was in it; leave_mm (own_mm=0) comes too late then.
      await run.runUntil(1, { window: 'W_MASK_TO_IPI' });
      await run.runUntilItWaits(0);
      t.is(run.waitsFor(0), PTL);
      t.is(run.stateOf(0).irqOff & IRQS_DISABLED, IRQS_DISABLED);
      await run.runUntilItWaits(1);
      t.is(run.waitsFor(1), 'acknowledgements');
      const { signature, snapshot } = await run.finish();
      t.is(signature, 'deadlock');
      t.deepEqual(snapshot?.detail.slice(1, 1 + snapshot.detail[0]).toSorted(), [0, 1]);
    },
  );
}

test.serial('the same with flushes by hypercall: CPU 1 needs nobody', async (t) => {
  const run = start(t, 'pte-lock', { path: 'exit', own_mm: '1' });
  await run.runUntil(1, { step: 'R6' });
  await run.runUntilItWaits(0);
  t.is(run.waitsFor(0), PTL);
  await run.runUntil(1, 'end');
  t.is((await run.finish()).signature, null);
});

for (const variant of ['exit-no-drop-mm-ref', 'exit-stale-cr3']) {
  test.serial(
    `${variant}: a cr3 that is still loaded keeps the tables typed, and the hypervisor refuses`,
    async (t) => {
      const run = start(t, variant);
      await run.runUntil(0, 'end');
      t.is(run.signature(), 'multicall-failed');
      t.true(isL1(run));
      t.is(run.word('pte_page[0].lin') & _PAGE_RW, 0);
      const { snapshot } = await run.finish();
      t.is(snapshot?.cpu, 0);
      t.is(snapshot?.cpus[0].step, 'X5');
    },
  );
}

for (const lazy of ['borrowed', 'stale']) {
  test.serial(`drop_mm_ref, lazy=${lazy}: the exit waits until CPU 1 has let go in its interrupt`, async (t) => {
    const run = start(t, 'pte-lock', { path: 'exit', lazy });
    await run.runUntilItWaits(0);
    t.is(run.waitsFor(0), 'acknowledgements');
    t.is(run.word('mm.xen_current_cr3'), 2);
    // CPU 1 has not begun: the interrupt comes before its first access.
    await run.runUntil(1, () => run.stateOf(1).records.some((r) => r.op === 'irq_exit'));
    t.is(run.word('mm.xen_current_cr3'), 0);
    await run.runUntil(0, 'end');
    t.is((await run.finish()).signature, null);
  });
}

test.serial('drop_mm_ref: CPU 1 takes the interrupt also when its own work is done', async (t) => {
  const run = start(t, 'pte-lock', { path: 'exit', lazy: 'borrowed' });
  await run.runUntil(1, 'end');
  await run.runUntilItWaits(0);
  t.false(run.hasEnded(1), 'an interrupt waits for it');
  const { signature, cpus } = await run.finish();
  t.is(signature, null);
  t.true(cpus[1].records.some((r) => r.op === 'irq_exit'));
});

test.serial(
  'lazy=stale: the queued cr3 load takes effect with interrupts off, so the root is let go once',
  async (t) => {
    const run = start(t, 'pte-lock', { path: 'exit', lazy: 'stale' });
    await run.runUntil(
      1,
      () => run.stateOf(1).irqOff !== 0 && run.stateOf(1).held.length === 0 && run.stateOf(1).frames.length === 0,
    );
    await run.runUntilItWaits(0);
    await run.runUntil(1, 'end');
    const { signature } = await run.finish();
    t.is(signature, null);
  },
);

for (const [variant, writer, expected] of [
  ['mail1-set-pte-at', 'reclaim', 'lost-dirty'],
  ['mail1-set-pte-at', 'unmap', 'lost-dirty'],
  ['mail1-mmu-update', 'reclaim', 'lost-dirty'],
  ['mail1-mmu-update', 'unmap', 'lost-dirty'],
  ['mail1-preserve-ad', 'reclaim', null],
  ['mail1-preserve-ad', 'unmap', 'lost-dirty'],
  ['mail2-mmu-update', 'reclaim', 'lost-dirty'],
  ['mail2-pv-op', 'reclaim', null],
] as const) {
  test.serial(`${variant}, ${writer}: a dirty bit set between load and update ${expected ?? 'survives'}`, async (t) => {
    const run = start(t, variant, { path: 'run', writer });
    if (variant === 'mail2-pv-op') await run.runUntil(1, { step: 'R5' });
    else await run.runUntil(1, { window: 'W_LOAD_TO_UPDATE' });
    await run.runUntil(0, 'end');
    t.not(run.word(PTE) & _PAGE_DIRTY, 0);
    await run.runUntil(1, 'end');
    t.is(run.signature(), expected);
    t.is((run.word(PTE) & _PAGE_DIRTY) === 0, expected !== null);
    t.is((await run.finish()).signature, expected);
  });
}

test.serial(
  'without the big lock an mmu_update is refused if the page is pinned behind its look at the type',
  async (t) => {
    const run = await intoWindow(t, 'mail1-mmu-update', 'fork', { biglock: '0' });
    await run.runUntil(1, { window: 'W_TYPE_IN_FLUX' });
    await run.runUntil(0, 'end');
    t.true(isL1(run));
    await run.runUntil(1, 'end');
    t.is((await run.finish()).signature, 'mmu-update-failed');
  },
);

test.serial('without the big lock a pin is refused while an mmu_update has its reference', async (t) => {
  const run = await intoWindow(t, 'mail1-mmu-update', 'fork', { biglock: '0' });
  await run.runUntil(1, () => (run.word('pte_page[0].type') & PGT_count_mask) === 1);
  await run.runUntil(0, 'end');
  t.is((await run.finish()).signature, 'multicall-failed');
});

test.serial('under the big lock neither can be: the pin waits, or the update', async (t) => {
  const run = await intoWindow(t, 'mail1-mmu-update', 'fork');
  await run.runUntil(1, () => lockOwner(run.word('mm.domain_lock')) === 1);
  await run.runUntilItWaits(0);
  t.is(run.waitsFor(0), 'mm.domain_lock');
  t.is((await run.finish()).signature, null);
});

/** What happened, access by access. */
function account({ signature, cpus }: LockstepOutcome): unknown {
  return {
    signature,
    records: cpus.map((c) => c.records.map((r) => [r.op, r.flags, r.step, r.address, r.before, r.after])),
  };
}

/** One trial in an order drawn from a seed. */
async function atRandom(setup: LockstepSetup, seed: number): Promise<LockstepOutcome> {
  const run = LockstepRun.start(setup);
  for (let i = 0; i < 3000 && !(run.hasEnded(0) && run.hasEnded(1)); i++) {
    const cpu = draw(seed, 0, i) & 1;
    if (!run.hasEnded(cpu)) await run.step(cpu);
  }
  return run.finish();
}

/** Ends of many shapes: an oops, a clean end, a deadlock with interrupts pending, an interrupt that is taken. */
const REPLAYED: readonly [variant: string, knobs: Knobs][] = [
  ['buggy', { path: 'fork' }],
  ['pte-lock', { path: 'fork' }],
  ['pte-lock-ipi', { own_mm: '1' }],
  ['pte-lock', { path: 'exit', lazy: 'borrowed' }],
];

test.serial('a recorded order ends in the same way, access by access, 20 times over', async (t) => {
  const pool = new CpuPool(2);
  t.teardown(() => pool.destroy());
  const signatures = new Set<string | null>();
  for (let i = 0; i < 20; i++) {
    const [variant, knobs] = REPLAYED[i % REPLAYED.length];
    const setup = { loaded, variant, knobs, pool };
    const first = await atRandom(setup, i);
    signatures.add(first.signature);
    for (const again of [await LockstepRun.replay(setup, first.order), await LockstepRun.replay(setup, first.order)]) {
      t.deepEqual(account(again), account(first), `${variant}, order ${i}`);
      t.deepEqual(again.order, first.order);
    }
  }
  t.true(signatures.has(null));
  t.true(signatures.has('deadlock'));
});

test.serial('the failing order of the mail replays 20 times', async (t) => {
  const pool = new CpuPool(2);
  t.teardown(() => pool.destroy());
  const setup = { loaded, variant: 'buggy', pool };
  const run = LockstepRun.start(setup);
  await run.runUntil(0, { window: 'W_RO_NOT_PINNED' });
  await run.runUntil(1, 'end');
  const first = await run.finish();
  t.is(first.signature, 'oops-0003');
  for (let i = 0; i < 20; i++) t.deepEqual(account(await LockstepRun.replay(setup, first.order)), account(first));
});
