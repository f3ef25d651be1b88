/**
 * Goal: the dirty bit of an entry that was taken out reaches the page or another entry before the mapping is given up or the page is
 * cleaned, or the trial fails, though nobody misses it; with an anonymous page it may go. Method: one CPU takes entries out.
 */
import test from 'ava';
import type { Cpu } from '../../lib/machine/cpu.js';
import { LOST_DIRTY } from '../../lib/machine/signatures.js';
import { outcomeSignature } from '../../lib/machine/outcome.js';
import { clearPageDirty, mappingIsGone, set_page_dirty } from '../../lib/mm/dirtyPage.js';
import { native_ptep_get_and_clear, native_set_pte_at, replaceEntry } from '../../lib/mm/nativePte.js';
import { STRUCT_PAGE, page_remove_file_rmap, page_remove_rmap } from '../../lib/mm/structPage.js';
import { _PAGE_DIRTY, _PAGE_PRESENT, _PAGE_RW, pfn_pte } from '../../lib/mm/pgtable.js';
import { beginTrial, boot, isAbandoned } from '../machine/boot.js';

const CLEAN = pfn_pte(1, _PAGE_PRESENT | _PAGE_RW);
const DIRTY = CLEAN | _PAGE_DIRTY;
const PG_DIRTY = 1;
/** Words of an instance: two entries, a page. */
const [OTHER, PAGE] = [1, 2];
const FLAGS = PAGE + STRUCT_PAGE.flags;

type Does = (cpu: Cpu, at: number) => void;

/** Returns whether the dirty bit is lost where a mapping of the page is given up, or where it is cleaned, behind what was done. */
function isLost(does: Does, ends: Does): boolean {
  const { cpus, mem, at } = boot({ words: PAGE + STRUCT_PAGE.WORDS, signatures: [LOST_DIRTY] });
  mem[at] = DIRTY;
  const [cpu] = cpus;
  does(cpu, at);
  isAbandoned(() => ends(cpu, at));
  return mem[cpu.outcome] !== 0 && outcomeSignature(mem[cpu.outcome]) === 0;
}

const ENDS: readonly Does[] = [
  (cpu, at) => page_remove_file_rmap(cpu, at + PAGE),
  (cpu) => mappingIsGone(cpu),
  (cpu, at) => clearPageDirty(cpu, at + FLAGS, PG_DIRTY),
];
const takes: Does = (cpu, at) => native_ptep_get_and_clear(cpu, at);

for (const [what, lost, does] of [
  ['taken out and forgotten', true, takes],
  ['replaced by a swap entry', true, (cpu, at) => replaceEntry(cpu, at, 0x1000)],
  [
    'stored clean',
    true,
    (cpu, at) => {
      takes(cpu, at);
      native_set_pte_at(cpu, at, CLEAN & ~_PAGE_RW);
    },
  ],
  [
    'a read-only dirty one overwritten',
    true,
    (cpu, at) => {
      cpu.mem[at] = DIRTY & ~_PAGE_RW;
      native_set_pte_at(cpu, at, CLEAN & ~_PAGE_RW);
    },
  ],
  [
    'passed to the page',
    false,
    (cpu, at) => {
      takes(cpu, at);
      set_page_dirty(cpu, at + FLAGS, PG_DIRTY);
    },
  ],
  [
    'moved to another entry',
    false,
    (cpu, at) => native_set_pte_at(cpu, at + OTHER, native_ptep_get_and_clear(cpu, at)),
  ],
  [
    'of a clean one taken out since',
    false,
    (cpu, at) => {
      takes(cpu, at);
      cpu.mem[at + OTHER] = CLEAN;
      native_ptep_get_and_clear(cpu, at + OTHER);
    },
  ],
  ['not taken out', false, () => undefined],
] as const satisfies readonly (readonly [string, boolean, Does])[])
  test(`${what}: ${lost ? 'lost' : 'not lost'}`, (t) => {
    t.deepEqual(
      ENDS.map((ends) => isLost(does, ends)),
      ENDS.map(() => lost),
    );
  });

test('the page is dirty when its flag was set, and clean when it was cleared', (t) => {
  const { cpus, mem, at } = boot({ words: PAGE + STRUCT_PAGE.WORDS });
  set_page_dirty(cpus[0], at + FLAGS, PG_DIRTY);
  t.is(mem[at + FLAGS], PG_DIRTY);
  clearPageDirty(cpus[0], at + FLAGS, PG_DIRTY);
  t.is(mem[at + FLAGS], 0);
});

test('with its last mapping the contents of an anonymous page go', (t) => {
  t.false(isLost(takes, (cpu, at) => page_remove_rmap(cpu, at + PAGE)));
});

test('another CPU, and the next trial, owe nothing', (t) => {
  const { cpus, mem, at } = boot({ words: PAGE + STRUCT_PAGE.WORDS, signatures: [LOST_DIRTY] });
  mem[at] = DIRTY;
  takes(cpus[0], at);
  mappingIsGone(cpus[1]);
  beginTrial(cpus[0], 2);
  mappingIsGone(cpus[0]);
  t.is(mem[cpus[0].outcome], 0);
});
