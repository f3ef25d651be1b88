/**
 * Where a dirty bit is that was taken out of an entry, until the page or another entry has it. Called on a CPU's thread by nativePte.ts,
 * where entries change, and by structPage.ts and dirtyPage.ts, where it must have arrived.
 *
 * No part of the modelled kernel, and no shared word: the CPU's own. Only the entry that its task has taken out last counts: with an anonymous
 * page its dirty bit may go. What a task has taken out that moves to another CPU since, or is preempted for one that takes an entry out, is
 * not found.
 */

import type { Cpu } from '../machine/cpu.js';
import { fail } from '../machine/outcome.js';
import { LOST_DIRTY } from '../machine/signatures.js';
import { DEFINE_PER_CPU, ownWords } from '../kernel/percpu.js';
import { WORD, struct } from '../sharedarraybuffer-utils/index.js';
import { _PAGE_DIRTY } from './pgtable.js';

const TAKEN = struct({ trial: WORD, task: WORD, ptep: WORD, pte: WORD });
const taken_dirty = DEFINE_PER_CPU('taken_dirty', TAKEN.WORDS);

/** Notes that the CPU has replaced the entry `old` by `pte`: a dirty bit that is in none of the two any more is the CPU's to pass on. */
export function noteReplaced(cpu: Cpu, ptep: number, old: number, pte: number): void {
  if ((pte & _PAGE_DIRTY) !== 0) passDirtyOn(cpu);
  else if (old !== 0) note(cpu, ptep, old);
}

function note(cpu: Cpu, ptep: number, old: number): void {
  const taken = ownWords(cpu, taken_dirty);
  cpu.mem[taken + TAKEN.trial] = (old & _PAGE_DIRTY) === 0 ? 0 : cpu.taggedTrial;
  cpu.mem[taken + TAKEN.task] = cpu.home;
  cpu.mem[taken + TAKEN.ptep] = ptep;
  cpu.mem[taken + TAKEN.pte] = old;
}

/** Notes that the dirty bit has arrived. */
export function passDirtyOn(cpu: Cpu): void {
  cpu.mem[ownWords(cpu, taken_dirty) + TAKEN.trial] = 0;
}

/** Checks that the dirty bit of the entry that the CPU has taken out has arrived (I20), whether or not anybody misses it. */
export function checkPassedOn(cpu: Cpu, message: string): void {
  const taken = ownWords(cpu, taken_dirty);
  if (cpu.mem[taken + TAKEN.trial] === cpu.taggedTrial && cpu.mem[taken + TAKEN.task] === cpu.home)
    fail(cpu, LOST_DIRTY, message, cpu.mem[taken + TAKEN.ptep], cpu.mem[taken + TAKEN.pte]);
}
