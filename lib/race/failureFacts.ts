/**
 * What a report says of the machine, as data: CPUs, locks, calls. Called on the host by failureReport.ts and hang.ts.
 */

import { IN_HARDIRQ, IN_HYPERVISOR, IN_NMI, IRQS_DISABLED, SERVING_SOFTIRQ, inHardirq } from '../machine/irqMask.js';
import { lockGeneration, lockOwner } from '../machine/lockWord.js';
import { heldName } from '../kernel/brlockView.js';
import type { CpuSnapshot, HeldLock, PostedCall, RecordedStep, Snapshot } from '../machine/snapshotView.js';
import { ACTIVITY } from '../machine/outcome.js';
import { WAIT, waitKind, waitObject } from '../machine/wait.js';
import { awaitsCall } from '../kernel/lockup.js';
import { pidOf } from '../kernel/oops.js';
import { idles, waitsForCpu, wantedCpus } from './placeWords.js';
import { recordWords } from './recordWords.js';
import { wantedWords } from './wordWaits.js';

/** Name of a word of the machine, by its word index. */
export type Symbols = (address: number) => string;

/**
 * How long something has lasted, counted in the memory instructions of the CPU that began it: the simulated machine has no
 * clock. `atLeast` if its beginning is no longer in the record; null if nothing was recorded.
 */
export interface Age {
  readonly cpu: number;
  readonly instructions: number;
  readonly atLeast: boolean;
}

export interface HeldFacts {
  readonly lock: string;
  readonly step: string;
  readonly irqsOff: boolean;
  /** The owner is dead, or has exited: nobody will ever release it. */
  readonly orphaned: boolean;
}

export interface CpuFacts {
  readonly cpu: number;
  /** Whether it is the place of a task that has no CPU; absent for a CPU. */
  readonly offCpu?: true;
  readonly comm: string;
  readonly pid: number;
  readonly actor: string;
  readonly step: string;
  /** "spins on mm[0].page_table_lock", "waits for acknowledgements", "runs", "idle", "dead", "exited". */
  readonly state: string;
  readonly irqs: string;
  /** Step at which the first of its locks was taken with interrupts off, if they are off. */
  readonly irqsOffSince: string | null;
  readonly preemptCount: number;
  readonly held: readonly HeldFacts[];
  readonly waitsForLock: string | null;
  /** Innermost first. */
  readonly callTrace: readonly { readonly fn: string; readonly step: string }[];
  readonly lastSteps: readonly { readonly step: string; readonly what: string }[];
  /** Records of the trial in front of those. */
  readonly stepsBefore: number;
}

export interface LockFacts {
  readonly lock: string;
  readonly holder: number;
  readonly step: string;
  readonly irqsOffAtAcquire: boolean;
  /** How often it had been released before; null for a lock of another instance. */
  readonly generation: number | null;
  readonly heldFor: Age | null;
  readonly orphaned: boolean;
  readonly waitedForBy: readonly number[];
}

export interface CallFacts {
  readonly from: number;
  readonly handler: string;
  readonly info: number;
  /** Whether receivers acknowledge it when the handler has run; otherwise when they have taken it. */
  readonly waits: boolean;
  /** Whether the sender waits for that now. */
  readonly awaited: boolean;
  readonly age: Age | null;
  readonly unacked: readonly {
    readonly cpu: number;
    /** In its mailbox, not taken yet; otherwise its handler runs, or was given up. */
    readonly pending: boolean;
    readonly irqs: string;
  }[];
}

/** Everything that a report says of the machine, in text and as JSON. */
export interface FailureFacts {
  readonly signature: string;
  readonly message: string;
  readonly trial: number;
  readonly cpu: number;
  /** The members of a proved cycle, each of which waits for the next. */
  readonly cycle: readonly number[];
  /** What hangs and why, a sentence for each CPU concerned. Empty for what is no hang. */
  readonly explanation: readonly string[];
  readonly cpus: readonly CpuFacts[];
  readonly locks: readonly LockFacts[];
  readonly calls: readonly CallFacts[];
}

const LAST_STEPS = 16;

/** Describes one record. */
type RecordWords = (r: RecordedStep, symbols: Symbols) => string;

/** What can be read of CPUs while they run: the state of a machine that was given up, without a failure. */
export type Seen = Pick<Snapshot, 'word' | 'cpus' | 'calls'>;

export function cpuFacts(cpu: CpuSnapshot, seen: Seen, symbols: Symbols, words: RecordWords = recordWords): CpuFacts {
  const last = cpu.records.slice(-LAST_STEPS);
  return {
    cpu: cpu.id,
    ...(cpu.hasCpu ? {} : { offCpu: true }),
    comm: cpu.comm,
    pid: pidOf(cpu),
    actor: cpu.actor,
    step: cpu.step,
    state: stateOf(cpu, symbols),
    irqs: irqState(cpu),
    irqsOffSince: cpu.irqOff === 0 ? null : (cpu.held.find((h) => h.irqsOff)?.step ?? null),
    preemptCount: cpu.preemptCount,
    held: cpu.held.map((h) => ({
      lock: heldName(h, symbols),
      step: h.step,
      irqsOff: h.irqsOff,
      orphaned: isOrphaned(seen, cpu, h),
    })),
    waitsForLock: waitKind(cpu.wait) === WAIT.LOCK ? symbols(waitObject(cpu.wait)) : null,
    callTrace: cpu.frames,
    lastSteps: last.map((r) => ({ step: r.step, what: words(r, symbols) })),
    stepsBefore: cpu.records.length - last.length,
  };
}

