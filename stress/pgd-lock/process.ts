/** What the process does on its CPUs: loads and stores through the TLB, as the hardware takes them. */
import { atomic_fetch_add, cpumask_of, fail, step, type Cpu } from '../../lib/sdk/index.js';
import { _PAGE_ACCESSED, _PAGE_PRESENT, tlbLookup, translate, userStore } from '../../lib/sdk/mm.js';
import { LOST_WRITE, S } from './about.js';
import { CONTENTS, PG_dirty, PG_writeback, STATE, type Config } from './state.js';

/** A thread of the process looks at the page, which sets the A bit again. */
export function user_load(cpu: Cpu, at: number, c: Config): void {
  if (!runsProcess(cpu, c)) return;
  step(cpu, S.U1);
  translate(cpu, at + c.entry, _PAGE_PRESENT, _PAGE_ACCESSED);
}

/** Whether the CPU runs the process at all: a lazy user of the mm does not. */
export function runsProcess(cpu: Cpu, c: Config): boolean {
  return !c.lazy && (c.mmCpumask & cpumask_of(cpu.id)) !== 0;
}

/** Makes one store of the process; returns false if it faults, which ends what the thread does here. */
export function store(cpu: Cpu, at: number, c: Config): boolean {
  return userStore(cpu, at + c.entry, retireStore, at);
}

/** An entry that is in the TLB behind the store was not flushed when the page said that it was clean. */
function retireStore(cpu: Cpu, at: number, entry: number): void {
  const before = atomic_fetch_add(cpu, at + STATE.page, CONTENTS);
  const clean = (before & (PG_dirty | PG_writeback)) === PG_writeback;
  if (clean && tlbLookup(cpu, entry) !== 0) lostWrite(cpu, at, before, entry);
}

function lostWrite(cpu: Cpu, at: number, before: number, entry: number): void {
  const what = 'I17: a store through a stale translation to a page that is clean and has no PTE';
  fail(cpu, LOST_WRITE, what, at + STATE.page, before, entry);
}
