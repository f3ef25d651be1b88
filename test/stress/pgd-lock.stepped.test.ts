/**
 * Goal: pgd-lock fails and holds for the reasons that its mail gives: the cycle closes where the flusher and the
 * synchroniser meet, with two CPUs and through a third, and each fix breaks it at its own link or fails at what it rests on.
 * Method: real threads in lockstep: CPU 0 takes the entry's lock and stops, the others block on what they find, CPU 0 goes on.
 */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { requireActors } from '../../lib/race/kinds.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun, type LockstepOutcome } from '../../lib/harness/replay/lockstepRun.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { lockOwner } from '../../lib/machine/lockWord.js';
import { _PAGE_ACCESSED } from '../../lib/mm/pgtable.js';
import type { Knobs } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { failureReport, kernelLines, reportFacts } from '../../lib/race/failureReport.js';

const loaded = await loadRace(raceUrl('pgd-lock') ?? 'no such race');
const race = requireActors(loaded.race);

const PTL0 = 'mm[0].page_table_lock';
const MASK = 'mm[0].cpu_vm_mask';
const ACKS = 'acknowledgements';

/** The threads that the tests share, one test after the other; a test that fails half-way ends them. */
const threads: { pool?: CpuPool | undefined } = {};
test.after.always(() => threads.pool?.destroy());

function start(t: ExecutionContext, variant: string, knobs: Knobs = {}, cpus = 2): LockstepRun {
  threads.pool ??= new CpuPool(8);
  const run = LockstepRun.start({ loaded, variant, knobs, cpus, pool: threads.pool });
  t.teardown(async () => {
    if (run.isOver) return;
    threads.pool = undefined;
    await run.abort();
  });
  return run;
}

/** CPU 0 has done C1; whoever synchronises spins at V3 of the contended mm. */
async function atTheLock(t: ExecutionContext, variant: string, knobs: Knobs = {}, cpus = 2): Promise<LockstepRun> {
  const run = start(t, variant, knobs, cpus);
  const synchroniser = cpus === 2 ? 1 : 2;
  await run.runUntil(0, { step: 'C2' });
  await run.runUntilItWaits(synchroniser);
  t.is(run.waitsFor(synchroniser), PTL0);
  t.is(run.stateOf(synchroniser).step, 'V3');
  return run;
}

/** The members of the proved cycle, in the order of their waiting, from the lowest on. */
function cycleOf({ snapshot }: LockstepOutcome): number[] {
  const [count, ...members] = snapshot?.detail ?? [0];
  const cycle = members.slice(0, count);
  const lowest = cycle.indexOf(Math.min(...cycle));
  return [...cycle.slice(lowest), ...cycle.slice(0, lowest)];
}

/** The report as a run would print it. */
function reportOf({ snapshot }: LockstepOutcome, variant: string, knobs: Knobs = {}): string {
  if (snapshot === undefined) throw new Error('nothing has failed');
  const config = race.configure(variant, knobsFor(race, variant, knobs));
  const symbols = (address: number): string => race.symbol(address - snapshot.instance, config);
  return failureReport(reportFacts(snapshot, kernelLines(race, snapshot, config), symbols, { title: 'title' })).join(
    '\n',
  );
}

async function holds(t: ExecutionContext, run: LockstepRun): Promise<LockstepOutcome> {
  const outcome = await run.finish();
  t.is(outcome.signature, null);
  for (const cpu of outcome.cpus) t.deepEqual([cpu.held.length, cpu.irqOff, cpu.preemptCount], [0, 0, 0]);
  return outcome;
}

for (const [name, knobs] of [
  ['a huge page', {}],
  ['split_ptl=0', { split_ptl: '0', thp: '0' }],
  ['split_ptl=0, unmap', { split_ptl: '0', op: 'unmap' }],
  ['split_ptl=0, mkclean', { split_ptl: '0', op: 'mkclean' }],
  ['lazy users', { lazy: '1' }],
  ['one user', { mm_cpumask: 'one' }],
] as const) {
  test.serial(`buggy, ${name}: CPU 0 waits for the acknowledgement, CPU 1 for its lock`, async (t) => {
    const run = await atTheLock(t, 'buggy', knobs);
    t.is(lockOwner(run.word('pgd_lock')), 1);
    t.is(lockOwner(run.word(PTL0)), 0);
    t.true(run.stateOf(1).irqOff !== 0);
    await run.runUntil(0, () => run.waitsFor(0) === ACKS);
    t.is(run.stateOf(0).step, 'C4');
    t.is(run.stateOf(0).irqOff, 0);
    const outcome = await run.finish();
    t.is(outcome.signature, 'deadlock');
    t.deepEqual(cycleOf(outcome), [0, 1]);
    t.is(lockOwner(run.word(PTL0)), 0, 'the lock is orphaned');
  });
}