/** Returns every lock that a CPU holds. */
export function lockFacts(seen: Seen, symbols: Symbols): LockFacts[] {
  return seen.cpus.flatMap((cpu) =>
    cpu.held.map((held) => {
      const { lock, step, irqsOff, hasLockWord } = held;
      const word = seen.word(lock);
      return {
        lock: heldName(held, symbols),
        holder: cpu.id,
        step,
        irqsOffAtAcquire: irqsOff,
        generation: word === undefined || !hasLockWord ? null : lockGeneration(word),
        heldFor: ageOf(
          cpu,
          (r) => r.address === lock && (r.op === 'acquire' || (!hasLockWord && r.before !== r.after)),
        ),
        orphaned: isOrphaned(seen, cpu, held),
        waitedForBy: seen.cpus.filter((c) => waitsFor(c, lock)).map((c) => c.id),
      };
    }),
  );
}

/** Whether the CPU waits for a lock. One that gave its wait up shows that in its record alone. */
function waitsFor(cpu: CpuSnapshot, lock: number): boolean {
  if (waitKind(cpu.wait) === WAIT.LOCK && waitObject(cpu.wait) === lock) return true;
  return cpu.records.some((r) => r.op === 'gave_up' && r.address === lock);
}

/** Returns every call that somebody has not acknowledged. */
export function callFacts(seen: Seen): CallFacts[] {
  return seen.calls.map((call) => ({
    from: call.from,
    handler: call.handler,
    info: call.info,
    waits: call.waits,
    awaited: awaitsCall(seen.cpus[call.from]),
    age: ageOf(seen.cpus[call.from], (r) => isPosting(r, call)),
    unacked: call.unacked.map(({ cpu, pending }) => ({ cpu, pending, irqs: irqState(seen.cpus[cpu]) })),
  }));
}

function isPosting(r: RecordedStep, call: PostedCall): boolean {
  return r.op === 'write' && r.after !== 0 && call.unackedAt.includes(r.address);
}

const MARKERS = new Set([
  'irq_enter',
  'irq_exit',
  'gave_up',
  'died',
  'actor_end',
  'window',
  'thrown_out',
  'left_loop',
  'failed',
]);

/** Instructions of the CPU behind the newest record that `began` picks. */
function ageOf(cpu: CpuSnapshot, began: (r: RecordedStep) => boolean): Age | null {
  if (cpu.records.length === 0) return null;
  let instructions = 0;
  for (const r of cpu.records.toReversed()) {
    if (began(r)) return { cpu: cpu.id, instructions, atLeast: false };
    if (!MARKERS.has(r.op)) instructions++;
  }
  return { cpu: cpu.id, instructions, atLeast: true };
}

export function failureFacts(
  s: Snapshot,
  symbols: Symbols,
  explanation: readonly string[],
  words: RecordWords = recordWords,
): FailureFacts {
  return {
    signature: s.signature,
    message: s.message,
    trial: s.trial,
    cpu: s.cpu,
    cycle: s.cycle,
    explanation,
    cpus: s.cpus.map((cpu) => cpuFacts(cpu, s, symbols, words)),
    locks: lockFacts(s, symbols),
    calls: callFacts(s),
  };
}

function isOrphaned(seen: Pick<Seen, 'word' | 'cpus'>, holder: CpuSnapshot, { lock, hasLockWord }: HeldLock): boolean {
  const word = seen.word(lock);
  const owner = !hasLockWord ? holder.id : word === undefined ? -1 : lockOwner(word);
  const activity = seen.cpus[owner]?.activity;
  return activity === ACTIVITY.DEAD || activity === ACTIVITY.EXITED;
}

export function stateOf(cpu: CpuSnapshot, symbols: Symbols): string {
  if (cpu.activity === ACTIVITY.DEAD) return 'dead';
  if (cpu.activity === ACTIVITY.EXITED) return 'exited';
  if (cpu.activity === ACTIVITY.IDLE) return 'idle';
  const kind = waitKind(cpu.wait);
  if (kind === WAIT.LOCK) return `spins on ${symbols(waitObject(cpu.wait))}`;
  if (waitsForCpu(cpu)) return `ready, waits for ${wantedCpus(cpu)}`;
  if (idles(cpu)) return 'idle';
  if (kind === WAIT.WORD) return `waits for ${symbols(waitObject(cpu.wait))} to be ${wantedWords(cpu.condition)}`;
  return kind === WAIT.ACK ? 'waits for IPI acknowledgements' : 'runs';
}

export function irqState(cpu: CpuSnapshot): string {
  if ((cpu.irqOff & IN_NMI) !== 0) return 'off (in an NMI)';
  const isOff = (cpu.irqOff & (IN_HARDIRQ | IRQS_DISABLED)) !== 0;
  if (inHardirq(cpu)) return isOff ? 'off (in a handler)' : 'on (in a handler)';
  if ((cpu.context & SERVING_SOFTIRQ) !== 0) return isOff ? 'off (in a softirq)' : 'on (in a softirq)';
  if (isOff) return 'off';
  return (cpu.irqOff & IN_HYPERVISOR) !== 0 ? 'on (in the hypervisor)' : 'on';
}
