import { IN_HARDIRQ } from '../machine/irq.js';
import { ACTOR_THREW, DEADLOCK, LIVELOCK, ORPHANED_LOCK, STARVATION, STUCK_WORKER } from '../machine/signatures.js';
import type { CpuSnapshot, Snapshot } from '../machine/snapshotView.js';
import { ACTIVITY } from '../machine/verdict.js';
import { WAIT, waitKind, waitObject, waitsWithIrqsOff } from '../machine/wait.js';
import { cycleOf, irqState, type Symbols } from './failureFacts.js';

/**
 * What hangs and why: a headline, then a sentence for each CPU concerned; of an exception, `thrown`, who has thrown it. Empty
 * for anything else, unless a dead CPU has left locks behind.
 */
export function explainFailure(s: Snapshot, symbols: Symbols, thrown: string): string[] {
  const [d0, d1, d2, d3, d4] = s.detail;
  switch (s.signature) {
    case DEADLOCK:
      return explainCycle(s, symbols);
    case ORPHANED_LOCK:
      return [
        `ORPHANED LOCK: ${symbols(d0)} is held by CPU ${d1} (${s.cpus[d1].comm}), whose task has exited`,
        ...orphanSentences(s, symbols, d0, d1),
      ];
    case STARVATION:
      return [
        `STARVATION: CPU ${s.cpu} (${s.cpus[s.cpu].comm}) waits${d4 === 0 ? ' while others run' : ', and nobody runs who could end that'}; ${d3} ms without an end`,
        starvationSentence(s, symbols, d0, d1, d2),
      ];
    case LIVELOCK:
      return [
        `LIVELOCK: CPUs move and the trial does not end; ${d1} ms of processor time on CPU ${d0} alone`,
        ...s.cpus.filter((cpu) => cpu.activity === ACTIVITY.RUNNING).map((cpu) => `  ${placeOf(cpu)}`),
      ];
    case STUCK_WORKER:
      return [
        `STUCK WORKER: the thread of CPU ${d0} (${s.cpus[d0].comm}) ${d2 === 0 ? 'had the processor' : 'was asleep in the kernel'} and made no memory instruction; it was ended and replaced`,
        `  ${placeOf(s.cpus[d0])}`,
      ];
    case ACTOR_THREW:
      return [`ACTOR THREW: ${whereIs(s.cpus[s.cpu])} threw ${thrown}`, ...orphansOfTheDead(s, symbols)];
    default:
      return orphansOfTheDead(s, symbols);
  }
}

function placeOf(cpu: CpuSnapshot): string {
  return `CPU ${cpu.id} (${cpu.comm}) is in ${cpu.frames[0]?.fn ?? cpu.actor} at ${cpu.step}, ${holding(cpu, null)}`;
}

/** A handler unwinds with interrupts still off. */
function whereIs(cpu: CpuSnapshot): string {
  const what = (cpu.irqOff & IN_HARDIRQ) === 0 ? `actor ${cpu.actor}` : 'an interrupt handler';
  const fn = cpu.frames[0] === undefined ? '' : `, in ${cpu.frames[0].fn}`;
  return `${what} on CPU ${cpu.id} (${cpu.comm})${fn}${cpu.step === '-' ? '' : ` at ${cpu.step}`}`;
}

/** The cycle in words: who holds what since which step and waits for whom. */
function explainCycle(s: Snapshot, symbols: Symbols): string[] {
  const members = cycleOf(s);
  return [
    `DEADLOCK: ${members.length === 1 ? 'one CPU' : `${members.length} CPUs`} in a cycle`,
    ...members.map((id, i) => {
      const cpu = s.cpus[id];
      const next = members[(i + 1) % members.length];
      const since = cpu.held.find((h) => h.irqsOff)?.step;
      const off = irqState(cpu).startsWith('on') ? '' : `has IRQs off${since === undefined ? '' : ` since ${since}`}, `;
      return `  CPU ${id} ${off}${holding(cpu, symbols)} and waits for ${waitedFor(cpu, symbols, next)}`;
    }),
  ];
}

function holding(cpu: CpuSnapshot, symbols: Symbols | null): string {
  if (cpu.held.length === 0) return 'holds no lock';
  if (symbols === null) return `holds ${cpu.held.length} ${cpu.held.length === 1 ? 'lock' : 'locks'}`;
  return `holds ${cpu.held.map((h) => `${symbols(h.lock)} taken at ${h.step}`).join(', ')}`;
}