test.serial('the report of the deadlock: both lockups, their call traces, the cycle in words', async (t) => {
  const run = await atTheLock(t, 'buggy');
  const report = reportOf(await run.finish(), 'buggy');
  const pattern = (lines: readonly string[]): RegExp => new RegExp(lines.join('[^]*'));
  t.regex(
    report,
    pattern([
      'DEADLOCK: 2 CPUs in a cycle',
      'CPU 1 has IRQs off since V1, holds pgd_lock taken at V1 and waits for mm\\[0\\].page_table_lock, which CPU 0 holds',
    ]),
  );
  t.regex(report, /CPU 0 holds mm\[0\]\.page_table_lock taken at C1, .*waits for CPU 1 to acknowledge its call/);
  t.regex(
    report,
    pattern([
      'Watchdog detected hard LOCKUP on cpu 1',
      'Comm: modprobe',
      'Call Trace:',
      '_raw_spin_lock',
      'vmalloc_sync_all',
    ]),
  );
  t.regex(
    report,
    pattern([
      'BUG: soft lockup - CPU#0',
      'kswapd0:',
      'flush_tlb_others_ipi',
      'native_flush_tlb_others',
      'flush_tlb_page',
      'pmdp_clear_flush_young',
      'page_referenced_one',
      'page_referenced\\+',
    ]),
  );
});

test.serial(
  'buggy, three CPUs: 0 waits for 1, which spins on pgd_lock, which 2 holds, which waits for 0',
  async (t) => {
    const run = await atTheLock(t, 'buggy', { mm_cpumask: 'one' }, 3);
    await run.runUntilItWaits(1);
    t.is(run.waitsFor(1), 'pgd_lock');
    t.is(run.stateOf(1).step, 'P1');
    const outcome = await run.finish();
    t.is(outcome.signature, 'deadlock');
    t.deepEqual(cycleOf(outcome), [0, 1, 2]);
    t.regex(
      reportOf(outcome, 'buggy'),
      /hard LOCKUP on cpu 1[^]*pgd_alloc|hard LOCKUP on cpu 2[^]*hard LOCKUP on cpu 1/,
    );
  },
);

test.serial(
  'buggy, eight CPUs: all who use the mm owe the acknowledgement, the blocked ones close a cycle',
  async (t) => {
    const run = await atTheLock(t, 'buggy', {}, 8);
    for (const cpu of [1, 4, 5]) await run.runUntilItWaits(cpu);
    t.deepEqual(
      [1, 4, 5].map((cpu) => run.waitsFor(cpu)),
      ['pgd_lock', PTL0, 'pgd_lock'],
    );
    const outcome = await run.finish();
    t.is(outcome.signature, 'deadlock');
    t.true(cycleOf(outcome).includes(0) && cycleOf(outcome).includes(2));
  },
);

test.serial('plain-lock: who spins at V3 takes the flush meanwhile, so CPU 0 goes on', async (t) => {
  const run = await atTheLock(t, 'plain-lock');
  t.is(run.stateOf(1).irqOff, 0);
  const { cpus } = await holds(t, run);
  const ops = cpus[1].records.map((r) => r.op);
  const waited = cpus[1].records.findIndex((r) => r.op === 'read' && r.step === 'V3');
  const taken = cpus[1].records.findIndex((r, i) => i > waited && r.op === 'acquire' && r.step === 'V3');
  t.true(waited >= 0 && ops.slice(waited, taken).includes('irq_enter'), 'between the first look and the lock');
});

test.serial('unlock-first: CPU 0 holds nothing when it waits, so CPU 1 finishes and acknowledges', async (t) => {
  const run = await atTheLock(t, 'unlock-first');
  await run.runUntil(0, () => run.waitsFor(0) === ACKS);
  t.not(lockOwner(run.word(PTL0)), 0);
  t.deepEqual(
    run.stateOf(0).held.map((h) => h.step),
    ['C3'],
    'the flush state alone',
  );
  t.true(run.stateOf(1).irqOff !== 0);
  await holds(t, run);
});

test.serial('split_ptl=1 without a huge page: V3 finds the lock free', async (t) => {
  const run = start(t, 'buggy', { thp: '0' });
  await run.runUntil(0, { step: 'C2' });
  t.is(lockOwner(run.word('ptl')), 0);
  await run.runUntil(1, 'end');
  await holds(t, run);
});

test.serial('flush=hypercall: CPU 0 waits for nobody', async (t) => {
  const run = await atTheLock(t, 'buggy', { flush: 'hypercall' });
  await run.runUntil(0, 'end');
  t.true(run.stateOf(1).irqOff !== 0, 'CPU 1 has not moved');
  await holds(t, run);
});

