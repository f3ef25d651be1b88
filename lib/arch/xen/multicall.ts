/** The guest's queue of hypercalls. Called on a CPU's thread by the race xen-pin; read on the host by report.ts. */

import { checkWord } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { enter, kernelFunction, leave } from '../../machine/callStack.js';
import { BUG } from '../../kernel/bug.js';
import { local_irq_restore, local_irq_save } from '../../kernel/irqflags.js';
import { spin_unlock } from '../../kernel/spinlock.js';
import { DEFINE_PER_CPU, raw_cpu_ptr } from '../../kernel/percpu.js';
import { WORD, struct, words } from '../../sharedarraybuffer-utils/index.js';
import type { Domain } from './domain.js';
import { executeEntry } from './hypercall.js';

/** Entries of the queue: it is issued when the next one would not fit. @kernel MC_BATCH, arch/x86/xen/multicalls.c */
export const MC_BATCH = 32;
const ENTRY = struct({ op: WORD, page: WORD, argument: WORD, result: WORD });
const BUFFER = struct({
  count: WORD,
  callbacks: WORD,
  flags: WORD,
  entries: words(MC_BATCH * ENTRY.WORDS),
  callbackArguments: words(MC_BATCH),
});
const mc_buffer = DEFINE_PER_CPU('mc_buffer', BUFFER.WORDS);
const XEN_MC_FLUSH = kernelFunction('xen_mc_flush');

/** Signature of a hypercall that the hypervisor has refused inside a batch. */
export const MULTICALL_FAILED = 'multicall-failed';

/**
 * Starts a batch: interrupts are off until `xen_mc_issue`. The buffer is this CPU's own.
 *
 * @kernel xen_mc_batch, arch/x86/xen/multicalls.h. Differs: the flags are saved to a local first, then to the buffer.
 */
export function xen_mc_batch(cpu: Cpu): void {
  const flags = local_irq_save(cpu);
  cpu.mem[raw_cpu_ptr(cpu, mc_buffer) + BUFFER.flags] = flags;
}

/**
 * Queues one entry; a full queue is issued first.
 *
 * @kernel xen_mc_entry, arch/x86/xen/multicalls.c
 */
export function xen_mc_entry(cpu: Cpu, domain: Domain, op: number, page: number, argument: number): void {
  if ((op | 0) !== op) checkWord('xen_mc_entry: op', op);
  if ((page | 0) !== page) checkWord('xen_mc_entry: page', page);
  if ((argument | 0) !== argument) checkWord('xen_mc_entry: argument', argument);
  const { mem } = cpu;
  const b = raw_cpu_ptr(cpu, mc_buffer);
  if (mem[b + BUFFER.count] === MC_BATCH) xen_mc_flush(cpu, domain);
  const n = mem[b + BUFFER.count];
  const at = b + BUFFER.entries + n * ENTRY.WORDS;
  mem[at + ENTRY.op] = op;
  mem[at + ENTRY.page] = page;
  mem[at + ENTRY.argument] = argument;
  mem[b + BUFFER.count] = n + 1;
}

/**
 * Has a PTE lock released once the queued entries have been executed.
 *
 * @kernel xen_mc_callback, arch/x86/xen/multicalls.h. Differs: the callback is always xen_pte_unlock, its one user in mmu.c.
 */
export function xen_mc_callback(cpu: Cpu, domain: Domain, ptl: number): void {
  if ((ptl | 0) !== ptl) checkWord('xen_mc_callback: ptl', ptl);
  const { mem } = cpu;
  const b = raw_cpu_ptr(cpu, mc_buffer);
  if (mem[b + BUFFER.callbacks] === MC_BATCH) xen_mc_flush(cpu, domain);
  const n = mem[b + BUFFER.callbacks];
  mem[b + BUFFER.callbackArguments + n] = ptl;
  mem[b + BUFFER.callbacks] = n + 1;
}

/**
 * Has the hypervisor execute the queue, entry by entry and in order; then the callbacks run. A refused entry is a BUG.
 *
 * @kernel xen_mc_flush, arch/x86/xen/multicalls.c
 */
export function xen_mc_flush(cpu: Cpu, domain: Domain): void {
  const { mem } = cpu;
  const b = raw_cpu_ptr(cpu, mc_buffer);
  enter(cpu, XEN_MC_FLUSH);
  const flags = local_irq_save(cpu);
  const count = mem[b + BUFFER.count];
  let failed = 0;
  for (let i = 0; i < count; i++) {
    const at = b + BUFFER.entries + i * ENTRY.WORDS;
    const result = executeEntry(cpu, domain, mem[at + ENTRY.op], mem[at + ENTRY.page], mem[at + ENTRY.argument]);
    mem[at + ENTRY.result] = result;
    if (result !== 0) failed++;
  }
  if (failed !== 0) BUG(cpu, MULTICALL_FAILED, 'multicall(s) failed', failed, count, b);
  mem[b + BUFFER.count] = 0;
  local_irq_restore(cpu, flags);
  const callbacks = mem[b + BUFFER.callbacks];
  mem[b + BUFFER.callbacks] = 0;
  for (let i = 0; i < callbacks; i++) spin_unlock(cpu, mem[b + BUFFER.callbackArguments + i]);
  leave(cpu);
}

/**
 * Ends a batch: everything queued takes effect, then interrupts come back.
 *
 * @kernel xen_mc_issue, arch/x86/xen/multicalls.h
 */
export function xen_mc_issue(cpu: Cpu, domain: Domain): void {
  xen_mc_flush(cpu, domain);
  local_irq_restore(cpu, cpu.mem[raw_cpu_ptr(cpu, mc_buffer) + BUFFER.flags]);
}

/** Empties the queue of a CPU whose trial was abandoned in the middle of a batch. */
export function dropBatch(cpu: Cpu): void {
  const b = raw_cpu_ptr(cpu, mc_buffer);
  cpu.mem[b + BUFFER.count] = 0;
  cpu.mem[b + BUFFER.callbacks] = 0;
}

/** One entry of a failed batch, as the report shows it. */
export interface McEntry {
  readonly index: number;
  readonly op: number;
  readonly page: number;
  readonly argument: number;
  readonly result: number;
}

/** Returns the entries of a CPU's buffer; `area` is the word index of its per-CPU area in `mem`. */
export function readMulticalls(mem: Int32Array, area: number): McEntry[] {
  const b = area + mc_buffer.offset;
  return Array.from({ length: mem[b + BUFFER.count] }, (_, index) => {
    const at = b + BUFFER.entries + index * ENTRY.WORDS;
    return {
      index,
      op: mem[at + ENTRY.op],
      page: mem[at + ENTRY.page],
      argument: mem[at + ENTRY.argument],
      result: mem[at + ENTRY.result],
    };
  });
}
