/**
 * The report of a failure of the hash table. Called on the host by the race hash-batch.
 *
 * What a ppc64 kernel prints when a machine check in kernel mode is not recovered: die("Machine check", regs, SIGBUS),
 * arch/powerpc/kernel/traps.c, and show_regs(), process.c. The lines and their order are the kernel's; whether a
 * processor answers a multiple match with a machine check depends on the processor. What the simulated machine does not
 * have is given a value that can be traced back to it, as in oops.ts: CTR counts the CPU's records, CR is its
 * preempt_count, XER the number of its locks. Behind the kernel's lines follow our own: the two
 * groups of the page, and what each CPU still owed.
 */

import { dataAddress, hex } from '../../kernel/oops.js';
import { kernelFunction } from '../../machine/callStack.js';
import { IRQS_DISABLED } from '../../machine/irq.js';
import type { CpuSnapshot, Frame, Snapshot } from '../../machine/snapshotView.js';
import { FREED_FRAME, readDuplicate, type DuplicateSeen } from './audit.js';
import {
  HPTES_PER_GROUP,
  HPTE_R,
  HPTE_R_WORD,
  HPTE_V,
  HPTE_WORDS,
  PP_RWRW,
  frameOf,
  groupOf,
  hpt_hash,
  vpnOf,
  type HashTable,
} from './hashTable.js';
import { PPC_PAGE } from './pte.js';
import { BATCH_PENDING } from './preempt.js';
import { readTlbBatch } from './batch.js';
import { MACHINE_CHECK } from './walk.js';

const KERNEL_TEXT = 0x00008000;
const STACKS = 0x7c000000;
const STACK_BYTES = 16_384;
const TRAP_MACHINE_CHECK = 0x200;
const SIGBUS = 7;

/** MSR of kernel mode with translation on; EE follows the CPU's interrupt state. */
const MSR_BITS: readonly (readonly [name: string, bit: number])[] = [
  ['EE', 0x8000],
  ['ME', 0x1000],
  ['IR', 0x20],
  ['DR', 0x10],
  ['RI', 0x2],
];

/** Returns the report of a failure: an oops for a machine check, our own lines for what no kernel would have noticed. */
export function ppc64Report(s: Snapshot, t: HashTable, steps: readonly string[]): readonly string[] {
  const head = s.signature === MACHINE_CHECK ? machineCheck(s, t, steps) : [s.message];
  return [...head, ...translationLines(s), ...pageLines(s, t), ...batchLines(s, t)];
}

/** Returns the translation that led to a freed page. */
function translationLines(s: Snapshot): string[] {
  if (s.signature !== FREED_FRAME) return [];
  const [vpn, r, frame, rights] = s.detail;
  const how = (rights & PPC_PAGE.RW) === 0 ? 'load' : 'store';
  return [
    `CPU ${s.cpu} (${s.cpus[s.cpu].comm}): ${how} to page ${hex(vpn, 1)} by r=${hex(r)}, frame ${hex(frame, 1)}, which is nobody's`,
  ];
}

function machineCheck(s: Snapshot, t: HashTable, steps: readonly string[]): string[] {
  const cpu = s.cpus[s.cpu];
  const [frame, caller] = [cpu.frames[0] ?? NO_FRAME, cpu.frames[1] ?? NO_FRAME];
  const sp = stackOf(cpu) + STACK_BYTES - 0x200 - 0x80 * cpu.frames.length;
  const msr = MSR_BITS.filter(([name]) => name !== 'EE' || (cpu.irqOff & IRQS_DISABLED) === 0);
  const low = msr.reduce((bits, [, bit]) => bits | bit, 0);
  return [
    `Oops: Machine check, sig: ${SIGBUS} [#1]`,
    `SMP NR_CPUS=${s.cpus.length}`,
    'Modules linked in:',
    `NIP: ${text(frame)} LR: ${text(caller)} CTR: ${long(cpu.records.length)}`,
    `REGS: ${kernel(sp - 0x100)} TRAP: ${hex(TRAP_MACHINE_CHECK, 4)}   Not tainted  (trial ${s.trial})`,
    `MSR: 80000000${hex(low)} <SF,${msr.map(([name]) => name).join(',')}>  CR: ${hex(cpu.preemptCount)}  XER: ${hex(cpu.held.length)}`,
    `TASK = ${kernel(cpu.percpu * 4)}[${300 + cpu.id}] '${cpu.comm}' THREAD: ${kernel(stackOf(cpu))} CPU: ${cpu.id}`,
    ...registerLines(s, t, cpu, sp),
    `NIP [${text(frame)}] ${symbol(frame, steps)}`,
    `LR [${text(caller)}] ${symbol(caller, steps)}`,
    'Call Trace:',
    ...cpu.frames.map((f, i) => `[${kernel(sp + 0x80 * i)}] [${text(f)}] ${symbol(f, steps)}`),
  ];
}

