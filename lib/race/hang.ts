/** Explains a hang in sentences. Called on the host by failureReport.ts. */

import { IN_NMI, inHandler, inHardirq } from '../machine/irqMask.js';
import { heldName, locksHeld, lockWanted } from '../kernel/brlockView.js';
import {
  ACTOR_THREW,
  DEADLOCK,
  HANGS,
  LIVELOCK,
  LOST_WAKE_UP,
  ORPHANED_LOCK,
  STARVATION,
  STUCK_WORKER,
  UNDONE_PROOF,
} from '../machine/signatures.js';
import type { CpuSnapshot, Snapshot } from '../machine/snapshotView.js';
import { ACTIVITY } from '../machine/outcome.js';
import { WAIT, waitKind, waitObject, waitsWithIrqsOff } from '../machine/wait.js';
import { irqState, type Symbols } from './failureFacts.js';
import { idles, placeAndTask, placeName, waitsForCpu, wantedCpus } from './placeWords.js';
import {
  foundWords,
  providerWords,
  waitsForHolder,
  waitsForReader,
  waitsForWord,
  waitsInside,
  wantedWords,
} from './wordWaits.js';

/**
 * Returns what hangs and why: a headline, then a sentence for each CPU concerned; of an exception, `thrown`, who has
 * thrown it. Empty for anything else, unless a dead CPU has left locks behind.
 */
export function explainFailure(s: Snapshot, symbols: Symbols, thrown: string): string[] {
  if (s.signature === ACTOR_THREW)
    return [`ACTOR THREW: ${whereIs(s.cpus[s.cpu])} threw ${thrown}`, ...orphansOfTheDead(s, symbols)];
  if (HANGS.includes(s.signature) && !s.claimed)
    return [`${s.signature}, says the race itself, not the machine: ${s.message}`];
  const [d0, d1, d2, d3, d4] = s.detail;
  switch (s.signature) {
    case DEADLOCK:
      return explainCycle(s, symbols);
    case ORPHANED_LOCK:
      return [
        `ORPHANED LOCK: ${s.cpus.some((cpu) => waitsForReader(cpu) && waitObject(cpu.wait) === d0) ? 'the reader of RCU in ' : ''}${symbols(d0)} is held by ${placeAndTask(s.cpus[d1])}, whose task has ${s.cpus[d1].activity === ACTIVITY.EXITED ? 'exited' : 'ended'}`,
        ...orphanSentences(s, symbols, d0, d1),
      ];
    case LOST_WAKE_UP:
      return d2 === 0 ? explainLostWakeUp(s, symbols, d1) : explainLostCall(s, d1, d2 - 1);
    case STARVATION:
      return [
        `STARVATION: ${placeAndTask(s.cpus[s.cpu])} waits${d4 === 0 ? ' while others run' : ', and nobody runs who could end that'}; ${d3} ms and the trial has not ended`,
        starvationSentence(s, symbols, d0, d1, d2),
      ];
    case LIVELOCK:
      return [
        `LIVELOCK: CPUs move and the trial does not end; ${d1} ms of CPU time on CPU ${d0} alone`,
        ...s.cpus.filter((cpu) => cpu.activity === ACTIVITY.RUNNING).map((cpu) => `  ${placeOf(cpu)}`),
      ];
    case STUCK_WORKER:
      return [
        `STUCK WORKER: the thread of CPU ${d0} (${s.cpus[d0].comm}) ${d2 === 0 ? 'had the processor' : 'was asleep in the kernel'} and made no memory instruction; it was ended and replaced`,
        `  ${placeOf(s.cpus[d0])}`,
      ];
    case UNDONE_PROOF:
      return explainUndone(s, symbols);
    default:
      return orphansOfTheDead(s, symbols);
  }
}

/** Explains a proof that was undone: the code of the race has done that, or the prover is wrong. */
function explainUndone(s: Snapshot, symbols: Symbols): string[] {
  const [kind, object] = s.detail;
  const what =
    kind === WAIT.LOCK
      ? `for ${symbols(object)}`
      : kind === WAIT.ACK
        ? 'for an acknowledgement of its call'
        : kind === WAIT.WORD
          ? `for ${symbols(object)} to be ${wantedWords(s.cpus[s.cpu].condition)}`
          : 'no more';
  return [
    `UNDONE PROOF: ${placeAndTask(s.cpus[s.cpu])} was proved to wait for ever, and the wait has ended`,
    `  it waits ${what}; a plain store of the race has changed a word that is waited for, or a mailbox, behind the machine's back, or the proof was wrong`,
  ];
}

