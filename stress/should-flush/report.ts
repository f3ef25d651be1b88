/** What a debugger would find of a stale translation: the kernel itself says nothing. Called by race.ts. */

import type { Snapshot } from '../../lib/sdk/index.js';
import { MM_CONTEXT, loadedMmOf, tagGeneration } from '../../lib/sdk/mm.js';
import { STATE } from './state.js';

export function shouldFlushReport(s: Snapshot): readonly string[] {
  const { instance } = s;
  const tlb = instance + STATE.tlb;
  const mm = instance + STATE.mm;
  const names = new Map([
    [tlb, 'init_mm'],
    [mm, 'the process'],
    [instance + STATE.other_mm, 'another process'],
  ]);
  return [
    s.message,
    `tlb_gen of the process is ${s.word(mm + MM_CONTEXT.tlb_gen)}, the PTE ${s.word(instance + STATE.pte)}`,
    ...s.cpus.map(({ comm }, id) => {
      const loaded = names.get(loadedMmOf(s, tlb, id)) ?? 'LOADED_MM_SWITCHING';
      const kept = tagGeneration(s, tlb, id, s.word(mm + MM_CONTEXT.ctx_id));
      return `CPU ${id} (${comm}): loaded_mm is ${loaded}; ${kept === null ? 'keeps nothing of the process' : `what it keeps of the process is of generation ${kept}`}`;
    }),
  ];
}
