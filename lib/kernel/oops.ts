/**
 * The parts of a kernel oops. Called on the host by the reports of races, lib/arch, lib/mm and this folder.
 *
 * The layout of a 2.6.23 i386 oops, filled from the simulated state. What the simulated machine does not have is given a
 * value that can be traced back to it: a text address comes from the function's name, `symbol+off/len` counts the step
 * the function stands at among the steps of its path, a page's address is its word index, Code shows steps.
 */

import { kernelFunction } from '../machine/callStack.js';
import { IRQS_DISABLED } from '../machine/irq.js';
import { CPU } from '../machine/layout.js';
import type { CpuSnapshot, Frame, Snapshot } from '../machine/snapshotView.js';

const KERNEL_TEXT = 0xc0100000;
const KERNEL_DATA = 0xc0000000;
const STACKS = 0xc2000000;
const STACK_BYTES = 8192;

/** Returns `n` as lower-case hex of at least `digits` digits, an unsigned 32-bit number. */
export function hex(n: number, digits = 8): string {
  return (n >>> 0).toString(16).padStart(digits, '0');
}

/** Returns the address of entry `index` of the page at word `page`, in the kernel's linear map: one page of 4 KiB for each word index. */
export function pageVirtualAddress(page: number, index: number): number {
  return KERNEL_DATA + page * 4096 + index * 8;
}

/** Returns the address of a structure at a word index. */
export function dataAddress(word: number): number {
  return KERNEL_DATA + word * 4;
}

function textAddress(fn: string): number {
  return KERNEL_TEXT + (kernelFunction(fn).id % 0x300000);
}

/** Returns `symbol+off/len`: the step among the steps that share its letter. */
function symbol(frame: Frame, steps: readonly string[]): string {
  const letter = frame.step[0];
  const path = steps.filter((label) => label.startsWith(letter));
  const off = path.indexOf(frame.step) + 1;
  return `${frame.fn}+0x${off.toString(16)}/0x${path.length.toString(16)}`;
}

function bracket(frame: Frame): string {
  return `[<${hex(textAddress(frame.fn) + stepNumber(frame.step))}>]`;
}

function stepNumber(label: string): number {
  return Number(label.replace(/\D/g, '')) || 0;
}

const NO_FRAME: Frame = { fn: 'cpu_idle', step: '-' };

/** Registers as an oops prints them, by name. */
export type Registers = Readonly<Record<'eax' | 'ebx' | 'ecx' | 'edx' | 'esi' | 'edi', number>>;

/** Returns the first lines of a page-fault oops, up to the error code. `pte` is the linear-map entry of the address. */
export function pageFaultHead(s: Snapshot, address: number, errorCode: number, pte: number): string[] {
  const frame = s.cpus[s.cpu].frames[0] ?? NO_FRAME;
  return [
    `BUG: unable to handle kernel paging request at virtual address ${hex(address)}`,
    ' printing eip:',
    hex(textAddress(frame.fn) + stepNumber(frame.step)),
    `*pte = ${hex(pte, 16)}`,
    `Oops: ${hex(errorCode, 4)} [#1]`,
  ];
}

/** Returns the first lines of a BUG. */
export function bugHead(what: string): string[] {
  return ['------------[ cut here ]------------', `kernel BUG: ${what}!`, 'invalid opcode: 0000 [#1]'];
}

/** Returns the rest of an oops: registers, process, stack, call trace, code. */
export function showRegisters(s: Snapshot, registers: Registers, steps: readonly string[]): string[] {
  const cpu = s.cpus[s.cpu];
  const frame = cpu.frames[0] ?? NO_FRAME;
  const top = STACKS + (s.cpu + 1) * STACK_BYTES;
  const esp = top - 64 - 40 * cpu.frames.length;
  const eflags = (cpu.irqOff & IRQS_DISABLED) === 0 ? 0x00010202 : 0x00010002;
  const r = registers;
  return [
    'PREEMPT SMP',
    'Modules linked in:',
    `CPU:    ${s.cpu}`,
    `EIP:    0061:${bracket(frame)}    Not tainted VLI`,
    `EFLAGS: ${hex(eflags)}   (trial ${s.trial})`,
    `EIP is at ${symbol(frame, steps)}`,
    `eax: ${hex(r.eax)}   ebx: ${hex(r.ebx)}   ecx: ${hex(r.ecx)}   edx: ${hex(r.edx)}`,
    `esi: ${hex(r.esi)}   edi: ${hex(r.edi)}   ebp: ${hex(esp + 40)}   esp: ${hex(esp)}`,
    'ds: 007b   es: 007b   fs: 00d8  gs: 0033  ss: 0069',
    `Process ${cpu.comm} (pid: ${pidOf(cpu)}, ti=${hex(top - STACK_BYTES)} task=${hex(dataAddress(cpu.percpu))} task.ti=${hex(top - STACK_BYTES)})`,
    ...stackLines(s, cpu),
    'Call Trace:',
    ...callTrace(cpu.frames, steps),
    '=======================',
    `Code: ${codeLine(frame, steps)}`,
    `EIP: ${bracket(frame)} ${symbol(frame, steps)} SS:ESP 0069:${hex(esp)}`,
  ];
}

/** Returns the lines under `Call Trace:`, innermost function first. */
export function callTrace(frames: readonly Frame[], steps: readonly string[]): string[] {
  return frames.map((f) => ` ${bracket(f)} ${symbol(f, steps)}`);
}

/** Returns the process number of the task that a CPU shows. */
export function pidOf(cpu: Pick<CpuSnapshot, 'task'>): number {
  return 300 + cpu.task;
}

/** Returns the 24 words of the CPU's block from its shadow call stack on. */
function stackLines(s: Snapshot, cpu: CpuSnapshot): string[] {
  const words = Array.from({ length: 24 }, (_, i) => hex(s.mem[cpu.block + CPU.frames + i]));
  return [0, 8, 16].map((from) => `${from === 0 ? 'Stack: ' : '       '}${words.slice(from, from + 8).join(' ')}`);
}

/** Returns the steps around the one that failed, which stands in angle brackets as the failing byte does. */
function codeLine(frame: Frame, steps: readonly string[]): string {
  const path = steps.filter((label) => label.startsWith(frame.step[0]));
  return path.map((label) => (label === frame.step ? `<${label}>` : label)).join(' ');
}