function placeOf(cpu: CpuSnapshot): string {
  return `${placeAndTask(cpu)} is in ${cpu.frames[0]?.fn ?? cpu.actor} at ${cpu.step}, ${holding(cpu, null)}`;
}

/** Describes where a CPU is. A handler unwinds with interrupts still off. */
function whereIs(cpu: CpuSnapshot): string {
  const what = inHandler(cpu) ? 'an interrupt handler' : `actor ${cpu.actor}`;
  const fn = cpu.frames[0] === undefined ? '' : `, in ${cpu.frames[0].fn}`;
  return `${what} on CPU ${cpu.id} (${cpu.comm})${fn}${cpu.step === '-' ? '' : ` at ${cpu.step}`}`;
}

/** Returns the cycle in words: who holds what since which step and waits for whom. */
function explainCycle(s: Snapshot, symbols: Symbols): string[] {
  const members = s.cycle;
  return [
    `DEADLOCK: ${members.length === 1 ? 'one CPU' : `${members.length} CPUs`} in a cycle`,
    ...members.map((id, i) => {
      const cpu = s.cpus[id];
      const next = s.cpus[members[(i + 1) % members.length]];
      const since = cpu.held.find((h) => h.irqsOff)?.step;
      const off = irqState(cpu).startsWith('on') ? '' : `has IRQs off${since === undefined ? '' : ` since ${since}`}, `;
      return `  ${placeName(cpu)} ${off}${holding(cpu, symbols)} and waits ${waitedFor(cpu, next, s, symbols)}`;
    }),
  ];
}

/** Returns who waits for what, what the word is and who could have stored it, and who else waits in vain. */
function explainLostWakeUp(s: Snapshot, symbols: Symbols, id: number): string[] {
  const cpu = s.cpus[id];
  if (waitsForCpu(cpu))
    return [`LOST WAKE-UP: ${placeName(cpu)} waits for ${wantedCpus(cpu)}, and nobody who is left will give one away`];
  const word = symbols(waitObject(cpu.wait));
  const others = s.cpus.filter((c) => c.id !== id && waitKind(c.wait) !== WAIT.RUN && !idles(c));
  return [
    `LOST WAKE-UP: ${placeAndTask(cpu)} waits for ${word}, and nobody who is left will store it`,
    `  ${placeName(cpu)} waits at ${cpu.step} for ${word} to be ${wantedWords(cpu.condition)}; ${foundWords(cpu, s)}`,
    `  ${providerWords(cpu, s)}`,
    ...others.map((c) => `  ${placeName(c)} ${holding(c, symbols)} and waits in vain as well, at ${c.step}`),
  ];
}

/** Returns which call was lost, and who waits for its answer. */
function explainLostCall(s: Snapshot, id: number, target: number): string[] {
  const cpu = s.cpus[id];
  const called = `CPU ${target} (${s.cpus[target].comm})`;
  const handler = s.calls.find(({ from }) => from === id)?.handler ?? 'its function';
  return [
    `LOST WAKE-UP: CPU ${id} (${cpu.comm}) waits for ${called} to run ${handler}, and that call was lost`,
    `  CPU ${id} ${holding(cpu, null)} and waits at ${cpu.step}; CPU ${target} was offline when it was called`,
  ];
}

function holding(cpu: CpuSnapshot, symbols: Symbols | null): string {
  if (cpu.held.length === 0) return 'holds no lock';
  if (symbols === null) return `holds ${cpu.held.length} ${cpu.held.length === 1 ? 'lock' : 'locks'}`;
  const held = locksHeld(cpu, symbols);
  return `holds ${held.map(({ name, mode, step }) => `${name}${mode === undefined ? '' : ` for ${mode}`} taken at ${step}`).join(', ')}`;
}

