/**
 * How a trial fails: the first CPU to fail sets the outcome, and the others leave the trial. Called on a CPU's thread
 * by races, lib/kernel, lib/arch and the machine.
 */

import { wake } from '../sharedarraybuffer-utils/index.js';
import { partyOf, type Cpu } from './cpu.js';
import { javascriptStack } from './javascriptStack.js';
import { CPU, FAILURE, FAILURE_DETAIL_WORDS, MACHINE, MESSAGE_WORDS, STACK_TEXT_WORDS } from './layout.js';
import { homeBellOf } from './migration.js';
import { OP, record } from './recorder.js';
import { MISUSES, STUCK_WORKER, isTimed } from './signatures.js';
import { wantsCapture } from './capture.js';
import { captureState, isCaptured } from './snapshot.js';
import { drainBuffer, drainInTurns } from './storeBuffer.js';
import { writeText } from './text.js';
import { isClaimed } from './claim.js';
import { OUTCOME_MASK, outcomeSignature, outcomeTag, outcomeWord } from './outcomeWord.js';

export {
  OUTCOME_MASK,
  isLaterTrial,
  trialTag,
  outcomeCpu,
  outcomeSignature,
  outcomeTag,
  outcomeWord,
} from './outcomeWord.js';

/**
 * Bit of `CPU.irr`: the CPU has left its trial, and whatever it does next throws ABANDONED again. So a `finally` block of the race
 * releases nothing, and code that catches what is thrown here goes no further. The one that called the race takes it away
 * (undone.ts).
 */
export const IRR_LEAVING = 4;

/** Values of `CPU.activity`. */
export const ACTIVITY = Object.freeze({ IDLE: 0, RUNNING: 1, DEAD: 2, EXITED: 3 } as const);

/** Thrown through the kernel paths of an abandoned trial. Made once: a throw of it allocates nothing. */
export const ABANDONED: unknown = Object.freeze({ abandoned: true });

/** Whether the running trial has failed on any CPU. */
export function hasFailed(cpu: Cpu): boolean {
  const outcome = Atomics.load(cpu.mem, cpu.outcome);
  return outcome !== 0 && outcomeTag(outcome) === cpu.trialTag;
}

/** Whether the CPU has left its trial, and is still in the code of the race. */
export function isLeaving({ mem, irr }: Cpu): boolean {
  return (mem[irr] & IRR_LEAVING) !== 0;
}

/*
 * V8 counts how hot a function is where it returns. One that always throws is never compiled, however often it runs, and an exception takes
 * longest to pass a function that is not. So what is done for each failed trial is done in functions that return what is to be
 * thrown; their callers throw it, as far out as they can.
 */

/** Makes the CPU one that leaves its trial; returns what throws it out. */
function leaving(cpu: Cpu): unknown {
  Atomics.or(cpu.mem, cpu.irr, IRR_LEAVING);
  return ABANDONED;
}

/** Throws the CPU out of the code of the race: nothing is unlocked and no IRQ state restored on the way. */
export function unwind(cpu: Cpu): never {
  throw leaving(cpu);
}

/** Throws again, as at an instruction boundary (caught.ts). */
function leaveAgain(cpu: Cpu): never {
  cpu.trap(cpu);
  throw ABANDONED;
}

/** Leaves the trial from a waiting loop. */
export function abandon(cpu: Cpu, waitedFor: number): never {
  throw givenUp(cpu, waitedFor);
}

/** Gives up a wait, as `abandon` does; returns what the waiting loop is to throw. */
export function givenUp(cpu: Cpu, waitedFor: number): unknown {
  record(cpu, OP.GAVE_UP, waitedFor, 0, 0);
  return leaving(cpu);
}

/**
 * Fails the trial with a signature that the race declares; the first CPU to do so decides. The message and four details
 * describe the failure for the report. Returns whether this CPU's failure is the one that counts. The actor may
 * continue.
 */
export function fail(cpu: Cpu, signature: string, message: string, d0 = 0, d1 = 0, d2 = 0, d3 = 0): boolean {
  cpu.fillDetail(d0, d1, d2, d3);
  return failFrom(cpu, Atomics.load(cpu.mem, cpu.outcome), signature, message);
}

