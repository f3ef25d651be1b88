/**
 * Names the words of a machine that belong to no instance, as reports and orders show them. Called on the host by
 * lib/harness/host/machine.ts, and by lib/explore/trees/history.ts.
 */

import { CPU, LINES_MAX } from '../machine/layout.js';
import type { MachineMap } from '../machine/map.js';
import { offerAt } from '../machine/migration.js';
import { LINE_WORDS } from '../sharedarraybuffer-utils/index.js';
import { nameOfPerCpuWord } from './bootMachine.js';

/** Returns the name of a word: `cpu0.ipi_pending`, `task1.ready`; undefined if it is of an instance, or nothing has it. */
export function nameOfMachineWord(map: MachineMap, address: number): string | undefined {
  const { cpus } = map.shape;
  const inside = (base: number, stride: number): number =>
    address >= base && address < base + stride * cpus ? Math.floor((address - base) / stride) : -1;
  const box = inside(map.mailboxes, 2 * LINE_WORDS);
  if (box >= 0)
    return `cpu${box}.${(address - map.mailboxes) % (2 * LINE_WORDS) < LINE_WORDS ? 'ipi_pending' : 'ipi_unacked'}`;
  if (address === offerAt(map)) return 'cpu_on_offer';
  const block = inside(map.cpus, map.cpuStride);
  const offset = (address - map.cpus) % map.cpuStride;
  if (block >= 0) return offset === CPU.offer ? `task${block}.ready` : `cpu${block}.${nameOfCpuWord(offset)}`;
  const area = inside(map.percpu, map.percpuStride);
  return area >= 0 ? `cpu${area}.${nameOfPerCpuWord((address - map.percpu) % map.percpuStride)}` : undefined;
}

function nameOfCpuWord(offset: number): string {
  if (offset === CPU.buffered) return 'store_buffer';
  if (offset === CPU.lines) return 'irq_pending';
  const tasklet = offset - CPU.tasklets;
  if (tasklet >= 0 && tasklet < LINES_MAX) return `tasklet[${tasklet}]`;
  const csd = offset - CPU.csd;
  return csd >= 0 && csd < 3 ? `csd.${['func', 'info', 'wait'][csd]}` : `word+${offset}`;
}
