/**
 * Goal: numa-protnone fails and holds for the reasons that kernel-races.md gives: the entry has the value of each step, and
 * who comes to it in between, and who exits first, decides what is seen of it.
 * Method: one thread, or two real threads in lockstep: CPU 0 is stepped to a window, CPU 1 does its work, CPU 0 goes on.
 */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { requireActors } from '../../lib/race/kinds.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { LockstepRun, type LockstepOutcome } from '../../lib/harness/replay/lockstepRun.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { firstInstance } from '../../lib/harness/host/run.js';
import type { Knobs } from '../../lib/race/expectation.js';
import { MM, mmA, type Config } from '../../stress/numa-protnone/state.js';

const loaded = await loadRace(raceUrl('numa-protnone') ?? 'no such race');

const PTE = 'mm.pte';
/** A and D of a page that has been touched, and Global, PROT_NONE or the hinting bit. */
const AD = 0x060;
const BIT8 = 0x100;
const SOFT = 0x200;
const P = 0x001;
const RW = 0x002;
const US = 0x004;
const pte = (frame: number, flags: number): number => (frame << 12) | flags;

/** Threads for all runs: starting them takes longer than a trial. A run that is not finished ends them. */
const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

function start(t: ExecutionContext, variant: string, cpus: number, knobs: Knobs = {}): LockstepRun {
  const run = LockstepRun.start({ loaded, variant, knobs, cpus, pool });
  t.teardown(async () => {
    if (!t.passed) await run.abort();
  });
  return run;
}

/** The values that CPU 0 writes to the entry, with the step of each. */
function writes(outcome: LockstepOutcome, mm: number): [string, number][] {
  const at = mm + MM.pte;
  return outcome.cpus[0].records.filter((r) => r.op === 'write' && r.address === at).map((r) => [r.step, r.after]);
}

function report(outcome: LockstepOutcome, variant: string, knobs: Knobs): string[] {
  const race = requireActors(loaded.race);
  const defaults = Object.fromEntries(Object.entries(race.knobs).map(([name, knob]) => [name, knob.default]));
  const config = race.configure(variant, { ...defaults, ...knobs }) as Config;
  return outcome.snapshot === undefined ? [] : [...race.report(outcome.snapshot, config)];
}

const MAPPED = pte(2, P | RW | US | AD | BIT8);
const PROT_NONE = pte(1, AD | BIT8);
const READABLE = pte(2, P | US | AD | BIT8);

/** What one CPU writes in N0, N1 and N3, and how the trial ends. */
const ONE_CPU: readonly { variant: string; knobs: Knobs; entries: readonly number[]; ends: string | null }[] = [
  { variant: 'buggy', knobs: {}, entries: [MAPPED, PROT_NONE, pte(1, P | US | AD | BIT8)], ends: 'bad-page-map' },
  {
    variant: 'buggy',
    knobs: { guest: 'small' },
    entries: [pte(9, P | RW | US | AD | BIT8), PROT_NONE, 0],
    ends: 'bad-rss',
  },
  {
    variant: 'buggy',
    knobs: { guest: 'small', pfn0: 'mapped' },
    entries: [pte(9, P | RW | US | AD | BIT8), PROT_NONE, pte(8, P | US | AD | BIT8)],
    ends: 'bad-page-map',
  },
  {
    variant: 'buggy',
    knobs: { xen_global: '0' },
    entries: [pte(2, P | RW | US | AD), PROT_NONE, pte(1, P | US | AD)],
    ends: 'bad-page-map',
  },
  { variant: 'buggy', knobs: { checks: 'invariants' }, entries: [], ends: 'pte-tag' },
  { variant: 'buggy', knobs: { touch: 'write' }, entries: [], ends: 'wrong-frame' },
  {
    variant: 'xen-present',
    knobs: { form: 'mprotect' },
    entries: [MAPPED, pte(2, AD | BIT8), READABLE],
    ends: null,
  },
  { variant: 'xen-present-reverted', knobs: { form: 'mprotect' }, entries: [], ends: 'bad-page-map' },
  { variant: 'pv-flags', knobs: {}, entries: [MAPPED, PROT_NONE, READABLE], ends: null },
  { variant: 'pv-numa', knobs: {}, entries: [MAPPED, PROT_NONE, READABLE], ends: null },
  { variant: 'soft-bit', knobs: {}, entries: [MAPPED, PROT_NONE, READABLE], ends: null },
  { variant: 'protnone-vma', knobs: {}, entries: [MAPPED, PROT_NONE, READABLE], ends: null },
  { variant: 'protnone-vma-check', knobs: {}, entries: [MAPPED, PROT_NONE, READABLE], ends: null },
];

for (const { variant, knobs, entries, ends } of ONE_CPU) {
  const named = Object.entries(knobs).map(([k, v]) => `, ${k}=${v}`);
  test.serial(`one CPU, ${variant}${named.join('')}: ${ends ?? 'holds'}`, async (t) => {
    const run = start(t, variant, 1, knobs);
    const outcome = await run.finish();
    t.is(outcome.signature, ends);
    if (entries.length === 0) return;
    t.deepEqual(writes(outcome, mmA(firstInstance(run.machine))), [
      ['N0', entries[0]],
      ['N1', entries[1]],
      ['N3', entries[2]],
    ]);
  });
}

