/**
 * Queues page-table updates and issues them. Called on a CPU's thread by lazyMode.ts, mapping.ts and vmallocFault.ts;
 * read on the host by report.ts.
 *
 * The per-CPU queue of page-table updates that the hypervisor has not been given yet. The words belong to the CPU: an
 * interrupt may use them in between, hence interrupts are off while the queue changes; another CPU never does.
 */

import { WRITE_ONCE, checkWord } from '../../machine/access.js';
import { enter, kernelFunction, leave } from '../../machine/callStack.js';
import type { Cpu } from '../../machine/cpu.js';
import { BUG } from '../../kernel/bug.js';
import { local_irq_restore, local_irq_save } from '../../kernel/irqflags.js';
import { DEFINE_PER_CPU, raw_cpu_ptr, this_cpu_read, this_cpu_write } from '../../kernel/percpu.js';
import { WORD, struct, words } from '../../sharedarraybuffer-utils/index.js';

/** Room of the queue. A race that wants one without limit must die of something else before it is full. */
export const QUEUE_ROOM = 96;
const QUEUE = struct({ count: WORD, flags: WORD, targets: words(QUEUE_ROOM), values: words(QUEUE_ROOM) });
const mmu_queue = DEFINE_PER_CPU('mmu_queue', QUEUE.WORDS);
const F_ISSUE = kernelFunction('xen_mc_flush');

/** Signature of a queue that is full although it has no limit. */
export const QUEUE_OVERFLOW = 'queue-overflow';
/** Signature of interrupt flags that a task has saved on one CPU and would restore on another. */
export const FLAGS_MISPLACED = 'irq-flags-misplaced';

/** What decides how updates are queued. */
export interface QueueForm {
  /** Updates that the queue holds before it is issued. */
  readonly queueLimit: number;
  /** [hazard] Flags are saved straight into the per-CPU word, whose address is taken while the task can still be preempted. */
  readonly flagsToPerCpuWord: boolean;
}

/** Queues a store to one word; a queue that is full is issued first. Order is kept. */
export function queueUpdate(cpu: Cpu, form: QueueForm, target: number, value: number): void {
  if ((target | 0) !== target) checkWord('queueUpdate: target', target);
  if ((value | 0) !== value) checkWord('queueUpdate: value', value);
  const flags = form.flagsToPerCpuWord ? saveFlagsToPerCpuWord(cpu) : local_irq_save(cpu);
  const { mem } = cpu;
  const q = raw_cpu_ptr(cpu, mmu_queue);
  if (mem[q + QUEUE.count] >= form.queueLimit) issueQueue(cpu);
  const n = mem[q + QUEUE.count];
  if (n === QUEUE_ROOM) BUG(cpu, QUEUE_OVERFLOW, 'the queue of page-table updates is full', n);
  mem[q + QUEUE.targets + n] = target;
  mem[q + QUEUE.values + n] = value;
  mem[q + QUEUE.count] = n + 1;
  local_irq_restore(cpu, flags);
}

/** Place behind the address of the word, in front of its use. */
export const PREEMPT_FLAGS = 1;
/** Set in the word while it holds flags. */
const SAVED = 0x100;

/**
 * Saves the flags as the early form of xen_mc_batch() did, arch/i386/xen/multicalls.h: local_irq_save() straight into a
 * per-CPU word. Its address is taken first, with interrupts on; a task that is preempted there saves its flags into the
 * word of the CPU that it has left, and restores what is in the word of the other one.
 */
function saveFlagsToPerCpuWord(cpu: Cpu): number {
  const word = raw_cpu_ptr(cpu, mmu_queue, PREEMPT_FLAGS) + QUEUE.flags;
  cpu.mem[word] = local_irq_save(cpu) | SAVED;
  const own = raw_cpu_ptr(cpu, mmu_queue) + QUEUE.flags;
  const found = cpu.mem[own];
  if (own !== word) BUG(cpu, FLAGS_MISPLACED, "I5: interrupt flags are saved in another CPU's word", word, own, found);
  cpu.mem[own] = 0;
  return found & ~SAVED;
}

/** Has the hypervisor carry out what is queued, in order. Interrupts are off meanwhile. */
export function issueQueue(cpu: Cpu): void {
  const { mem } = cpu;
  const flags = local_irq_save(cpu);
  const q = raw_cpu_ptr(cpu, mmu_queue);
  const count = mem[q + QUEUE.count];
  if (count !== 0) {
    enter(cpu, F_ISSUE);
    for (let i = 0; i < count; i++) WRITE_ONCE(cpu, mem[q + QUEUE.targets + i], mem[q + QUEUE.values + i]);
    mem[q + QUEUE.count] = 0;
    leave(cpu);
  }
  local_irq_restore(cpu, flags);
}

/** Returns the number of updates in the CPU's queue. */
export function queueLength(cpu: Cpu): number {
  return this_cpu_read(cpu, mmu_queue, QUEUE.count);
}

/** Whether the CPU's queue holds an update of a word. */
export function isQueued(cpu: Cpu, target: number): boolean {
  const { mem } = cpu;
  const q = raw_cpu_ptr(cpu, mmu_queue);
  for (let i = mem[q + QUEUE.count] - 1; i >= 0; i--) if (mem[q + QUEUE.targets + i] === target) return true;
  return false;
}

/** Forgets what is queued, after an abandoned trial. */
export function dropQueue(cpu: Cpu): void {
  this_cpu_write(cpu, mmu_queue, QUEUE.count, 0);
  this_cpu_write(cpu, mmu_queue, QUEUE.flags, 0);
}

/** One update that waits in a queue, as a report shows it. */
export interface QueuedUpdate {
  readonly target: number;
  readonly value: number;
}

/** Reads the queue of the CPU whose per-CPU area starts at word `area` of `mem`. */
export function readQueue(mem: Int32Array, area: number): QueuedUpdate[] {
  const q = area + mmu_queue.offset;
  const update = (i: number): QueuedUpdate => ({
    target: mem[q + QUEUE.targets + i],
    value: mem[q + QUEUE.values + i],
  });
  return Array.from({ length: mem[q + QUEUE.count] }, (_, i) => update(i));
}
