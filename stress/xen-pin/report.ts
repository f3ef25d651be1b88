/** What xen-pin adds to the kernel log of a Xen guest. */
import type { Snapshot } from '../../lib/sdk/index.js';
import { MULTICALL_FAILED, xenReport } from '../../lib/sdk/xen.js';
import { MM } from './state.js';

/** Returns the lines of the oops or BUG; behind a refused unpin, who still refers to the page table. */
export function xenPinReport(s: Snapshot, steps: readonly string[]): readonly string[] {
  const lines = xenReport(s, steps);
  return s.signature === MULTICALL_FAILED ? [...lines, ...holdersOfTheRoot(s)] : lines;
}

/** I2: a page that stays a page table after its unpin is some CPU's cr3. I18: that CPU should be in cpu_vm_mask. */
function holdersOfTheRoot(s: Snapshot): string[] {
  const loaded = s.word(s.instance + MM.xen_current_cr3);
  const mask = s.word(s.instance + MM.cpu_vm_mask);
  return s.cpus
    .filter(({ id }) => (loaded & (1 << id)) !== 0)
    .map(({ id }) => {
      const known = (mask & (1 << id)) !== 0 ? 'in cpu_vm_mask' : 'not in cpu_vm_mask (I18)';
      return `I2: the unpinned root is still cr3 of CPU ${id}, which runs ${s.cpus[id].comm}, ${known}`;
    });
}
