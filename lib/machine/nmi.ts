/**
 * NMIs: the host asks a CPU whether it still responds, or requests an outcome from it. Sent by lib/harness/watch; taken
 * on the CPU's thread, by irq.ts and meeting.ts.
 */

import { wake } from '../sharedarraybuffer-utils/index.js';
import { claim } from './claim.js';
import { findCycle } from './cycle.js';
import { blockOf, partyOf, type Cpu } from './cpu.js';
import { CPU, FAILURE_DETAIL_WORDS, MACHINE, PROGRESS, WATCH } from './layout.js';
import type { MachineMap } from './map.js';
import { OP, record } from './recorder.js';
import { PROVED } from './signatures.js';
import {
  ACTIVITY,
  abandon,
  failFrom,
  hasFailed,
  unwind,
  outcomeCpu,
  failureOutcome,
  outcomeSignature,
  outcomeTag,
} from './outcome.js';
import { WAIT, waitKind, waitObject } from './wait.js';

/** Bit of `CPU.irr`: taken at the next instruction boundary or iteration of a wait, whatever the CPU has masked. */
export const IRR_NMI = 2;

/**
 * What the host has decided on a thread that answered no NMI. It is condemned first, and asked once more. If it
 * responds then, it takes the sentence back and continues. Otherwise the host says how it is ended: from then on it
 * goes no further than to where it would answer, so that it is ended in the code of the race or there.
 */
export const SENTENCE = Object.freeze({ NONE: 0, CONDEMNED: 1, ENDED_BUSY: 2, ENDED_ASLEEP: 3 } as const);

/** Requests that a CPU calls `takeNmi`. Any thread may call it. */
export function sendNmi(mem: Int32Array, map: MachineMap, id: number): void {
  Atomics.or(mem, blockOf(map, id) + CPU.irr, IRR_NMI);
  wake(mem, partyOf(map, id));
}

/**
 * Answers an NMI of the host. If the trial has failed already, the CPU leaves it. If the watchdog requests an outcome,
 * the CPU gives it: while a CPU is in the trial, it cannot end and the next one cannot begin.
 */
export function takeNmi(cpu: Cpu): void {
  const { mem } = cpu;
  heedSentence(cpu);
  const request = takeRequest(cpu);
  if (isInRaceCode(cpu) && (hasFailed(cpu) || failAsAsked(cpu, request))) leaveTrial(cpu);
  Atomics.and(mem, cpu.irr, ~IRR_NMI);
}

/**
 * Obeys the sentence of the thread, if it has one. Called with every NMI, and where the code of the race hands over to
 * the harness without taking one. Does not return if the thread is being ended: its successor finds it in the code of
 * the race.
 */
export function heedSentence({ mem, progress }: Cpu): void {
  const at = progress + PROGRESS.sentence;
  if (Atomics.load(mem, at) === SENTENCE.NONE) return;
  const found = Atomics.compareExchange(mem, at, SENTENCE.CONDEMNED, SENTENCE.NONE);
  while (found > SENTENCE.CONDEMNED) Atomics.wait(mem, at, found);
}

/** Whether the CPU is in its actor, or in handlers that hold the meeting open. Elsewhere nothing may be thrown. */
function isInRaceCode(cpu: Cpu): boolean {
  return cpu.mem[cpu.block + CPU.activity] === ACTIVITY.RUNNING || cpu.idling;
}

/** Sets the outcome that the watchdog has asked for in the words of `WATCH`, and leaves the trial: for a run by a script. */
export function failAsTold(cpu: Cpu): void {
  if (failAsAsked(cpu, takeRequest(cpu))) leaveTrial(cpu);
}

/** Gives up the wait that the CPU is in, or is thrown out where it is in none: the trial has failed. */
export function leaveTrial(cpu: Cpu): never {
  const wait = cpu.mem[cpu.wait];
  if (waitKind(wait) === WAIT.LOCK || waitKind(wait) === WAIT.WORD) abandon(cpu, waitObject(wait));
  if (waitKind(wait) === WAIT.ACK) abandon(cpu, cpu.mailboxes.unackedAt(cpu.id, waitObject(wait)));
  throwOut(cpu);
}

/** Leaves a trial that has failed from wherever the CPU is. */
export function throwOut(cpu: Cpu): never {
  record(cpu, OP.THROWN_OUT, 0, 0, 0);
  unwind(cpu);
}

/**
 * Returns the outcome that the watchdog asks of this CPU, or 0; with its details in `cpu.detail`. It is taken away with
 * the NMI that it came with, whatever becomes of it: tags wrap around, and another trial would be given it.
 */
function takeRequest(cpu: Cpu): number {
  const { mem } = cpu;
  const watch = cpu.map.machine + MACHINE.watch;
  const request = Atomics.load(mem, watch + WATCH.request);
  if (request === 0 || outcomeCpu(request) !== cpu.id) return 0;
  for (let i = 0; i < FAILURE_DETAIL_WORDS; i++) cpu.detail[i] = mem[watch + WATCH.detail + i];
  return Atomics.compareExchange(mem, watch + WATCH.request, request, 0) === request ? request : 0;
}

/** Sets the outcome that was asked for, if it is about this trial; returns whether the trial has failed. */
function failAsAsked(cpu: Cpu, request: number): boolean {
  const { mem, map } = cpu;
  if (request === 0 || outcomeTag(request) !== cpu.trialTag) return false;
  const signature = cpu.signatures[outcomeSignature(request)];
  if (PROVED.includes(signature)) {
    // The CPU proves it itself, or does not believe it.
    if (!findCycle(cpu)) return false;
  } else {
    claim(cpu, failureOutcome(cpu, signature));
    failFrom(cpu, Atomics.load(mem, cpu.outcome), signature, `${signature}, found by the watchdog`);
  }
  for (let c = 0; c < cpu.places; c++) if (c !== cpu.id) sendNmi(mem, map, c);
  return true;
}