/**
 * Returns the volatile registers: r1 the stack, r3 the page, r4 the access, r5 its count, r6 to r9 the two entries, r10
 * the hash, r13 the per-CPU area.
 */
function registerLines(s: Snapshot, t: HashTable, cpu: CpuSnapshot, sp: number): string[] {
  const [vpn, first, second, rights] = s.detail;
  const entries = [first, first + HPTE_R_WORD, second, second + HPTE_R_WORD].map((at) => long(s.word(at)));
  const count = long(s.word(s.instance + t.counts + vpn - t.firstVpn));
  const r = [
    long(stepsOf(cpu)),
    kernel(sp),
    long(dataAddress(s.instance)),
    long(vpn * 4096),
    long(rights),
    count,
    ...entries,
  ];
  r.push(long(hpt_hash(vpn)), long(cpu.step === '-' ? 0 : cpu.records.length), long(s.trial), kernel(cpu.percpu * 4));
  return [0, 4, 8, 12].map((from) => `GPR${String(from).padStart(2, '0')}: ${r.slice(from, from + 4).join(' ')}`);
}

/** Returns the groups of the page that the failure is about: as the CPU that made a duplicate saw them, or as they are now. */
function pageLines(s: Snapshot, t: HashTable): string[] {
  for (const cpu of s.cpus) {
    const seen = readDuplicate(s.mem, cpu.percpu);
    if (seen !== undefined) return seenLines(s, t, cpu, seen);
  }
  const vpn = s.detail[0];
  if (s.signature === BATCH_PENDING || vpn < t.firstVpn || vpn >= t.firstVpn + t.pages) return [];
  const groups = [false, true].flatMap((secondary) =>
    Array.from({ length: HPTES_PER_GROUP }, (_, i) => {
      const at = s.instance + t.htab + (groupOf(t, vpn, secondary) + i) * HPTE_WORDS;
      return { v: s.word(at), r: s.word(at + HPTE_R_WORD) };
    }),
  );
  const now = { vpn, slot: -1, other: -1, groups };
  return ['', `Hash table entries of page ${hex(vpn, 1)} (hash ${hex(hpt_hash(vpn), 1)}):`, ...bothGroups(s, t, now)];
}

function seenLines(s: Snapshot, t: HashTable, cpu: CpuSnapshot, seen: DuplicateSeen): string[] {
  const older = seen.other < 0 ? 'an entry that was gone before it was found' : `htab${place(seen.other)}`;
  return [
    '',
    `Duplicate hash table entries of page ${hex(seen.vpn, 1)} (hash ${hex(hpt_hash(seen.vpn), 1)}): CPU ${cpu.id} (${cpu.comm}) inserted htab${place(seen.slot)} beside ${older}`,
    ...bothGroups(s, t, seen),
  ];
}

function bothGroups(s: Snapshot, t: HashTable, seen: DuplicateSeen): string[] {
  return [false, true].flatMap((secondary) => groupLines(s, t, seen, secondary));
}