/** Returns what a member of a cycle waits for, and how the next member, which may be itself, has it. */
function waitedFor(cpu: CpuSnapshot, next: CpuSnapshot, s: Snapshot, symbols: Symbols): string {
  if (waitsForWord(cpu)) return wordWaitedFor(cpu, next, s, symbols);
  const wanted = lockWanted(cpu, symbols);
  if (wanted === undefined) return `for CPU ${next.id} to acknowledge its call`;
  const mode = locksHeld(next, symbols).find(({ name }) => name === wanted.name)?.mode;
  const holder = `CPU ${next.id} holds${mode === undefined ? '' : ` for ${mode}`}`;
  if (wanted.mode === undefined) return `for ${wanted.name}, which ${holder}`;
  return `to ${wanted.mode === 'reading' ? 'read' : 'write'} ${wanted.name}, which ${holder}`;
}

/** Returns what a member of a cycle waits for in a word, what it is, and why the next member does not store it. */
function wordWaitedFor(cpu: CpuSnapshot, next: CpuSnapshot, s: Snapshot, symbols: Symbols): string {
  if (waitsForCpu(cpu))
    return `for ${wantedCpus(cpu)}, as a task that is ready: ${next.comm} waits there awake, and does not give it away`;
  if (waitsForReader(cpu))
    return `in synchronize_rcu() for ${next.id === cpu.id ? 'its own reader' : `the reader of ${placeName(next)}`} to end`;
  if (waitsForHolder(cpu))
    return `for ${symbols(waitObject(cpu.wait))} to be ${wantedWords(cpu.condition)}, by the code of ${placeName(next)}${next.id === cpu.id ? ', its own' : ''}: ${foundWords(cpu, s)}`;
  const who =
    next.id === cpu.id
      ? 'the code that it has interrupted would store it'
      : `${placeName(next)} would have to store it`;
  return `for ${symbols(waitObject(cpu.wait))} to be ${wantedWords(cpu.condition)}: ${foundWords(cpu, s)}, and ${who}`;
}

function orphanSentences(s: Snapshot, symbols: Symbols, lock: number, owner: number): string[] {
  const taken = s.cpus[owner].held.find((h) => h.lock === lock);
  const at = taken === undefined ? '' : `, taken at ${taken.step} with IRQs ${taken.irqsOff ? 'off' : 'on'}`;
  const waiters = s.cpus.filter(
    (c) =>
      waitKind(c.wait) !== WAIT.ACK &&
      (waitObject(c.wait) === lock || (waitsForWord(c) && c.condition.others.includes(lock))),
  );
  return [
    `  CPU ${owner} holds ${symbols(lock)}${at}, and will never release it`,
    ...waiters.map((c) => `  ${placeAndTask(c)} waits for it at ${c.step}`),
  ];
}

/** Describes the locks that an oops leaves behind. CPUs that wait for them leave the trial by the verdict of the oops. */
function orphansOfTheDead(s: Snapshot, symbols: Symbols): string[] {
  return s.cpus
    .filter((cpu) => cpu.activity === ACTIVITY.DEAD)
    .flatMap((dead) =>
      dead.held.flatMap((held) => {
        const { lock, step } = held;
        const waiters = s.cpus.filter((c) => c.records.some((r) => r.op === 'gave_up' && r.address === lock));
        const names = waiters.map((c) => `CPU ${c.id}`).join(', ');
        const inVain = waiters.length === 0 ? '' : `; waited for in vain by ${names}`;
        return [`ORPHANED LOCK: ${heldName(held, symbols)}, taken at ${step} by CPU ${dead.id}, which died${inVain}`];
      }),
    );
}

function starvationSentence(s: Snapshot, symbols: Symbols, lock: number, owner: number, handed: number): string {
  const { step } = s.cpus[s.cpu];
  if (waitsForCpu(s.cpus[s.cpu])) return `  it is ready, and waits for ${wantedCpus(s.cpus[s.cpu])}`;
  if (waitsForWord(s.cpus[s.cpu]))
    return `  ${placeName(s.cpus[s.cpu])} waits at ${step} for ${symbols(lock)} to be ${wantedWords(s.cpus[s.cpu].condition)}; ${foundWords(s.cpus[s.cpu], s)}`;
  // The word may hold anything: a race can store over it.
  const holder = s.cpus.find((cpu) => cpu.id === owner);
  const without =
    holder === undefined || runs(holder) ? 'which keeps running and never takes it' : 'which does not run any more';
  if (lock === 0) return `  CPU ${s.cpu} waits at ${step} for CPU ${owner} to acknowledge its call, ${without}`;
  const often =
    handed === 0
      ? 'never let go of it meanwhile'
      : `it changed hands ${handed === 1 ? 'once' : `${handed} times`} meanwhile`;
  return `  CPU ${s.cpu} waits at ${step} for ${symbols(lock)}${holderWords(holder, owner, lock, often)}`;
}

