/**
 * Goal: lazy-mmu fails and holds for the reasons that its mail gives: an update that is needed at once is only queued, or
 * is queued on the CPU that its task has left; and each rule is reported by its name.
 * Method: real threads in lockstep. Bug 1: CPU 0 stands in lazy mode while CPU 1 hands over a new vmalloc area. Bug 2: the
 * task on CPU 1 is preempted between update and flush, and the one on CPU 0 lets it have its CPU.
 */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { requireActors } from '../../lib/race/kinds.js';
import { kmap_pte } from '../../lib/arch/paravirt/mapping.js';
import { FAULTS_MAX } from '../../lib/arch/paravirt/vmallocFault.js';
import { RULES, RULE_SIGNATURE, type Rule } from '../../lib/arch/paravirt/rules.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { lockOwner } from '../../lib/machine/lockWord.js';
import { offerAt } from '../../lib/machine/migration.js';
import { draw } from '../../lib/machine/random.js';
import type { CpuSnapshot } from '../../lib/machine/snapshotView.js';
import { ACTIVITY } from '../../lib/machine/outcome.js';
import type { Knobs } from '../../lib/race/expectation.js';

const loaded = await loadRace(raceUrl('lazy-mmu') ?? 'no such race');
const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

function start(variant: string, knobs: Knobs = {}): LockstepRun {
  return LockstepRun.start({ loaded, variant, knobs, pool });
}

const functions = (cpu: CpuSnapshot | undefined): string[] | undefined => cpu?.frames.map((f) => f.fn);

/** CPU 0 is in lazy mode with its updates queued; then CPU 1 hands over the area that CPU 0 uses next. */
async function intoLazyMode(variant: string, knobs: Knobs = {}): Promise<LockstepRun> {
  const run = start(variant, { migrate: 'never', ...knobs });
  await run.runUntil(0, { window: 'W_LAZY_MODE' });
  await run.runUntil(1, { step: 'V4' });
  return run;
}

/** The fault handler's faults: one record of the reference entry for each. */
const faultsOf = (cpu: CpuSnapshot): number => cpu.records.filter((r) => r.step === 'T5' && r.op === 'read').length / 2;

for (const [queue, faults] of [
  ['1', 2],
  ['4', 5],
  ['32', 33],
] as const) {
  test.serial(`bug 1, direct paging, queue of ${queue}: refaults until the queue is full and issued`, async (t) => {
    const run = await intoLazyMode('buggy', { queue });
    await run.runUntil(0, 'end');
    t.is(run.word('mm.pmd'), run.word('init_mm.pmd'));
    const { signature, snapshot } = await run.finish();
    t.is(signature, 'vmalloc-refault');
    // The interrupt that came with the area has issued the queue: it was empty at the first fault.
    t.is(snapshot?.detail[1], faults);
  });
}

for (const knobs of [{ paging: 'shadow' }, { paging: 'shadow', queue: '1' }, { queue: 'inf' }]) {
  test.serial(`bug 1, ${Object.values(knobs).join(', ')}: never heals`, async (t) => {
    const run = await intoLazyMode('buggy', knobs);
    await run.runUntil(0, 'end');
    t.is(run.word('paging' in knobs ? 'mm.pmd.shadow' : 'mm.pmd'), 0, 'the hardware has never been told');
    const { signature, snapshot } = await run.finish();
    t.is(signature, 'vmalloc-livelock');
    t.is(snapshot?.detail[1], FAULTS_MAX + 1);
    t.is(snapshot?.cpus[0].activity, ACTIVITY.DEAD);
  });
}

test.serial(
  'bug 1, 64 bit: the handler finds another entry than it has set, with interrupts off and the lock held',
  async (t) => {
    const run = await intoLazyMode('buggy', { paging: 'compare64' });
    await run.runUntil(0, 'end');
    t.is(lockOwner(run.word('mm.ptl')), 0);
    const { signature, snapshot } = await run.finish();
    t.is(signature, 'bug-vmalloc-fault');
    const cpu = snapshot?.cpus[0];
    t.deepEqual([cpu?.step, cpu?.irqOff, cpu?.held.map((h) => h.step)], ['T6', 1, ['T1']]);
    t.deepEqual(functions(cpu), [
      'vmalloc_fault',
      'do_page_fault',
      'mem_cgroup_charge_statistics',
      'page_remove_rmap',
      'zap_pte_range',
      'exit_mmap',
    ]);
  },
);