/** Fails the trial as `fail` does, with `cpu.detail` already filled, for a failure found since the outcome `seen` was read. */
export function failFrom(cpu: Cpu, seen: number, signature: string, message: string): boolean {
  // What a `finally` block finds is the state that the CPU has left behind.
  if (isLeaving(cpu)) return false;
  if (cpu.explored !== null) cpu.explored.fail(signature, message);
  const { mem } = cpu;
  let index = -1;
  let outcome = 0;
  cpu.lockstep?.turn?.(cpu);
  drainBuffer(cpu);
  for (let before = seen; ;) {
    if (before !== 0 && outcomeTag(before) === cpu.trialTag) {
      record(cpu, OP.FAILED, cpu.outcome, before & OUTCOME_MASK, before & OUTCOME_MASK);
      return false;
    }
    // Nobody asks for the name of what does not count: what follows a failure may be anything.
    if (index < 0) {
      index = signatureIndex(cpu, signature);
      outcome = outcomeWord(cpu.trialTag, cpu.id, index);
    }
    const found = Atomics.compareExchange(mem, cpu.outcome, before, outcome);
    if (found === before) break;
    // CPU 0 has just cleared the outcome of the trial before. This trial is not over as long as this CPU is in it.
    before = found;
  }
  record(cpu, OP.FAILED, cpu.outcome, 0, outcome & OUTCOME_MASK);
  const first = !isCaptured(mem, cpu.map, index);
  if (first || wantsCapture(mem, cpu.map, index)) describe(cpu, outcome, message);
  if (first) captureState(cpu, index);
  for (let c = 0; c < cpu.places; c++) wake(mem, partyOf(cpu.map, c));
  // Tasks that wait for a CPU do so on bells of their own.
  if (cpu.places !== cpu.cpus) for (let c = 0; c < cpu.places; c++) wake(mem, homeBellOf(cpu.map, c));
  return true;
}

/** Kills the CPU: the trial fails, nothing that it holds is released, its actor goes no further. */
export function die(cpu: Cpu, signature: string, message: string, d0 = 0, d1 = 0, d2 = 0, d3 = 0): never {
  throw dead(cpu, signature, message, d0, d1, d2, d3);
}

/** Kills the CPU, as `die` does; returns what is to be thrown. */
export function dead(
  cpu: Cpu,
  signature: string,
  message: string,
  d0: number,
  d1: number,
  d2: number,
  d3: number,
): unknown {
  if (isLeaving(cpu)) return leaveAgain(cpu);
  // Before it is dead: a lock that it has released has no owner any more.
  drainBuffer(cpu);
  cpu.mem[cpu.block + CPU.activity] = ACTIVITY.DEAD;
  fail(cpu, signature, message, d0, d1, d2, d3);
  record(cpu, OP.DIED, 0, 0, 0);
  return leaving(cpu);
}

/** Ends the task without a failure: nothing that it holds is released, its actor goes no further. */
export function exit(cpu: Cpu): never {
  if (isLeaving(cpu)) return leaveAgain(cpu);
  drainInTurns(cpu);
  cpu.mem[cpu.block + CPU.exitedWith] = cpu.mem[cpu.block + CPU.held];
  cpu.mem[cpu.block + CPU.activity] = ACTIVITY.EXITED;
  record(cpu, OP.DIED, 0, 0, 0);
  unwind(cpu);
}

/** Returns the word by which this CPU fails its trial with a signature. */
export function failureOutcome(cpu: Cpu, signature: string): number {
  return outcomeWord(cpu.trialTag, cpu.id, signatureIndex(cpu, signature));
}

/** Returns the index of a signature. Throws RangeError for one that neither the race declares nor the machine knows. */
export function signatureIndex(cpu: Cpu, signature: string): number {
  const index = cpu.signatures.indexOf(signature);
  if (index >= 0) return index;
  throw new RangeError(`"${signature}" is no signature of the race; it can fail as ${cpu.signatures.join(', ')}`);
}

/** Fills a FAILURE, by default the machine's. For the first failures of a signature alone, so its cost does not matter. */
export function describe(cpu: Cpu, outcome: number, message: string, at = cpu.map.machine + MACHINE.failure): void {
  const { mem } = cpu;
  mem[at + FAILURE.cpu] = cpu.id;
  mem[at + FAILURE.signature] = outcomeSignature(outcome);
  mem[at + FAILURE.trial] = mem[cpu.block + CPU.trial];
  mem[at + FAILURE.trialHigh] = mem[cpu.map.machine + MACHINE.roundHigh];
  mem[at + FAILURE.instance] = cpu.instance;
  mem[at + FAILURE.claimed] = isClaimed(mem, cpu.map, outcome) ? 1 : 0;
  const { detail } = cpu;
  for (let i = 0; i < FAILURE_DETAIL_WORDS; i++) mem[at + FAILURE.detail + i] = detail[i];
  writeText(mem, at + FAILURE.message, MESSAGE_WORDS, message);
  const signature = cpu.signatures[outcomeSignature(outcome)];
  // Of a stuck worker it would be that of the thread in its place, and take so long that this one seems to be stuck as well.
  const tells = cpu.tellsStack && isTimed(signature) && signature !== STUCK_WORKER;
  const hasStack = MISUSES.includes(signature) || tells;
  const stack = hasStack ? javascriptStack() : '';
  writeText(mem, at + FAILURE.stack, STACK_TEXT_WORDS, stack);
}
