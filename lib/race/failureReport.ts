import { DEADLOCK } from '../machine/cycle.js';
import { IN_HARDIRQ, IN_HYPERVISOR, IRQS_DISABLED } from '../machine/irq.js';
import { lockGeneration, lockOwner } from '../machine/lockWord.js';
import type { CpuSnapshot, RecordedStep, Snapshot } from '../machine/snapshotView.js';
import { ACTIVITY } from '../machine/verdict.js';
import { WAIT, waitKind, waitObject } from '../machine/wait.js';

/** Name of a word of the machine, by its word index. */
export type Symbols = (address: number) => string;

const RULE = '='.repeat(66);
const LAST_STEPS = 16;

/** The whole report of a failure: the kernel's lines, what every CPU was doing, and the last steps of each. */
export function failureReport(s: Snapshot, kernelLines: readonly string[], symbols: Symbols, title: string): string[] {
  return [
    RULE,
    title,
    ...(s.signature === DEADLOCK ? cycleLines(s, symbols) : []),
    ...kernelLines,
    '',
    ...s.cpus.flatMap((cpu) => cpuBlock(cpu, s, symbols)),
    RULE,
  ];
}

/** The cycle in words: who holds what and waits for whom. */
function cycleLines(s: Snapshot, symbols: Symbols): string[] {
  const members = s.detail.slice(1, 1 + s.detail[0]);
  return [
    `DEADLOCK: ${members.length === 1 ? 'one CPU' : `${members.length} CPUs`} in a cycle`,
    ...members.map((id, i) => {
      const cpu = s.cpus[id];
      const next = members[(i + 1) % members.length];
      const held = cpu.held.map((h) => `${symbols(h.lock)} taken at ${h.step}`).join(', ');
      const off = irqState(cpu) === 'on' ? '' : `has IRQs off, `;
      return `  CPU ${id} ${off}${held === '' ? 'holds no lock' : `holds ${held}`} and waits for ${waitsFor(cpu, symbols, next)}`;
    }),
  ];
}

function waitsFor(cpu: CpuSnapshot, symbols: Symbols, next: number): string {
  if (waitKind(cpu.wait) === WAIT.LOCK) return `${symbols(waitObject(cpu.wait))}, which CPU ${next} holds`;
  return `CPU ${next} to acknowledge its call`;
}

/** One CPU: task, state, interrupts, locks, call trace, last steps. */
export function cpuBlock(cpu: CpuSnapshot, s: Pick<Snapshot, 'word' | 'cpus'>, symbols: Symbols): string[] {
  return [
    `CPU ${cpu.id}: ${cpu.comm} in ${cpu.actor} at ${cpu.step}: ${stateOf(cpu, symbols)}, IRQs ${irqState(cpu)}, preempt_count ${cpu.preemptCount}`,
    ...cpu.held.map(
      (h) =>
        `  holds ${symbols(h.lock)}, taken at ${h.step} with IRQs ${h.irqsOff ? 'off' : 'on'}${lockNote(s, h.lock)}`,
    ),
    `  call trace: ${cpu.frames.length === 0 ? '-' : cpu.frames.map((f) => `${f.fn} (${f.step})`).join(' < ')}`,
    ...lastSteps(cpu, symbols),
  ];
}

/** Whether the lock is orphaned: its owner is dead. */
function lockNote(s: Pick<Snapshot, 'word' | 'cpus'>, lock: number): string {
  const inside = s.word(lock);
  if (inside === undefined) return '';
  const owner = lockOwner(inside);
  const dead = owner >= 0 && s.cpus[owner]?.activity === ACTIVITY.DEAD;
  return dead ? ', never released: ORPHANED' : ` (generation ${lockGeneration(inside)})`;
}

export function stateOf(cpu: CpuSnapshot, symbols: Symbols): string {
  if (cpu.activity === ACTIVITY.DEAD) return 'dead';
  if (cpu.activity === ACTIVITY.IDLE) return 'idle';
  const kind = waitKind(cpu.wait);
  if (kind === WAIT.LOCK) return `spins on ${symbols(waitObject(cpu.wait))}`;
  return kind === WAIT.ACK ? 'waits for IPI acknowledgements' : 'runs';
}

function irqState(cpu: CpuSnapshot): string {
  if ((cpu.irqOff & IN_HARDIRQ) !== 0) return 'off (in a handler)';
  if ((cpu.irqOff & IRQS_DISABLED) !== 0) return 'off';
  return (cpu.irqOff & IN_HYPERVISOR) !== 0 ? 'on (in the hypervisor)' : 'on';
}

function lastSteps(cpu: CpuSnapshot, symbols: Symbols): string[] {
  if (cpu.records.length === 0) return ['  last steps: not recorded'];
  const last = cpu.records.slice(-LAST_STEPS);
  const cut = cpu.records.length - last.length;
  return [
    `  last steps${cut > 0 ? ` (${cut} before)` : ''}:`,
    ...last.map((r) => `    ${r.step.padEnd(4)}${describeRecord(r, symbols)}`),
  ];
}

const MARKERS: Record<string, string> = {
  irq_enter: 'interrupt',
  irq_exit: 'interrupt done',
  died: 'dies',
  actor_end: 'done',
  verdict: 'the trial fails',
};

function describeRecord(r: RecordedStep, symbols: Symbols): string {
  if (r.op in MARKERS) return MARKERS[r.op];
  if (r.op === 'window') return `window ${r.address} ${r.after === 1 ? 'opens' : 'closes'}`;
  if (r.op === 'gave_up') return `gives up waiting for ${symbols(r.address)}`;
  if (r.op === 'acquire') return `lock ${symbols(r.address)}`;
  if (r.op === 'release') return `unlock ${symbols(r.address)}`;
  const value = (n: number): string => `0x${(n >>> 0).toString(16).padStart(3, '0')}`;
  if (r.op === 'read') return `${symbols(r.address)} is ${value(r.after)}`;
  return `${symbols(r.address)} ${value(r.before)} -> ${value(r.after)} (${r.op})`;
}
