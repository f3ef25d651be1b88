import { threadId } from 'node:worker_threads';
import type { Cpu } from '../machine/cpu.js';
import { PROGRESS } from '../machine/layout.js';
import { ownTid } from './coreBinding.js';

/** Tells the host which thread runs the CPU, for its watchdog and for the binding to a core. */
export function showThread({ mem, progress }: Cpu): void {
  mem[progress + PROGRESS.threadId] = threadId;
  // Where it is 0 the watchdog goes by the time of the whole process.
  mem[progress + PROGRESS.tid] = ownTid();
}