for (const paging of ['direct', 'shadow', 'compare64']) {
  for (const variant of ['flush-set-pmd', 'flush-preempt-off', 'enter-preempt-off', 'task-flag', 'task-count']) {
    test.serial(`bug 1, ${paging}, ${variant}: one fault, and it is repaired`, async (t) => {
      const run = await intoLazyMode(variant, { paging });
      await run.runUntil(0, 'end');
      t.is(run.word(paging === 'shadow' ? 'mm.pmd.shadow' : 'mm.pmd'), run.word('init_mm.pmd'));
      const { signature, cpus } = await run.finish();
      t.is(signature, null);
      const compares = paging === 'compare64' ? 1 : 0;
      t.is(cpus[0].records.filter((r) => r.step === 'T6').length, compares);
      t.is(faultsOf(cpus[0]), 1);
    });
  }
}

for (const [paging, expected] of [
  ['compare64', null],
  ['direct', 'vmalloc-refault'],
  ['shadow', 'vmalloc-livelock'],
] as const) {
  test.serial(`flush-set-pgd-64, ${paging}: ${expected ?? 'repaired'}`, async (t) => {
    const run = await intoLazyMode('flush-set-pgd-64', { paging });
    t.is((await run.finish()).signature, expected);
  });
}

test.serial('task-flag-no-flush: a fault is no interrupt, so the bug is back', async (t) => {
  const run = await intoLazyMode('task-flag-no-flush', { paging: 'compare64' });
  t.is((await run.finish()).signature, 'bug-vmalloc-fault');
});

test.serial('an area that is there before lazy mode is entered is synced outside of it', async (t) => {
  const run = start('buggy', { migrate: 'never' });
  await run.runUntil(1, { step: 'V4' });
  const { signature, cpus } = await run.finish();
  t.is(signature, null);
  t.is(faultsOf(cpus[0]), 1);
});

const R1_BROKEN: Knobs = { broken: 'R1', checks: '0', migrate: 'always', preempt_at: 'before-flush' };

/** The task of CPU 1 is on offer between its update and its flush; nobody has taken it yet. */
async function intoOffer(variant: string, knobs: Knobs = R1_BROKEN): Promise<LockstepRun> {
  const run = start(variant, knobs);
  const { mem, map } = run.machine;
  await run.runUntil(1, () => Atomics.load(mem, offerAt(map)) !== 0);
  return run;
}

/** CPU 0 has taken it: the tasks have changed places. */
async function exchanged(t: ExecutionContext, variant: string, knobs: Knobs = R1_BROKEN): Promise<LockstepRun> {
  const run = await intoOffer(variant, knobs);
  await run.runUntil(1, () => true);
  await run.runUntil(0, () => run.stateOf(0).comm === 'mkdir');
  t.is(run.stateOf(1).comm, 'httpd');
  return run;
}

for (const variant of ['flush-set-pmd', 'flush-preempt-off']) {
  test.serial(`bug 2, ${variant}: the update stays behind, the flush finds nothing to do`, async (t) => {
    const run = await exchanged(t, variant);
    t.deepEqual(functions(run.stateOf(0)), ['apply_to_pte_range', 'mem_cgroup_create']);
    await run.runUntil(0, 'end');
    t.is(run.signature(), 'update-stranded');
    t.is(run.stateOf(0).step, 'P4');
    t.is(run.word('mm.kernel_pte[0]'), 0);
    const { snapshot } = await run.finish();
    t.deepEqual([snapshot?.cpu, snapshot?.cpus[0].task, snapshot?.cpus[1].task], [0, 1, 0]);
    const report = requireActors(loaded.race).report(snapshot!, null).join('\n');
    t.regex(report, /CPU 1: MMU, entered by pid 301, which runs on CPU 0 now, 2 updates queued/);
    t.regex(report, /mm\.kernel_pte\[0\] was set to 00200003, the hardware finds 00000000/);
  });

  test.serial(
    `bug 2, ${variant}: the CPU that was left is in lazy mode already when the next task enters it`,
    async (t) => {
      const run = await exchanged(t, variant);
      await run.runUntil(1, 'end');
      t.is(run.signature(), 'bug-lazy-mode');
      t.is(run.stateOf(1).step, 'T1');
      t.deepEqual((await run.finish()).snapshot?.cpus[1].frames[0].fn, 'enter_lazy');
    },
  );
}

