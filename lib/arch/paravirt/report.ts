/** The report of a failure of lazy MMU mode. Called on the host by the race lazy-mmu. */

import type { CpuSnapshot, Snapshot } from '../../machine/snapshotView.js';
import { callTrace, dataAddress, hex, pidOf } from '../../kernel/oops.js';
import { BUG_LAZY_MODE, PARAVIRT_LAZY_NONE, readLazyMode } from './lazyMode.js';
import { KMAP_SLOT_LOST, UPDATE_STRANDED } from './mapping.js';
import { readQueue } from './mmuQueue.js';
import { BUG_VMALLOC_FAULT, VMALLOC_LIVELOCK, VMALLOC_REFAULT } from './vmallocFault.js';

/** Name of a word of the instance, by its word index. */
type NameOf = (address: number) => string;

/** Files of the assertions that the kernel has itself. */
const FILES: Readonly<Record<string, string>> = {
  [BUG_VMALLOC_FAULT]: 'arch/x86/mm/fault.c',
  [BUG_LAZY_MODE]: 'arch/x86/kernel/paravirt.c',
};

/**
 * Returns what there is to say of a failure of lazy MMU mode: a BUG in the layout of a 3.6 x86-64 kernel, or, where the
 * kernel says nothing itself, what has happened to the access; then which CPU is in lazy mode and what it has queued.
 */
export function lazyMmuReport(s: Snapshot, steps: readonly string[], nameOf: NameOf): readonly string[] {
  const state = ['Lazy MMU mode:', ...s.cpus.flatMap((cpu) => lazyLines(s, cpu, nameOf))];
  if (s.signature === VMALLOC_REFAULT || s.signature === VMALLOC_LIVELOCK)
    return [...faultLines(s, steps, nameOf), ...state];
  if (s.signature === KMAP_SLOT_LOST) return [...slotLines(s, steps), ...state];
  if (s.signature === UPDATE_STRANDED) return [...strandedLines(s, steps, nameOf), ...state];
  return [...bugLines(s, steps), ...state];
}

/**
 * Returns the lines of a BUG. RAX to RDX are the failure's details: for the 64-bit fault handler the entry, the
 * reference, what was found, its place.
 */
function bugLines(s: Snapshot, steps: readonly string[]): string[] {
  const [rax, rbx, rcx, rdx] = s.detail.map((n) => hex(n, 16));
  const file = FILES[s.signature];
  return [
    '------------[ cut here ]------------',
    file === undefined ? `kernel BUG: ${s.message}!` : `kernel BUG at ${file}!`,
    'invalid opcode: 0000 [#1] SMP',
    `CPU ${s.cpu}`,
    ...taskLines(s.cpus[s.cpu], steps),
    `RAX: ${rax} RBX: ${rbx} RCX: ${rcx}`,
    `RDX: ${rdx}`,
    ...traceLines(s.cpus[s.cpu], steps),
    ...(file === undefined ? [] : [s.message]),
  ];
}

function faultLines(s: Snapshot, steps: readonly string[], nameOf: NameOf): string[] {
  const [entry, faults] = s.detail;
  const what =
    s.signature === VMALLOC_LIVELOCK
      ? `has faulted ${faults} times and is not repaired`
      : `was repaired after ${faults} faults`;
  return [
    `page fault at ${hex(dataAddress(entry), 16)} (${nameOf(entry)}): the same access ${what}`,
    ...taskLines(s.cpus[s.cpu], steps),
    ...traceLines(s.cpus[s.cpu], steps),
  ];
}

function strandedLines(s: Snapshot, steps: readonly string[], nameOf: NameOf): string[] {
  const [entry, set, found] = s.detail;
  const isEntry = s.message.startsWith('I7');
  return [
    isEntry
      ? `page-table update lost: ${nameOf(entry)} was set to ${hex(set)}, the hardware finds ${hex(found)}`
      : s.message,
    ...taskLines(s.cpus[s.cpu], steps),
    ...traceLines(s.cpus[s.cpu], steps),
  ];
}

/** Describes a lost slot. A kernel prints nothing of it: the task reads and writes another task's page. */
function slotLines(s: Snapshot, steps: readonly string[]): string[] {
  const [, set, found, owner] = s.detail;
  return [
    `${s.message}: the slot of CPU ${owner} was set to ${hex(set)}, the hardware finds ${hex(found)}; the task runs on CPU ${s.cpu}`,
    ...taskLines(s.cpus[s.cpu], steps),
    ...traceLines(s.cpus[s.cpu], steps),
  ];
}

function taskLines(cpu: CpuSnapshot, steps: readonly string[]): string[] {
  const [first] = callTrace(cpu.frames.slice(0, 1), steps);
  const rip = first?.trim() ?? '[<00000000>] 0x0';
  return [`Pid: ${pidOf(cpu)}, comm: ${cpu.comm} Not tainted`, `RIP: e030:${rip.split(' ')[0]}  ${rip}`];
}

function traceLines(cpu: CpuSnapshot, steps: readonly string[]): string[] {
  return ['Call Trace:', ...callTrace(cpu.frames, steps)];
}

/** Describes one CPU: its mode, who has entered it and where that task is now, and its queue in order. */
function lazyLines(s: Snapshot, cpu: CpuSnapshot, nameOf: NameOf): string[] {
  const { mode, enteredBy } = readLazyMode(s.mem, cpu.percpu);
  const by = s.cpus.find(({ task }) => task === enteredBy);
  const where =
    by === undefined
      ? ', which is on its way to another CPU'
      : by.id === cpu.id
        ? ''
        : `, which runs on CPU ${by.id} now`;
  const state = mode === PARAVIRT_LAZY_NONE ? 'none' : `MMU, entered by pid ${pidOf({ task: enteredBy })}${where}`;
  const queue = readQueue(s.mem, cpu.percpu);
  return [
    `  CPU ${cpu.id}: ${state}, ${queue.length} ${queue.length === 1 ? 'update' : 'updates'} queued`,
    ...queue.slice(0, 8).map(({ target, value }) => `    ${nameOf(target)} := ${hex(value)}`),
    ...(queue.length > 8 ? [`    and ${queue.length - 8} more`] : []),
  ];
}
