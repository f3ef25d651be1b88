/** What a kernel log would show of the failures of pgd-lock. */
import type { Snapshot } from '../../lib/sdk/index.js';
import { bugHead, dataAddress, hex, showRegisters } from '../../lib/sdk/oops.js';
import { LOST_WRITE } from './about.js';
import { CONTENTS, PG_dirty, PG_writeback } from './state.js';

export function pgdLockReport(s: Snapshot, stepLabels: readonly string[]): readonly string[] {
  if (s.signature === LOST_WRITE) return lostWrite(s);
  const [eax, ebx, ecx, edx] = s.detail;
  return [
    ...bugHead(s.message),
    ...showRegisters(s, { eax, ebx, ecx, edx, esi: 0, edi: dataAddress(s.instance) }, stepLabels),
  ];
}

/** A kernel says nothing of a lost write. What a debugger would find. */
function lostWrite(s: Snapshot): string[] {
  const [page, found, entry] = s.detail;
  return [
    s.message,
    `page:${hex(dataAddress(page))} flags: ${flagNames(found)} when store ${Math.floor(found / CONTENTS)} went into it, PTE ${hex(s.word(entry))} now`,
    `by ${s.cpus[s.cpu].comm} on CPU ${s.cpu}, whose TLB still has the page writable and dirty`,
  ];
}

function flagNames(page: number): string {
  const names = [(page & PG_dirty) !== 0 ? 'dirty' : '', (page & PG_writeback) !== 0 ? 'writeback' : ''].filter(
    (n) => n !== '',
  );
  return `0x${hex(page & (CONTENTS - 1), 1)}(${names.join('|')})`;
}
