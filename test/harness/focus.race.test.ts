/**
 * Goal: without `--full` a replay shows what a failure came of, in a few rows: what the failing CPU read, who wrote it, and
 * what was written in between; also where that lies in another step, in a handler or in a per-CPU word.
 * Method: real threads in lockstep, each race led into its window.
 */
import test from 'ava';
import { timelineOf, type Timeline } from '../../lib/evidence/timeline.js';
import { loadRace, raceUrl, type LoadedRace } from '../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { isProved, prove } from '../../lib/harness/replay/prove.js';
import { lockstepEvidence } from './lockstepEvidence.js';

const folded = await loadRace(new URL('../fixtures/foldedWords.js', import.meta.url).href);
const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

/** The timeline of a failure to which the trial is led. */
async function failing(
  loaded: LoadedRace,
  variant: string,
  lead: (run: LockstepRun) => Promise<void>,
): Promise<Timeline> {
  const run = LockstepRun.start({ loaded, variant, cpus: 2, pool });
  await lead(run);
  await run.finish();
  const evidence = lockstepEvidence(run, loaded, { variant, cpus: 2 });
  const proof = await prove(evidence, loaded, pool);
  if (!isProved(proof)) throw new Error(proof.reason);
  return timelineOf(evidence, proof.explained!, proof.replay?.functions);
}

/** What is shown, as `CPU text`. */
function shown({ rows }: Timeline): string[] {
  return rows.filter(({ focus }) => focus).map(({ cpu, text }) => `${cpu} ${text}`);
}

async function intoWindow(run: LockstepRun, cpu: number, window: string): Promise<void> {
  await run.runUntil(cpu, { window });
  await run.runUntil(1 - cpu, 'end');
  await run.runUntil(cpu, 'end');
}

/** Rows that a reader can take in at once. */
const ROWS_MAX = 25;

test.serial(
  'a walk of a freed page: the entry that was read, its clearing and the garbage; no word beside them',
  async (t) => {
    const timeline = await failing(folded, 'walk', (run) => intoWindow(run, 0, 'W_HERE'));
    t.regex(
      shown(timeline).join('\n'),
      /^0 pde is 0x\w+\n0 W_HERE opens\n1 pde 0x\w+ -> 0x000\n1 pte 0x000 -> 0xdead\n0 pte is 0xdead\n0 FAILS: garbage-in-tlb$/,
    );
  },
);

test.serial('a flush that misses: the call, what its handler read, and the switch behind it', async (t) => {
  const timeline = await failing(folded, 'flush', async (run) => {
    await run.runUntil(1, { window: 'W_HERE' });
    await run.runUntilItWaits(0);
    await run.runUntil(1, { step: 'W2' });
    await run.runUntil(0, 'end');
    await run.runUntil(1, 'end');
  });
  t.deepEqual(shown(timeline), [
    '0 calls CPU 1: ipi_flush()',
    '1 active_mm 0x002 -> 0x001',
    '1 W_HERE opens',
    '1 interrupt: ipi_flush()',
    '1 active_mm is 0x001',
    '1 hw_asid is 0x002',
    '1 answers CPU 0: ipi_flush()',
    '1 interrupt done',
    '1 hw_asid 0x002 -> 0x001',
    '1 W_HERE closes',
    '0 all calls are answered',
    '0 freed 0x000 -> 0x001',
    '1 freed is 0x001',
    '1 tlb_mm is 0x001',
    '1 FAILS: stale-tlb',
  ]);
});

test.serial('a slot that is taken twice: per-CPU words, by the task and by the handler on top of it', async (t) => {
  const timeline = await failing(folded, 'slot', async (run) => {
    await run.runUntil(0, { window: 'W_HERE' });
    await run.runUntilItWaits(1);
  });
  const rows = shown(timeline);
  for (const row of [
    '0 cpu0.kmap+1 0x000 -> 0x009',
    '0 cpu0.kmap 0x001 -> 0x000',
    '1 calls CPU 0: map()',
    '0 interrupt: map()',
    '0 cpu0.kmap is 0x000',
    '0 cpu0.kmap+1 is 0x009',
    '0 FAILS: slot-dirty',
  ])
    t.true(rows.includes(row), `${row} of\n${rows.join('\n')}`);
  t.false(rows.some((row) => /csd|pending|expects|takes the call/.test(row)));
  t.true(rows.length <= ROWS_MAX);
});

/** A built-in race, led into a window of its failure, and what has to be seen. */
const BUILT_IN: readonly (readonly [race: string, window: string, words: readonly RegExp[]])[] = [
  [
    'xen-pin',
    'W_RO_NOT_PINNED',
    [
      /^0 pte_page\[0\]\.lin 0x\w+3 -> 0x\w+1$/,
      /^0 pte_page\[0\]\.type 0x\w+ -> 0xe0000000$/,
      /^1 pte_page\[0\]\.lin is 0x\w+1$/,
      /^1 pte_page\[0\]\.type is 0xe0000000$/,
      /^1 FAILS: oops-0003$/,
    ],
  ],
  [
    'hash-batch',
    'W_CLEARED_UNLOCKED',
    [
      /^0 pte_page\[0\]\.pte 0x1000703 -> 0x000$/,
      /^1 pte_page\[0\]\.pte is 0x000$/,
      /^1 htab\[0\]\.hpte\[0\]\.v is 0x150001$/,
      /^1 htab\[0\]\.hpte\[1\]\.v 0x008 -> 0x150001$/,
      /^1 htab\[0\]\.hpte\[1\]\.v is 0x150001$/,
      /^1 FAILS: machine-check$/,
    ],
  ],
];

for (const [race, window, words] of BUILT_IN) {
  test.serial(`${race}: the words of the mail are shown, in a few rows`, async (t) => {
    const loaded = await loadRace(raceUrl(race) ?? race);
    const rows = shown(await failing(loaded, 'buggy', (run) => intoWindow(run, 0, window)));
    for (const word of words)
      t.true(
        rows.some((row) => word.test(row)),
        `${String(word)} in\n${rows.join('\n')}`,
      );
    t.true(rows.length <= ROWS_MAX);
  });
}

test.serial('pgd-lock: the cycle is shown, and nothing else', async (t) => {
  const loaded = await loadRace(raceUrl('pgd-lock') ?? '');
  const timeline = await failing(loaded, 'buggy', async (run) => {
    await run.runUntil(0, { step: 'C2' });
    await run.runUntilItWaits(1);
  });
  t.deepEqual(
    shown(timeline).toSorted(),
    [
      '0 calls CPU 1: smp_invalidate_interrupt()',
      '0 lock flush_state[0].tlbstate_lock',
      '0 lock mm[0].page_table_lock',
      '0 waits for CPU 1: smp_invalidate_interrupt()',
      '1 lock pgd_lock',
      '1 waits for mm[0].page_table_lock, held by CPU 0',
      timeline.rows.find(({ fails }) => fails)?.cpu === 0 ? '0 FAILS: deadlock' : '1 FAILS: deadlock',
    ].toSorted(),
  );
});
