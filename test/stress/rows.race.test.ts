/**
 * Goal: on real threads the rows below do what they say, with and without store buffers; what fails is explained and run again from
 * its evidence.
 * Method: rows that should hold run some hundred trials, rows that should fail until they do. Those with more CPUs than two belong to `verify`.
 */
import test from 'ava';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { expectedOf } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { requireActors } from '../../lib/race/kinds.js';
import { failsProved, hammer, signaturesOf } from '../harness/hammered.js';

const RACES = [
  'batched-unmap',
  'gup-fast',
  'mremap',
  'pfnmap-munmap',
  'should-flush',
  'uffd-wp',
  'vma-lock-fork',
  'zap-mkclean',
];

/** Of the races with tests of their own: the rows that answer what their mails ask. */
const QUESTIONS: Readonly<Record<string, RegExp>> = {
  'hash-batch': /^(?:mremap|fork|rmap|sparc64|software TLB|one lock over)/,
  'lazy-mmu': /^PTE copy/,
  'xen-pin': /PAE|execve|bare hardware|pinned first/,
  'pgd-lock': /VM_BUG_ON|softirq|spin_lock_bh|kworker/,
};

// ava wants all tests of a file declared before the first await between two of them.
const races = await Promise.all(
  [...RACES, ...Object.keys(QUESTIONS)].map(async (name) => loadRace(raceUrl(name) ?? 'no such race')),
);

for (const loaded of races) {
  const race = requireActors(loaded.race);
  const asked = QUESTIONS[race.name] ?? /^/;
  for (const row of race.rows.filter(({ name, cpus = 2 }) => cpus === 2 && asked.test(name))) {
    const { variant, knobs = {}, memory = 'sc' } = row;
    const { fails, alsoFails } = expectedOf(race, variant, knobsFor(race, variant, knobs), memory);
    const conditions = { variant, knobs, memory };
    test.serial(`${race.name}, ${row.name}: ${fails ?? 'holds'}`, async (t) => {
      if (fails !== null) await failsProved(t, loaded, conditions, { signature: fails, also: alsoFails, wanted: 1 });
      else t.deepEqual(signaturesOf(await hammer(loaded, conditions, 0)), []);
    });
  }
}
