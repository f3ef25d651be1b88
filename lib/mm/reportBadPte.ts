/**
 * The report of a bad page-table entry. Called on the host by the report of the race numa-protnone.
 *
 * The layout of print_bad_pte(), dump_page() and check_mm() of a 3.12 x86-64 kernel. What the simulated machine does not
 * have is given a value that can be traced back to it: a kernel address comes from a word index, a struct page's from its
 * PFN, a text address from the function's name.
 */

import { hex } from '../kernel/oops.js';
import { CPU } from '../machine/layout.js';
import type { CpuSnapshot, Snapshot } from '../machine/snapshotView.js';
import { PAGE_MAPPING_ANON, PG_swapbacked, PG_uptodate, STRUCT_PAGE } from './structPage.js';

const KERNEL_DATA = 'ffff8800';
const VMEMMAP = 'ffffea00';
const KERNEL_TEXT = 'ffffffff';
/** Bytes of a struct page: pages follow one another in the vmemmap. */
const STRUCT_PAGE_BYTES = 64;

/** The process that an entry belongs to. */
export interface Mapping {
  readonly comm: string;
  readonly pid: number;
  /** Word index of its mm. */
  readonly mm: number;
  /** Word index of the entry; the page it maps has this number in the process's address space. */
  readonly ptep: number;
  readonly vmFlags: number;
}

/** Returns the address of what lies at a word index, as %p prints it. */
export function kernelPointer(word: number): string {
  return KERNEL_DATA + hex(word * 4);
}

/** Returns a pointer as %p prints it: NULL in the width of any other. */
function pointer(text: string | null): string {
  return text ?? '          (null)';
}

/**
 * Returns the lines of print_bad_pte(). An anon_vma is named by the entry whose page it is the first to map, an index
 * by the same. `val` is the entry's pte_val(); `pfn` and `page` are -1 and 0 if it has no struct page.
 */
export function badPageMap(s: Snapshot, of: Mapping, val: number, pfn: number, page: number): string[] {
  const index = hex(of.ptep, 1);
  return [
    `BUG: Bad page map in process ${of.comm}  pte:${hex(val)} pmd:${hex((of.mm << 12) | 0x067)}`,
    ...(page === 0 ? [] : dumpPage(s, pfn, page)),
    `addr:${`${index}000`.padStart(16, '0')} vm_flags:${hex(of.vmFlags)} anon_vma:${kernelPointer(of.ptep)} mapping:${pointer(null)} index:${index}`,
  ];
}

function dumpPage(s: Snapshot, pfn: number, page: number): string[] {
  const count = s.word(page + STRUCT_PAGE.count);
  const mapcount = s.word(page + STRUCT_PAGE.mapcount);
  const mapping = s.word(page + STRUCT_PAGE.mapping);
  const flags = s.word(page + STRUCT_PAGE.flags);
  const owner = mapping >>> 1;
  const anonVma = owner === 0 ? null : KERNEL_DATA + hex(owner * 4 + PAGE_MAPPING_ANON);
  return [
    `page:${VMEMMAP}${hex(pfn * STRUCT_PAGE_BYTES)} count:${count} mapcount:${mapcount} mapping:${pointer(anonVma)} index:0x${hex(owner, 1)}`,
    `page flags: 0x${hex(flags, 1)}(${flagNames(flags).join('|')})`,
  ];
}

function flagNames(flags: number): string[] {
  return [
    ...((flags & PG_uptodate) === 0 ? [] : ['uptodate']),
    ...((flags & PG_swapbacked) === 0 ? [] : ['swapbacked']),
  ];
}

/** Returns the lines of dump_stack(): the CPU, some words of its stack, and who called whom. */
export function dumpStack(s: Snapshot, of: Mapping, release: string): string[] {
  const cpu = s.cpus[s.cpu];
  return [
    `CPU: ${s.cpu} PID: ${of.pid} Comm: ${of.comm} Not tainted ${release} #${s.trial}`,
    ...stackWords(s, cpu),
    'Call Trace:',
    ...cpu.frames.map((frame) => ` [<${textAddress(frame.fn)}>] ${frame.fn}, at ${frame.step}`),
  ];
}

/** What the kernel says when the first of these reports has tainted it. */
export const LOCKDEP_OFF = 'Disabling lock debugging due to kernel taint';

/** Returns the words of the shadow call stack, four to a line: the function and the step of its caller, for each frame. */
function stackWords(s: Snapshot, cpu: CpuSnapshot): string[] {
  const words = Array.from({ length: 8 }, (_, i) => hex(s.mem[cpu.block + CPU.frames + i], 16));
  return [0, 4].map((from) => ` ${words.slice(from, from + 4).join(' ')}`);
}

function textAddress(fn: string): string {
  let sum = 0;
  for (let i = 0; i < fn.length; i++) sum = (Math.imul(sum, 31) + fn.charCodeAt(i)) & 0x3fffff;
  return KERNEL_TEXT + hex(0x81000000 + sum);
}

/** Returns the lines of check_mm(): one for each counter that is not zero when the mm goes. Index 0 counts file pages, 1 anonymous ones. */
export function badRssCounters(mm: number, counters: readonly number[]): string[] {
  return counters.flatMap((val, idx) =>
    val === 0 ? [] : [`BUG: Bad rss-counter state mm:${kernelPointer(mm)} idx:${idx} val:${val}`],
  );
}
