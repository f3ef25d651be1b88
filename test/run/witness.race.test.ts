/**
 * Goal: the shortest order that a search finds fails on real threads, and its evidence is replayed with every access as recorded.
 * Method: rows that fail in different ways: an oops, a deadlock through an interrupt, one in a handler, tasks that exchange their CPUs,
 * draws, store buffers, interrupts of lines and of timers, tasks that share CPUs, loops of reads that never end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { loadTyped } from '../../lib/cli/chooseRace.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { exploreVariant } from '../../lib/run/explore.js';
import { EXPLORE_LIMITS } from '../../lib/run/exploreRequest.js';
import { KeptThreads } from '../../lib/harness/host/keptThreads.js';

const folder = mkdtempSync(join(tmpdir(), 'witness-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const { signal } = new AbortController();

const threads = new KeptThreads();
test.after.always(async () => threads.end());

const STORE_BUFFER = fileURLToPath(new URL('../fixtures/storeBuffering.js', import.meta.url));

const TASKS = fileURLToPath(new URL('../fixtures/taskRaces.js', import.meta.url));

const TRY_LOOPS = fileURLToPath(new URL('../fixtures/tryLoops.js', import.meta.url));

const WORD_WAITS = fileURLToPath(new URL('../fixtures/wordWaits.js', import.meta.url));

const interruptRace = (file: string): string =>
  fileURLToPath(new URL(`../fixtures/interrupts/${file}.js`, import.meta.url));

const CASES = [
  ['xen-pin', 'buggy', {}, 'sc', ['oops-0003']],
  ['pgd-lock', 'plain-lock', { irq: 'free' }, 'sc', ['deadlock']],
  ['pgd-lock', 'buggy', {}, 'sc', ['deadlock']],
  ['lazy-mmu', 'early-mc-batch', {}, 'sc', ['bug-lazy-mode', 'irq-flags-misplaced']],
  [
    'lazy-mmu',
    'early-mc-batch',
    { preempt_at: 'drawn' },
    'sc',
    ['bug-lazy-mode', 'irq-flags-misplaced', 'update-stranded'],
  ],
  ['hash-batch', 'primary-only', {}, 'sc', ['freed-frame', 'machine-check']],
  [STORE_BUFFER, 'bare', {}, 'tso', ['both-zero']],
  [interruptRace('slotPop'), 'buggy', { from: 'nmi' }, 'sc', ['slot-dirty']],
  [interruptRace('slotPop'), 'buggy', { from: 'storm' }, 'sc', ['slot-dirty']],
  [interruptRace('softirqLock'), 'buggy', {}, 'sc', ['deadlock']],
  [interruptRace('nmiOwner'), 'buggy', {}, 'sc', ['orphaned-lock']],
  [TASKS, 'if-cond-schedule', {}, 'sc', ['lost-wake-up']],
  [TASKS, 'two-orders', {}, 'sc', ['deadlock']],
  [WORD_WAITS, 'two-requests', { wait: 'loop' }, 'sc', ['deadlock']],
  [WORD_WAITS, 'seqcount-in-interrupt', { wait: 'loop' }, 'tso', ['deadlock']],
  [TRY_LOOPS, 'cycle', { lock: 'trylock-beside-a-read' }, 'sc', ['deadlock']],
  [TRY_LOOPS, 'exited', { lock: 'xchg' }, 'tso', ['lost-wake-up']],
] as const;

for (const [typed, variant, asked, memory, signatures] of CASES) {
  test.serial(`${typed.split('/').at(-1)}:${variant} ${Object.values(asked).join()}`.trim(), async (t) => {
    const named = { ...(await loadTyped(typed)), typed };
    const knobs = knobsFor(named.race, variant, asked);
    const cpus = named.race.cpus.default;
    const request = { variant, knobs, cpus, memory, limits: EXPLORE_LIMITS, evidence: folder };
    const { failures, classes, unclassed } = await exploreVariant(named, request, { signal, threads });
    t.is(unclassed === null, classes !== null);
    if (typed === TASKS) t.is(unclassed, 'its tasks share CPUs');
    t.deepEqual(failures.map(({ signature }) => signature).toSorted(), [...signatures]);
    for (const { signature, witness } of failures) t.true(witness?.replayed, `${signature}: ${witness?.reason}`);
  });
}