for (const variant of ['task-flag', 'task-count']) {
  test.serial(`bug 2, ${variant}: the mode goes with the task, and what it had queued is issued`, async (t) => {
    const run = await exchanged(t, variant);
    t.not(run.word('mm.kernel_pte[0]'), 0);
    t.not(run.word('mm.kernel_pte[1]'), 0);
    await run.runUntil(0, 'end').catch(() => {});
    t.is((await run.finish()).signature, null);
  });
}

test.serial('bug 2, enter-preempt-off: the task cannot be preempted between update and flush', async (t) => {
  const run = start('enter-preempt-off', R1_BROKEN);
  await run.runUntil(1, { step: 'P4' });
  const preemptCount = run.stateOf(1).preemptCount;
  t.is(preemptCount, 1);
  t.is(Atomics.load(run.machine.mem, offerAt(run.machine.map)), 0);
  const { signature, cpus } = await run.finish();
  t.is(signature, null);
  t.is(cpus[1].task, 1);
});

test.serial('while the rules hold a task moves between update and flush, and nothing is lost', async (t) => {
  for (const variant of ['flush-set-pmd', 'flush-preempt-off']) {
    const run = await exchanged(t, variant, { migrate: 'always', preempt_at: 'before-flush' });
    const { signature, cpus } = await run.finish();
    t.is(signature, null, variant);
    t.deepEqual(
      cpus.map((cpu) => cpu.task),
      [1, 0],
    );
  }
});

test.serial('an offer that nobody takes is withdrawn in the next turn of its CPU', async (t) => {
  const run = await intoOffer('flush-set-pmd');
  await run.runUntil(1, { step: 'P3' });
  t.is(Atomics.load(run.machine.mem, offerAt(run.machine.map)), 0);
  const { signature, cpus } = await run.finish();
  t.is(signature, null);
  t.deepEqual(
    cpus.map((cpu) => cpu.task),
    [0, 1],
  );
});

/** Leads to the operation that breaks the rule. */
async function breakRule(rule: Rule, knobs: Knobs): Promise<string | null> {
  const run = await intoLazyMode('flush-set-pmd', { broken: rule, ...knobs }).catch(() => null);
  return run === null ? null : (await run.finish()).signature;
}

for (const rule of RULES) {
  test.serial(`a broken ${rule} is reported as such`, async (t) => {
    const run = start('flush-set-pmd', { broken: rule, migrate: 'never' });
    // R1, R3 and A are broken by CPU 1 before it can hand over the area; the others while CPU 0 is in lazy mode, B as
    // long as nothing has flushed the queue.
    const byCpu1 = ['R1', 'R3', 'A'].includes(rule);
    if (rule === 'B') await run.runUntil(0, 'end');
    else if (!byCpu1) {
      await run.runUntil(0, { window: 'W_LAZY_MODE' });
      await run.runUntil(1, { step: 'V4' });
      await run.runUntil(0, 'end');
    }
    const { signature, snapshot } = await run.finish();
    t.is(signature, RULE_SIGNATURE[rule]);
    t.true(snapshot?.message.startsWith(rule));
    t.is(snapshot?.cpu, byCpu1 ? 1 : 0);
  });
}

for (const [rule, expected] of [
  ['R2', 'update-stranded'],
  ['R3', null],
  ['R4', null],
  ['A', null],
  ['C', 'bug-lazy-mode'],
  ['D', 'update-stranded'],
] as const) {
  test.serial(`a broken ${rule} that nobody checks, where nobody moves: ${expected ?? 'no harm'}`, async (t) => {
    t.is(await breakRule(rule, { checks: '0' }), expected);
  });
}

test.serial(
  'a broken B that nobody checks: what was queued is used, unless a fault has flushed it before',
  async (t) => {
    const run = start('flush-set-pmd', { broken: 'B', checks: '0', migrate: 'never' });
    await run.runUntil(0, 'end');
    t.is(run.signature(), 'update-stranded');
    await run.finish();
    t.is(await breakRule('B', { checks: '0' }), null);
  },
);

for (const [variant, preempt_at, expected] of [
  ['flush-set-pmd', 'set_pte', 'update-stranded'],
  ['flush-preempt-off', 'set_pte', 'update-stranded'],
  ['flush-set-pmd', 'flush', 'bug-lazy-mode'],
  ['flush-set-pmd', 'leave', 'update-stranded'],
  ['flush-set-pmd', 'enter', null],
  ['early-mc-batch', 'flags', 'irq-flags-misplaced'],
  ...['enter', 'set_pte', 'flush', 'leave'].map((at) => ['task-flag', at, null] as const),
  ...['enter', 'set_pte', 'flush', 'leave'].map((at) => ['task-count', at, null] as const),
] as const) {
  test.serial(`R1 broken, ${variant}, preempted at ${preempt_at}: ${expected ?? 'no harm'}`, async (t) => {
    const run = await exchanged(t, variant, { ...R1_BROKEN, preempt_at });
    await run.runUntil(0, 'end').catch(() => {});
    t.is((await run.finish()).signature, expected);
  });
}