test.serial('shared_kernel_pmd=1: there is nothing to synchronise', async (t) => {
  const run = start(t, 'buggy', { shared_kernel_pmd: '1' });
  await run.runUntil(0, { step: 'C2' });
  await run.runUntil(1, 'end');
  t.is(run.stateOf(1).records.filter((r) => r.op === 'acquire').length, 0);
  await holds(t, run);
});

test.serial('a lazy user leaves the mm when it takes the flush; one that runs in it stays', async (t) => {
  for (const lazy of ['0', '1']) {
    const run = start(t, 'plain-lock', { lazy, thp: '0' });
    await run.runUntil(0, () => run.waitsFor(0) === ACKS);
    t.is(run.word('flush_state[0].flush_cpumask'), 2);
    await run.runUntil(1, 'end');
    await run.runUntil(0, 'end');
    t.is(run.word('flush_state[0].flush_cpumask'), 0);
    t.is(run.word(MASK) & 2, lazy === '1' ? 0 : 2);
    await holds(t, run);
  }
});

for (const [variant, irq] of [
  ['plain-lock', 'read'],
  ['plain-lock', 'free'],
  ['plain-lock-irq', 'free'],
] as const) {
  test.serial(`${variant}, irq=${irq}: the interrupt waits for the lock that its own CPU holds`, async (t) => {
    const run = start(t, variant, { irq });
    await run.runUntil(1, { step: 'V2' });
    t.is(lockOwner(run.word('pgd_lock')), 1);
    await run.runUntil(0, { step: 'C1' });
    const outcome = await run.finish();
    t.is(outcome.signature, 'deadlock');
    t.deepEqual(cycleOf(outcome), [1]);
    const report = reportOf(outcome, variant);
    t.regex(
      report,
      /DEADLOCK: one CPU in a cycle\n {2}CPU 1 .*holds pgd_lock taken at V1.* and waits for pgd_lock, which CPU 1 holds/,
    );
    t.regex(
      report,
      /hard LOCKUP on cpu 1[^]*_raw_spin_lock[^]*pgd_free[^]*__mmdrop[^]*generic_smp_call_function_interrupt[^]*vmalloc_sync_all/,
    );
  });
}

test.serial('buggy, irq=free: with interrupts off the interrupt comes after the lock', async (t) => {
  const run = start(t, 'buggy', { irq: 'free', thp: '0' });
  await run.runUntil(1, { step: 'V2' });
  await run.runUntil(0, { step: 'C1' });
  const { cpus } = await holds(t, run);
  t.true(cpus[1].records.some((r) => r.step === 'D3'));
});

test.serial('pgd_free in an interrupt takes the newest mm off the list again', async (t) => {
  const run = start(t, 'buggy', { irq: 'free', thp: '0' }, 3);
  const first = run.word('pgd_list');
  await run.runUntil(1, 'end');
  t.is(run.word('mm[2].listed'), 1);
  t.not(run.word('pgd_list'), first);
  await run.runUntil(0, { step: 'C1' });
  await run.runUntil(2, 'end');
  t.is(run.word('mm[2].listed'), 0);
  t.is(run.word('pgd_list'), first);
  await holds(t, run);
});

/** CPU 1 has stored to the page and comes to msync; CPU 0 has cleared the PTE and not yet flushed. */
async function intoTheFlush(t: ExecutionContext, variant: string, knobs: Knobs = {}): Promise<LockstepRun> {
  const run = start(t, variant, { op: 'unmap', peer: 'writer', ...knobs });
  await run.runUntil(1, { step: 'U2' });
  await run.runUntil(0, { step: 'C3' });
  return run;
}

for (const flush of ['ipi', 'hypercall']) {
  test.serial(`unlock-first-all, flush=${flush}: msync finds no PTE, and the next store is lost`, async (t) => {
    const run = start(t, 'unlock-first-all', { flush });
    await run.runUntil(1, { step: 'U2' });
    await run.runUntil(0, { window: 'W_UNLOCK_TO_FLUSH' });
    t.is(run.word('pte'), 0);
    t.is(run.word('page') & 3, 1, 'PG_dirty');
    await run.runUntil(1, 'end');
    t.is(run.signature(), 'lost-write');
    t.is(run.word('page') & 3, 2, 'PG_writeback, not dirty');
    const outcome = await run.finish();
    t.is(outcome.signature, 'lost-write');
    t.regex(reportOf(outcome, 'unlock-first-all'), /I17[^]*0x2\(writeback\)[^]*PTE 00000000[^]*on CPU 1/);
  });
}