/** Describes one group: as it was when the duplicate was made, and what has changed until the failure. */
function groupLines(s: Snapshot, t: HashTable, seen: DuplicateSeen, secondary: boolean): string[] {
  const group = groupOf(t, seen.vpn, secondary);
  const lines = Array.from({ length: HPTES_PER_GROUP }, (_, i) => {
    const then = seen.groups[(secondary ? HPTES_PER_GROUP : 0) + i];
    const at = s.instance + t.htab + (group + i) * HPTE_WORDS;
    const now = { v: s.word(at), r: s.word(at + HPTE_R_WORD) };
    const mark = (then.v & HPTE_V.VALID) !== 0 && vpnOf(then.v) === seen.vpn ? '=>' : '  ';
    const since = now.v === then.v && now.r === then.r ? '' : `, now ${entry(now.v, now.r)}`;
    return {
      valid: (then.v & HPTE_V.VALID) !== 0 || since !== '',
      line: `  ${mark} ${place(group + i)} ${entry(then.v, then.r)}${since}`,
    };
  });
  const shown = lines.filter(({ valid }) => valid).map(({ line }) => line);
  return [
    `  ${secondary ? 'secondary' : 'primary'} group ${group / HPTES_PER_GROUP}${shown.length === 0 ? ': empty' : ':'}`,
    ...shown,
  ];
}

function entry(v: number, r: number): string {
  if ((v & HPTE_V.VALID) === 0) return (v & HPTE_V.LOCK) === 0 ? 'free' : 'free, locked';
  const flags = [
    (r & HPTE_R.PP) === PP_RWRW ? 'RW' : 'RO',
    ...((r & HPTE_R.N) === 0 ? ['X'] : []),
    ...((v & HPTE_V.SECONDARY) === 0 ? [] : ['secondary']),
    ...((v & HPTE_V.BOLTED) === 0 ? [] : ['bolted']),
    ...((v & HPTE_V.LOCK) === 0 ? [] : ['locked']),
  ];
  return `v=${hex(v)} r=${hex(r)} page ${hex(vpnOf(v), 1)} -> frame ${hex(frameOf(r), 1)} ${flags.join(' ')}`;
}

/** Returns the invalidations that CPUs still owed: of entries that had no PTE any more. */
function batchLines(s: Snapshot, t: HashTable): string[] {
  return s.cpus.flatMap((cpu) => {
    const pending = readTlbBatch(s.mem, cpu.percpu);
    if (pending.length === 0) return [];
    const pages = pending.map(
      ({ vpn, pte }) => `page ${hex(vpn, 1)} (pte_page[${vpn - t.firstVpn}], PTE was ${hex(pte)})`,
    );
    return [
      `CPU ${cpu.id} (${cpu.comm}, at ${cpu.step}) had ${pending.length} invalidation${pending.length === 1 ? '' : 's'} pending: ${pages.join(', ')}`,
    ];
  });
}

function place(slot: number): string {
  return `[${Math.floor(slot / HPTES_PER_GROUP)}].hpte[${slot % HPTES_PER_GROUP}]`;
}

const NO_FRAME: Frame = { fn: 'cpu_idle', step: '-' };

function long(low: number): string {
  return `00000000${hex(low)}`;
}

function kernel(low: number): string {
  return `c0000000${hex(low)}`;
}

function stackOf(cpu: CpuSnapshot): number {
  return STACKS + cpu.id * STACK_BYTES;
}

function stepNumber(label: string): number {
  return Number(label.replace(/\D/g, '')) || 0;
}

function stepsOf(cpu: CpuSnapshot): number {
  return stepNumber(cpu.step);
}

function text(frame: Frame): string {
  return kernel(KERNEL_TEXT + (kernelFunction(frame.fn).id % 0x300000) * 4 + stepNumber(frame.step) * 4);
}

/** Returns `.symbol+off/len`, a function's text symbol: the step among the steps that share its letter. */
function symbol(frame: Frame, steps: readonly string[]): string {
  const path = steps.filter((label) => label.startsWith(frame.step[0]));
  return `.${frame.fn}+0x${((path.indexOf(frame.step) + 1) * 4).toString(16)}/0x${(path.length * 4).toString(16)}`;
}