const R3_BROKEN: Knobs = { broken: 'R3', checks: '0', migrate: 'always', preempt_at: 'kmap' };

test.serial('a broken R3: two tasks use one slot, and whoever mapped first finds the page of the other', async (t) => {
  const run = await exchanged(t, 'flush-set-pmd', R3_BROKEN);
  const pages = (): number[] => [0, 1].map((cpu) => run.machine.mem[run.stateOf(cpu).percpu + kmap_pte.offset] >>> 12);
  await run.runUntil(0, { window: 'W_KMAP' });
  t.deepEqual(pages(), [0, 0x300], 'the task on CPU 0 has mapped its page in the slot of CPU 1');
  await run.runUntil(1, () => pages()[1] === 0x600);
  await run.runUntil(0, 'end');
  t.is(run.signature(), 'kmap-slot-lost');
  const { snapshot } = await run.finish();
  t.deepEqual([snapshot?.cpu, snapshot?.cpus[0].comm], [0, 'mkdir']);
  const report = requireActors(loaded.race).report(snapshot!, null).join('\n');
  t.regex(report, /the slot of CPU 1 was set to 00300003, the hardware finds 00600003; the task runs on CPU 0/);
});

test.serial('a broken R3: the task that came second is as badly off if the first maps behind it', async (t) => {
  const run = await exchanged(t, 'flush-set-pmd', R3_BROKEN);
  const page = (): number => run.machine.mem[run.stateOf(1).percpu + kmap_pte.offset] >>> 12;
  await run.runUntil(1, () => page() === 0x600);
  await run.runUntil(0, () => page() === 0x300);
  await run.runUntil(1, 'end');
  const { signature, snapshot } = await run.finish();
  t.is(signature, 'kmap-slot-lost');
  t.deepEqual([snapshot?.cpu, snapshot?.cpus[1].comm], [1, 'httpd']);
});

test.serial(
  'a broken R4: the worker repairs the page table of the CPU it has left, and faults again on the other',
  async (t) => {
    const run = start('flush-set-pmd', { broken: 'R4', checks: '0', migrate: 'always', preempt_at: 'fault' });
    const { mem, map } = run.machine;
    await run.runUntil(1, { step: 'V3' });
    await run.runUntil(0, () => run.stateOf(0).frames[0]?.fn === 'smp_call_function_interrupt');
    await run.runUntil(0, () => run.stateOf(0).frames[0]?.fn === 'exit_mmap');
    await run.runUntil(1, () => Atomics.load(mem, offerAt(map)) !== 0);
    await run.runUntil(1, () => true);
    await run.runUntil(0, () => run.stateOf(0).comm === 'events/1');
    t.is(run.word('other_mm.pmd'), 0);
    await run.runUntil(0, () => run.word('other_mm.pmd') !== 0);
    t.is(run.word('mm.pmd'), 0, 'CPU 0 walks this one');
    await run.runUntil(0, () => run.word('mm.pmd') !== 0);
    await run.runUntil(0, 'end');
    const { signature, snapshot } = await run.finish();
    t.is(signature, 'vmalloc-refault');
    t.is(snapshot?.detail[1], 2);
  },
);

test.serial('an order with an exchange in it replays to the same end, access by access', async (t) => {
  for (const [i, variant] of ['flush-set-pmd', 'task-flag', 'flush-preempt-off', 'task-count'].entries()) {
    const setup = { loaded, variant, knobs: R1_BROKEN, pool };
    const run = LockstepRun.start(setup);
    for (let n = 0; n < 400 && !(run.hasEnded(0) && run.hasEnded(1)); n++) {
      const cpu = draw(i, 7, n) & 1;
      if (!run.hasEnded(cpu)) await run.step(cpu);
    }
    const first = await run.finish();
    const again = await LockstepRun.replay(setup, first.order);
    t.is(again.signature, first.signature);
    t.deepEqual(
      again.cpus.map((cpu) => [cpu.task, cpu.records]),
      first.cpus.map((cpu) => [cpu.task, cpu.records]),
    );
  }
});