function waitedFor(cpu: CpuSnapshot, symbols: Symbols, next: number): string {
  if (waitKind(cpu.wait) === WAIT.LOCK) return `${symbols(waitObject(cpu.wait))}, which CPU ${next} holds`;
  return `CPU ${next} to acknowledge its call`;
}

function orphanSentences(s: Snapshot, symbols: Symbols, lock: number, owner: number): string[] {
  const taken = s.cpus[owner].held.find((h) => h.lock === lock);
  const at = taken === undefined ? '' : `, taken at ${taken.step} with IRQs ${taken.irqsOff ? 'off' : 'on'}`;
  const waiters = s.cpus.filter((c) => waitKind(c.wait) === WAIT.LOCK && waitObject(c.wait) === lock);
  return [
    `  CPU ${owner} holds ${symbols(lock)}${at}, and will never release it`,
    ...waiters.map((c) => `  CPU ${c.id} (${c.comm}) waits for it at ${c.step}`),
  ];
}

/** An oops leaves locks behind as well; its CPUs wait for them in vain, and are sent home by the oops's verdict. */
function orphansOfTheDead(s: Snapshot, symbols: Symbols): string[] {
  return s.cpus
    .filter((cpu) => cpu.activity === ACTIVITY.DEAD)
    .flatMap((dead) =>
      dead.held.flatMap(({ lock, step }) => {
        const waiters = s.cpus.filter((c) => c.records.some((r) => r.op === 'gave_up' && r.address === lock));
        const names = waiters.map((c) => `CPU ${c.id}`).join(', ');
        const inVain = waiters.length === 0 ? '' : `; waited for in vain by ${names}`;
        return [`ORPHANED LOCK: ${symbols(lock)}, taken at ${step} by CPU ${dead.id}, which died${inVain}`];
      }),
    );
}

function starvationSentence(s: Snapshot, symbols: Symbols, lock: number, owner: number, handed: number): string {
  const { step } = s.cpus[s.cpu];
  // The word may hold anything: a race can store over it.
  const holder = s.cpus.find((cpu) => cpu.id === owner);
  const without = holder === undefined || runs(holder) ? 'which runs on without' : 'which does not run any more';
  if (lock === 0) return `  CPU ${s.cpu} waits at ${step} for CPU ${owner} to acknowledge its call, ${without}`;
  const often = handed === 0 ? 'never let go of it meanwhile' : `it changed hands ${handed} times meanwhile`;
  return `  CPU ${s.cpu} waits at ${step} for ${symbols(lock)}${holderWords(holder, owner, lock, often)}`;
}

/** Who holds a lock by its word; that CPU knows better whether it does. */
function holderWords(holder: CpuSnapshot | undefined, owner: number, lock: number, often: string): string {
  if (owner < 0) return `; ${often}`;
  if (holder === undefined) return `, which CPU ${owner} would hold, which there is not: something was stored over it`;
  const name = `, which CPU ${owner} (${holder.comm}) holds`;
  return holder.held.some((held) => held.lock === lock)
    ? `${name}; ${often}`
    : `${name} by its word, but did not take: something was stored over it`;
}

function runs(cpu: CpuSnapshot): boolean {
  return cpu.activity === ACTIVITY.RUNNING;
}

/** What a deadlock has in common with one that is known, whatever race it was found in; undefined for other failures. */
export function shapeOf(s: Snapshot): string | undefined {
  const members = cycleOf(s).map((id) => s.cpus[id]);
  if (members.length === 0) return undefined;
  const acks = members.filter((cpu) => waitKind(cpu.wait) === WAIT.ACK);
  if (members.length === 1) {
    return (members[0].irqOff & IN_HARDIRQ) === 0
      ? 'AA: a lock taken twice by one CPU'
      : 'an interrupt takes a lock that the CPU which it interrupted holds; known as pgd_lock taken by mmdrop in softirq (pgd-lock:plain-lock-softirq)';
  }
  if (acks.length === 0) return members.length === 2 ? 'AB-BA: two locks in both orders' : 'a circle of lock orders';
  const spunOn = members.some((cpu) => waitKind(cpu.wait) === WAIT.LOCK && waitsWithIrqsOff(cpu.wait));
  if (!spunOn) return 'CPUs that wait for each other to acknowledge calls, with IRQs off';
  return (
    'a lock held across an IPI wait that is spun on with IRQs off; known as the pgd_lock deadlock of 2011 ' +
    '(race pgd-lock; 617d34d9e5d8, fixed by a79e53d85683)'
  );
}