test.serial('the owner exits first: the process is blamed, as in the report of 3.12.7', async (t) => {
  const run = start(t, 'buggy', 2);
  await run.runUntil(0, { window: 'W_MAPPED_AGAIN' });
  await run.runUntil(1, 'end');
  t.is(run.signature(), null, 'the owner has seen nothing');
  const outcome = await run.finish();
  t.is(outcome.signature, 'bad-page-map');
  const lines = report(outcome, 'buggy', {});
  t.regex(lines[0], /^BUG: Bad page map in process vsftpd {2}pte:00002165 pmd:[0-9a-f]{8}$/);
  t.regex(lines[1], /^page:ffffea0000000080 count:0 mapcount:-1 mapping: {10}\(null\) index:0x0$/);
  t.is(lines[2], 'page flags: 0x0()');
  t.regex(
    lines[3],
    /^addr:[0-9a-f]{16} vm_flags:00100071 anon_vma:ffff8800[0-9a-f]{8} mapping: {10}\(null\) index:[0-9a-f]+$/,
  );
  t.regex(lines[4], /^CPU: 0 PID: 300 Comm: vsftpd Not tainted /);
  t.regex(lines.join('\n'), /print_bad_pte.*\n.*zap_pte_range.*\n.*exit_mmap.*\n.*do_exit/);
  t.regex(
    lines.join('\n'),
    /\nDisabling lock debugging due to kernel taint\nBUG: Bad rss-counter state mm:ffff8800[0-9a-f]{8} idx:0 val:-1\nBUG: Bad rss-counter state mm:ffff8800[0-9a-f]{8} idx:1 val:1\n/,
  );
  t.regex(lines.join('\n'), /I15 was broken first at N3: 0x1165, present: MFN 1, which is PFN 2/);
});

test.serial('the process exits first: nobody notices, until the owner is blamed', async (t) => {
  const run = start(t, 'buggy', 2);
  await run.runUntil(0, 'end');
  t.is(run.signature(), null, 'one anonymous page for another: the counters are right');
  const outcome = await run.finish();
  t.is(outcome.signature, 'bad-page-map');
  const lines = report(outcome, 'buggy', {});
  t.regex(lines[0], /^BUG: Bad page map in process bash {2}pte:00002167 /);
  t.false(
    lines.some((line) => line.startsWith('I15')),
    'its own entry was right',
  );
});

test.serial('touch=write: the store goes to the other process, before anything is reported', async (t) => {
  const run = start(t, 'buggy', 2, { touch: 'write' });
  await run.runUntil(0, { window: 'W_MAPPED_AGAIN' });
  t.is(run.word('page[2].content'), 0xbbbb);
  await run.runUntil(0, () => run.signature() !== null);
  t.is(run.word('page[2].content'), 0xaaaa);
  t.is((await run.finish()).signature, 'wrong-frame');
});

/** The entry that the scanner leaves, and what a reader makes of it before the hinting fault. */
const HINTED: readonly { variant: string; knobs: Knobs; entry: number; ends: string | null }[] = [
  { variant: 'buggy', knobs: { reader: 'pagemap' }, entry: pte(2, RW | US | AD | BIT8), ends: 'wrong-pfn' },
  { variant: 'buggy', knobs: { reader: 'reclaim' }, entry: pte(2, RW | US | AD | BIT8), ends: 'wrong-pfn' },
  { variant: 'buggy', knobs: { reader: 'zap' }, entry: pte(2, RW | US | AD | BIT8), ends: 'bad-page-map' },
  {
    variant: 'buggy',
    knobs: { reader: 'zap', guest: 'small' },
    entry: pte(9, RW | US | AD | BIT8),
    ends: 'bad-page-map',
  },
  { variant: 'xen-present', knobs: { reader: 'zap' }, entry: pte(2, RW | US | AD | BIT8), ends: null },
  {
    variant: 'xen-present-reverted',
    knobs: { reader: 'zap' },
    entry: pte(2, RW | US | AD | BIT8),
    ends: 'bad-page-map',
  },
  { variant: 'pv-flags', knobs: { reader: 'pagemap' }, entry: pte(1, RW | US | AD | BIT8), ends: null },
  { variant: 'pv-numa', knobs: { reader: 'zap' }, entry: pte(1, RW | US | AD | BIT8), ends: null },
  { variant: 'soft-bit', knobs: { reader: 'pagemap' }, entry: pte(1, RW | US | AD | BIT8 | SOFT), ends: 'refault' },
  {
    variant: 'soft-bit',
    knobs: { reader: 'pagemap', xen_global: '0' },
    entry: pte(1, RW | US | AD | SOFT),
    ends: null,
  },
  {
    variant: 'soft-bit-special',
    knobs: { reader: 'zap' },
    entry: pte(1, RW | US | AD | BIT8 | SOFT),
    ends: 'bad-page-map',
  },
  { variant: 'protnone-vma', knobs: { reader: 'pagemap' }, entry: pte(1, AD | BIT8), ends: null },
];

