/**
 * Goal: the lines of print_bad_pte() and check_mm() stand as the kernel prints them, filled from the state.
 * Method: the report of 3.12.7 beside ours, character by character where the layout is fixed.
 */
import test from 'ava';
import type { Snapshot } from '../../lib/machine/snapshotView.js';
import { badPageMap, badRssCounters, kernelPointer, type Mapping } from '../../lib/mm/reportBadPte.js';
import { STRUCT_PAGE } from '../../lib/mm/structPage.js';

const OF: Mapping = { comm: 'vsftpd', pid: 587, mm: 0x40, ptep: 0x43, vmFlags: 0x100071 };
const PAGE = 0x80;

function snapshot(words: Record<number, number>): Snapshot {
  return { word: (address: number) => words[address] ?? 0 } as Snapshot;
}

test("a page that is nobody's, as in the report", (t) => {
  const s = snapshot({ [PAGE + STRUCT_PAGE.count]: 0, [PAGE + STRUCT_PAGE.mapcount]: -1 });
  t.deepEqual(badPageMap(s, OF, 0x93b88165, 0x493b88, PAGE), [
    'BUG: Bad page map in process vsftpd  pte:93b88165 pmd:00040067',
    'page:ffffea00124ee200 count:0 mapcount:-1 mapping:          (null) index:0x0',
    'page flags: 0x0()',
    'addr:0000000000043000 vm_flags:00100071 anon_vma:ffff88000000010c mapping:          (null) index:43',
  ]);
});

test('an anonymous page names its owner, and its flags', (t) => {
  const s = snapshot({
    [PAGE + STRUCT_PAGE.count]: 1,
    [PAGE + STRUCT_PAGE.mapping]: (0x43 << 1) | 1,
    [PAGE + STRUCT_PAGE.flags]: 0x80008,
  });
  t.deepEqual(badPageMap(s, OF, 0x1165, 1, PAGE).slice(1, 3), [
    'page:ffffea0000000040 count:1 mapcount:0 mapping:ffff88000000010d index:0x43',
    'page flags: 0x80008(uptodate|swapbacked)',
  ]);
});

test('without a struct page there is nothing to say of it', (t) => {
  t.is(badPageMap(snapshot({}), OF, 0x9166, -1, 0).length, 2);
});

test('counters that are not zero, by their index', (t) => {
  t.is(kernelPointer(0x40), 'ffff880000000100');
  t.deepEqual(badRssCounters(0x40, [-1, 1]), [
    'BUG: Bad rss-counter state mm:ffff880000000100 idx:0 val:-1',
    'BUG: Bad rss-counter state mm:ffff880000000100 idx:1 val:1',
  ]);
  t.deepEqual(badRssCounters(0x40, [0, 0]), []);
});