for (const variant of ['buggy', 'plain-lock', 'unlock-first', 'unlock-first-all', 'rwlock']) {
  test.serial(
    `${variant}, op=unmap: msync waits for the page lock until the flush is over, and the next store faults`,
    async (t) => {
      const run = await intoTheFlush(t, variant);
      t.is(lockOwner(run.word('ptl')) === 0, variant !== 'unlock-first-all', 'flushes under the PTE lock');
      await run.runUntilItWaits(1);
      t.is(run.waitsFor(1), 'page_lock');
      t.is(run.word('page') & 2, 0, 'not cleaned yet');
      await holds(t, run);
      t.is(Math.floor(run.word('page') / 4), 1, 'one store alone has gone into the page');
    },
  );

  test.serial(`${variant}, op=zap: the flush comes behind the PTE lock, and a store is lost meanwhile`, async (t) => {
    const run = start(t, variant, { op: 'zap', peer: 'writer' });
    await run.runUntil(1, { step: 'U2' });
    await run.runUntil(0, { window: 'W_UNLOCK_TO_FLUSH' });
    t.not(lockOwner(run.word('ptl')), 0);
    await run.runUntil(1, 'end');
    t.is((await run.finish()).signature, 'lost-write');
  });
}

test.serial('buggy, op=zap, split_ptl=0: no IPI is waited for with the lock held', async (t) => {
  const run = start(t, 'buggy', { op: 'zap', split_ptl: '0' });
  await run.runUntil(0, { window: 'W_UNLOCK_TO_FLUSH' });
  await run.runUntil(1, () => lockOwner(run.word(PTL0)) === 1);
  await run.runUntil(0, () => run.waitsFor(0) === ACKS);
  await holds(t, run);
});

test.serial('unlock-first-all, op=mkclean: the page lock keeps msync out of the window', async (t) => {
  const run = start(t, 'unlock-first-all', { op: 'mkclean' });
  await run.runUntil(1, { step: 'U2' });
  await run.runUntil(0, { step: 'C3' });
  t.not(lockOwner(run.word('ptl')), 0);
  await run.runUntilItWaits(1);
  t.is(run.waitsFor(1), 'page_lock');
  await holds(t, run);
});

for (const irq of ['none', 'read']) {
  test.serial(`rwlock, irq=${irq}: readers take the flush, also with a reader on top of them`, async (t) => {
    const run = start(t, 'rwlock', { irq });
    await run.runUntil(1, { step: 'V2' });
    await run.runUntil(0, { step: 'C2' });
    await run.runUntilItWaits(1);
    const { cpus } = await holds(t, run);
    t.is(
      cpus[1].records.some((r) => r.step === 'D3'),
      irq === 'read',
    );
  });
}

test.serial('rwlock, irq=free: pgd_free writes, and waits for the reader that it interrupts', async (t) => {
  const run = start(t, 'rwlock', { irq: 'free' });
  await run.runUntil(1, { step: 'V2' });
  await run.runUntil(0, { step: 'C1' });
  const outcome = await run.finish();
  t.is(outcome.signature, 'deadlock');
  t.deepEqual(cycleOf(outcome), [1]);
});

for (const rwlock_spin of ['irqs-on', 'irqs-off']) {
  test.serial(`rwlock, three CPUs, a writer that spins with ${rwlock_spin}`, async (t) => {
    const run = await atTheLock(t, 'rwlock', { rwlock_spin, mm_cpumask: 'one' }, 3);
    await run.runUntilItWaits(1);
    t.is(run.waitsFor(1), 'pgd_rwlock.of_cpu[2]');
    t.is(run.stateOf(1).irqOff !== 0, rwlock_spin === 'irqs-off');
    if (rwlock_spin === 'irqs-on') {
      await holds(t, run);
      return;
    }
    const outcome = await run.finish();
    t.is(outcome.signature, 'deadlock');
    t.deepEqual(cycleOf(outcome), [0, 1, 2]);
  });
}

test.serial('vectors=1: a second flush waits for the state of the first, with interrupts on', async (t) => {
  const run = start(t, 'unlock-first', { vectors: '1' }, 5);
  await run.runUntil(0, () => run.waitsFor(0) === ACKS);
  await run.runUntil(3, 'end');
  t.not(run.word('mm[0].pmd') & _PAGE_ACCESSED, 0, 'a thread of the process has used the page again');
  await run.runUntilItWaits(4);
  t.is(run.waitsFor(4), 'flush_state[0].tlbstate_lock');
  t.is(run.stateOf(4).irqOff, 0);
  await holds(t, run);
});

test.serial('a recorded order ends in the same way', async (t) => {
  const run = await atTheLock(t, 'buggy');
  const { order, signature } = await run.finish();
  const again = await LockstepRun.replay({ loaded, variant: 'buggy', pool: threads.pool! }, order);
  t.is(again.signature, signature);
  t.deepEqual(
    again.snapshot?.detail,
    (await LockstepRun.replay({ loaded, variant: 'buggy', pool: threads.pool! }, order)).snapshot?.detail,
  );
});
