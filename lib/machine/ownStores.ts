/** Looks for the stores of a CPU that waits in a handler, in its record. Called by standstill.ts when a CPU is stuck. */

import { Ring } from '../sharedarraybuffer-utils/index.js';
import type { Cpu } from './cpu.js';
import { OP, OP_MASK } from './recorder.js';

/** Whether the code that CPU `c` has interrupted was seen to store the word. Without a record: no. */
export function storedItself({ mem, map }: Pick<Cpu, 'mem' | 'map'>, c: number, address: number): boolean {
  const ring = new Ring(mem, map.rings + c * map.ringStride, map.shape.ringEntries);
  let inside = true;
  for (let i = ring.kept - 1; i >= 0; i--) {
    const at = ring.at(i);
    const op = mem[at] & OP_MASK;
    if (op === OP.IRQ_ENTER) inside = false;
    else if (op === OP.IRQ_EXIT) inside = true;
    else if (!inside && op < OP.FAILED && mem[at + 1] === address && mem[at + 2] !== mem[at + 3]) return true;
  }
  return false;
}