/** Describes who holds a lock by its word. The CPU itself knows better whether it does. */
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

/** Returns the shape of a proved deadlock, whatever race it was found in; undefined for other failures. */
export function shapeOf(s: Snapshot, symbols: Symbols): string | undefined {
  const members = s.cycle.map((id) => s.cpus[id]);
  if (members.length === 0) return undefined;
  if (members.every((cpu) => waitsForHolder(cpu) || waitKind(cpu.wait) === WAIT.LOCK) && members.some(waitsForHolder))
    return shapeOfHolders(members, symbols);
  if (members.some(waitsForWord)) return shapeWithWords(members);
  const acks = members.filter((cpu) => waitKind(cpu.wait) === WAIT.ACK);
  if (members.length === 1) return shapeOfOne(members[0], symbols);
  if (acks.length === 0) return shapeOfLocks(members, symbols);
  const spunOn = members.some((cpu) => waitKind(cpu.wait) === WAIT.LOCK && waitsWithIrqsOff(cpu.wait));
  return spunOn
    ? 'a lock held across an IPI wait that is spun on with IRQs off'
    : 'CPUs that wait for each other to acknowledge calls, with IRQs off';
}

/** Returns the shape of a cycle of locks of which some are fair, or sleep. */
function shapeOfHolders(members: readonly CpuSnapshot[], symbols: Symbols): string {
  if (members.length === 1 && waitsForReader(members[0]))
    return 'suspicious RCU usage: Illegal synchronize_rcu() in RCU read-side critical section';
  if (members.length === 1)
    return waitsInside(members[0])
      ? 'an interrupt waits for a lock that the code which it interrupted holds'
      : 'AA: a lock taken twice by one task';
  if (members.some(waitsForReader))
    return 'a grace period waits for a reader, which waits for who waits for the grace period';
  const wanted = new Set(members.map(({ wait }) => symbols(waitObject(wait)).replaceAll(/\[[^\]]*\]/g, '')));
  if (wanted.size === 1) return 'one fair lock: each wait is behind another one, or for one who has it';
  return members.length === 2 ? 'AB-BA: two locks in both orders' : 'a circle of lock orders';
}

function shapeWithWords(members: readonly CpuSnapshot[]): string {
  if (members.some(waitsForCpu))
    return 'priority inversion: a task waits awake, and keeps the CPU that it waits for another one to get';
  if (members.some(waitsForReader)) return 'a grace period waits for a reader, which waits for a word';
  if (members.length === 1)
    return 'a self-deadlock in an interrupt: it waits for what the code that it interrupted would store';
  const kinds = new Set(members.map(({ wait }) => waitKind(wait)));
  const inside = members.some(waitsInside) ? ', in a handler' : '';
  if (kinds.has(WAIT.LOCK)) return `a lock held across a wait for a word${inside}, and spun on by who would store it`;
  return kinds.has(WAIT.ACK)
    ? `a call that is not answered by who waits for a word${inside}`
    : `CPUs that wait for each other to store a word${inside}`;
}

function shapeOfOne(cpu: CpuSnapshot, symbols: Symbols): string {
  if (inHandler(cpu)) return `${handlerWords(cpu)} takes a lock that the CPU which it interrupted holds`;
  const mode = lockWanted(cpu, symbols)?.mode;
  if (mode === undefined) return 'AA: a lock taken twice by one CPU';
  return mode === 'writing' && locksHeld(cpu, symbols).some((held) => held.mode === 'reading')
    ? 'a reader that wants to write: nobody can write while it reads'
    : 'AA: an rwlock taken twice by one CPU';
}

function handlerWords(cpu: CpuSnapshot): string {
  if ((cpu.irqOff & IN_NMI) !== 0) return 'an NMI';
  return inHardirq(cpu) ? 'an interrupt' : 'a softirq';
}

function shapeOfLocks(members: readonly CpuSnapshot[], symbols: Symbols): string {
  if (members.length > 2) return 'a circle of lock orders';
  const wanted = new Set(members.map((cpu) => lockWanted(cpu, symbols)?.name));
  return wanted.size === 1 ? 'two readers of one rwlock that both want to write' : 'AB-BA: two locks in both orders';
}