for (const { variant, knobs, entry, ends } of HINTED) {
  const named = Object.entries(knobs).map(([k, v]) => `, ${k}=${v}`);
  test.serial(`before the hinting fault, ${variant}${named.join('')}: ${ends ?? 'holds'}`, async (t) => {
    const run = start(t, variant, 2, { form: 'scanner', ...knobs });
    await run.runUntil(0, { window: 'W_HINTED' });
    t.is(run.word(PTE), entry);
    await run.runUntil(1, 'end');
    t.is((await run.finish()).signature, ends);
  });
}

test.serial('buggy: nobody comes before the hinting fault, which puts the entry right again', async (t) => {
  const run = start(t, 'buggy', 2, { form: 'scanner', reader: 'pagemap' });
  await run.runUntil(0, { step: 'N4' });
  t.is(run.word(PTE), pte(2, P | RW | US | AD | BIT8));
  t.is((await run.finish()).signature, null);
});

test.serial('the hinting fault looks again under the lock: the entry may be another by then', async (t) => {
  const run = start(t, 'pv-numa', 2, { form: 'scanner', reader: 'pagemap' });
  await run.runUntil(0, { step: 'H2' });
  const instance = firstInstance(run.machine);
  // What try_to_unmap() would leave, which takes no mmap_sem and can come at this point.
  for (const word of [MM.pte, MM.truth, MM.rss_anon]) Atomics.store(run.machine.mem, mmA(instance) + word, 0);
  await run.runUntil(0, { step: 'N4' });
  t.is(run.word(PTE), 0);
  t.is((await run.finish()).signature, null);
});

/** What a restore between N1 and N2 leaves, and comes to. */
const RESTORED: readonly { variant: string; knobs: Knobs; entry: number; after: number; ends: string | null }[] = [
  {
    variant: 'xen-present',
    knobs: {},
    entry: pte(2, AD | BIT8),
    after: pte(2, P | US | AD | BIT8),
    ends: 'bad-page-map',
  },
  {
    variant: 'xen-present',
    knobs: { touch: 'read' },
    entry: pte(2, AD | BIT8),
    after: pte(2, P | US | AD | BIT8),
    ends: 'wrong-frame-restored',
  },
  { variant: 'xen-present', knobs: { guest: 'small' }, entry: pte(9, AD | BIT8), after: 0, ends: 'bad-rss' },
  {
    variant: 'xen-present',
    knobs: { guest: 'small', touch: 'read' },
    entry: pte(9, AD | BIT8),
    after: 0,
    ends: 'wrong-frame-restored',
  },
  {
    variant: 'pv-numa',
    knobs: { form: 'save-restore', touch: 'read' },
    entry: PROT_NONE,
    after: pte(3, P | US | AD | BIT8),
    ends: null,
  },
  {
    variant: 'protnone-vma',
    knobs: { form: 'save-restore', touch: 'read' },
    entry: PROT_NONE,
    after: pte(3, P | US | AD | BIT8),
    ends: null,
  },
];

for (const { variant, knobs, entry, after, ends } of RESTORED) {
  const named = Object.entries(knobs).map(([k, v]) => `, ${k}=${v}`);
  test.serial(`restored between N1 and N2, ${variant}${named.join('')}: ${ends ?? 'holds'}`, async (t) => {
    const run = start(t, variant, 2, knobs);
    await run.runUntil(0, { window: 'W_PROTNONE' });
    t.is(run.word(PTE), entry);
    await run.runUntil(1, { step: 'B1' });
    t.is(run.word('restored'), 1);
    t.is(run.word(PTE), entry, 'without the present bit nobody knows what it holds');
    t.is(run.word('owner_mm.pte') >>> 12, run.word('p2m[2]'), 'with it, it is rewritten');
    await run.runUntil(0, { window: 'W_MAPPED_AGAIN' });
    t.is(run.word(PTE), after);
    t.is((await run.finish()).signature, ends);
  });
}

for (const [variant, ends] of [
  ['protnone-vma', 'numa-on-protnone'],
  ['protnone-vma-check', null],
  ['soft-bit', null],
  ['pv-numa', 'numa-on-protnone'],
] as const) {
  test.serial(`FOLL_FORCE on a PROT_NONE page, ${variant}: ${ends ?? 'holds'}`, async (t) => {
    const run = start(t, variant, 2, { form: 'foll-force' });
    await run.runUntil(0, { window: 'W_PROTNONE' });
    const before = run.word(PTE);
    await run.runUntil(1, { step: 'G2' }).catch(() => t.is(run.signature(), ends));
    t.is(run.signature(), ends);
    if (ends === null) t.is(run.word(PTE), before, 'the page stays inaccessible');
    const outcome = await run.finish();
    t.is(outcome.signature, ends);
    if (variant === 'protnone-vma') t.regex(report(outcome, variant, {}).join('\n'), /^kernel BUG: .*\n.*\n.*gdb/m);
  });
}
