import { readlinkSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import type { Cpu } from '../machine/cpu.js';
import { PROGRESS } from '../machine/layout.js';

/** Tells the host which thread runs the CPU, for its watchdog and for the binding to a core. */
export function showThread({ mem, progress }: Cpu): void {
  mem[progress + PROGRESS.threadId] = threadId;
  try {
    mem[progress + PROGRESS.tid] = Number(/\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0] ?? 0);
  } catch {
    // A host without /proc: the watchdog goes by the time of the whole process there.
    mem[progress + PROGRESS.tid] = 0;
  }
}
