/**
 * Whether a CPU can use what its TLB keeps under a tag. Called on a CPU's thread by pageOwner.ts, where a page is freed.
 *
 * Entries under a tag that is not loaded are harmless if they are flushed when it is: the CPU compares its generation of the tag with that
 * of the address space. So are those of a CPU in lazy TLB mode, which runs no code of the process and compares when it leaves that mode.
 */

import { READ_ONCE, checkWord } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { CPU_TLB, LOADED_MM_SWITCHING, MM_CONTEXT, tlbStateOf } from './tlbState.js';

/**
 * Returns whether CPU `other` can use entries of the address space `mm` under tag `asid` without a flush before, if they are still there
 * behind this. A CPU that is just loading an address space cannot: it looks at the page itself when it has (`checkKept`).
 */
export function isTagUsable(cpu: Cpu, tlb: number, mm: number, other: number, asid: number): boolean {
  if ((mm | 0) !== mm) checkWord('isTagUsable: mm', mm);
  const state = tlbStateOf(tlb, other);
  const loaded = READ_ONCE(cpu, state + CPU_TLB.loaded_mm);
  if (loaded === LOADED_MM_SWITCHING) return false;
  // The tag of another address space now: it was loaded with a flush.
  if (READ_ONCE(cpu, state + CPU_TLB.ctx_id + asid) !== READ_ONCE(cpu, mm + MM_CONTEXT.ctx_id)) return false;
  const isRunning = loaded === mm && READ_ONCE(cpu, state + CPU_TLB.is_lazy) === 0;
  if (!isRunning && isBehind(cpu, state, mm, asid)) return false;
  // A switch notes its generation in front of its flush, and may be over since: so is its flush then.
  if (READ_ONCE(cpu, state + CPU_TLB.on_its_way) !== 0) return false;
  return READ_ONCE(cpu, state + CPU_TLB.loaded_mm) === loaded;
}

/** Whether a CPU flushes what it has under the tag before it uses it again. */
function isBehind(cpu: Cpu, state: number, mm: number, asid: number): boolean {
  return READ_ONCE(cpu, state + CPU_TLB.tlb_gen + asid) !== READ_ONCE(cpu, mm + MM_CONTEXT.tlb_gen);
}
