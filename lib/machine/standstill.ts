/**
 * Proves that a CPU waits for ever where some wait for a word. Called on a waiting CPU's thread by cycle.ts, and on the
 * host by lib/harness/watch/accuser.ts.
 *
 * A cycle of locks and acknowledgements has one edge for each wait, and cycle.ts walks along it. A word may be stored by
 * many. So here all CPUs that wait are taken for stuck at first, and one is let go as soon as what it waits for may come:
 *
 *   LOCK  stuck if the owner is stuck, or has ended.
 *   ACK   stuck if a CPU that owes it is stuck with interrupts off, or was offline when it was called.
 *   WORD  stuck if the word does not end the wait, and no CPU that may store it can run: each of them is stuck with
 *         interrupts off; or is stuck, or has ended, while nobody runs and no call is under way. For a CPU that takes
 *         interrupts stores words in handlers, and any CPU that runs may call it.
 *   CPU   a task that is ready for CPUs: stuck if each of these is stuck in a wait in which it does not sleep (runQueue.ts).
 *   HELD  a word that says who holds a lock: stuck if its holder is stuck, or has ended, as at LOCK. A lock of a task that has exited with
 *         it is lost whatever the others do (exitedTask.ts).
 *
 * What is left when nobody more is let go is stuck, if a second pass finds each record, word and mask of it unchanged, as in
 * cycle.ts. Both passes saw each stuck CPU in one and the same wait, by the sequence number of its record, and with no
 * handler in between, since a handler withdraws the record. So at an instant T between the passes all of them were
 * in these waits at once, and no wait was over: a lock word or mask that is the same twice was the same at T, and a word could
 * have changed in between only by one that may store it, none of which made an access. Let x be the first of them to leave its
 * wait, or to run a handler, after T. Its lock was released or its answer given by one that is stuck, in its own code: it would
 * have left before x. Or its word was stored by one of `by`: by its own code, and it would have left before; or by a handler, for
 * which a call was sent behind T, since none was under way then. Its sender is stuck or has ended, and has run
 * before x did. So there is no first. A race that stores words behind the machine's back can break the proof; the stuck CPUs
 * look at the end whether it was true (undone.ts).
 */

import { LINE_WORDS } from '../sharedarraybuffer-utils/index.js';
import { blockOf } from './cpu.js';
import { conditionIs, isMetBy, mayGiveUp, mayProvide, CONDITION_IS } from './condition.js';
import { exitedHolder } from './exitedTask.js';
import { CONDITION, CPU, LOCKSTEP, MACHINE, PROGRESS } from './layout.js';
import { LINE_BITS, linesOf, lowestBit } from './lines.js';
import { lockOwner, lockWordSeen } from './lockWord.js';
import { isOnItsWay, runningThread } from './migration.js';
import { DOES } from './standing.js';
import { FOUND, howItStands, isProvidedBy, lostCalls, waitsOnHolder } from './stuckCycle.js';
import { WAIT, waitKind, waitObject, waitsWithIrqsOff } from './wait.js';
import type { Walker } from './walker.js';

/** Whether any CPU waits for a word, or for the answer to a call that was lost: otherwise cycle.ts finds all there is. */
export function mayStand(walker: Walker): boolean {
  for (let c = 0; c < walker.places; c++) {
    const kind = waitKind(walker.mem[blockOf(walker.map, c) + CPU.wait]);
    if (kind === WAIT.WORD || (kind === WAIT.ACK && lostCalls(walker, c) !== 0)) return true;
  }
  return false;
}

/**
 * Looks whether CPU `from` waits for ever. The walker's path holds the cycle from `walker.path.start` on, or, for a lost
 * wake-up, the one CPU that waits for what nobody will provide.
 */
export function provenStandstill(walker: Walker, from: number): number {
  const exited = exitedHolder(walker, from);
  if (exited >= 0) return standsAlone(walker, from, exited);
  lookAtAll(walker, false);
  letGo(walker);
  if (walker.standing.does[from] !== DOES.WAIT) return FOUND.NOTHING;
  const found = howItStands(walker, from);
  if (found === FOUND.NOTHING) return found;
  return isUnchanged(walker) ? found : FOUND.NOTHING;
}

/** Has the path hold a CPU that waits for what the task at place `exited` has. */
function standsAlone({ mem, map, path, places }: Walker, from: number, exited: number): number {
  path.clear(places);
  path.start = 0;
  path.push(from, Atomics.load(mem, blockOf(map, from) + CPU.wait));
  path.edges[0] = exited;
  return FOUND.ORPHAN;
}

/** Whether nobody could go on if all loops of reads were waits: then a loop on this CPU only waits for itself. */
export function standsButFor(walker: Walker & { readonly id: number }): boolean {
  lookAtAll(walker, true);
  letGo(walker);
  return walker.standing.does[walker.id] === DOES.WAIT;
}

/** Notes what each CPU does. Loops of reads that may give up by themselves run, or wait, `asWaits`. */
function lookAtAll(walker: Walker, asWaits: boolean): void {
  const { mem, map, places, standing } = walker;
  const first = earliestMeeting(walker);
  let idleHandlers = 0;
  standing.isQuiet = true;
  for (let c = 0; c < places; c++) {
    const wait = Atomics.load(mem, blockOf(map, c) + CPU.wait);
    const ended = hasEnded(walker, c, first);
    const idles = isIdle(walker, c, wait);
    standing.records[c] = wait;
    standing.does[c] = idles ? DOES.END : waitKind(wait) !== WAIT.RUN ? DOES.WAIT : ended ? DOES.END : DOES.RUN;
    if (!asWaits && waitKind(wait) === WAIT.WORD && mayGiveUp(mem, blockOf(map, c))) standing.does[c] = DOES.RUN;
    if (ended && standing.does[c] === DOES.WAIT) idleHandlers++;
    if (isInterrupted(walker, c, wait)) standing.does[c] = DOES.RUN;
    if (standing.does[c] === DOES.RUN) standing.isQuiet = false;
  }
  // An idle CPU that runs a handler shows no wait.
  if (Atomics.load(mem, map.machine + MACHINE.idlers) !== idleHandlers) standing.isQuiet = false;
}

/** Lets the CPUs go for which may come what they wait for, until no more are. */
function letGo(walker: Walker): void {
  const { standing, places } = walker;
  for (let again = true; again;) {
    again = false;
    for (let c = 0; c < places; c++) {
      if (standing.does[c] !== DOES.WAIT || isStuck(walker, c)) continue;
      standing.does[c] = DOES.RUN;
      standing.isQuiet = false;
      again = true;
    }
  }
}

/** Whether what CPU `c` waits for cannot come, if those that are taken for stuck are. */
function isStuck(walker: Walker, c: number): boolean {
  const wait = walker.standing.records[c];
  if (waitKind(wait) === WAIT.LOCK) return isStuckAtLock(walker, c, waitObject(wait));
  return waitKind(wait) === WAIT.ACK ? isStuckAtAcks(walker, c) : isStuckAtWord(walker, c, wait);
}

function isStuckAtLock({ mem, places, standing }: Walker, c: number, lock: number): boolean {
  if (lock >= mem.length) return false;
  const word = Atomics.load(mem, lock);
  const owner = lockOwner(word);
  standing.edges[c] = word;
  // A lock that it owns itself is one that it has just taken.
  return owner >= 0 && owner < places && owner !== c && standing.does[owner] !== DOES.RUN;
}

function isStuckAtAcks(walker: Walker, c: number): boolean {
  const { places, standing } = walker;
  const lost = waitObject(standing.records[c]) === 0 ? lostCalls(walker, c) : 0;
  if (lost !== 0) {
    standing.edges[c] = lowestBit(lost);
    return true;
  }
  for (let t = 0; t < places; t++) {
    if (standing.does[t] !== DOES.WAIT || !waitsWithIrqsOff(standing.records[t]) || !owesAck(walker, t, c)) continue;
    standing.edges[c] = t;
    return true;
  }
  return false;
}

function isStuckAtWord(walker: Walker, c: number, wait: number): boolean {
  const { mem, map, places, standing } = walker;
  const block = blockOf(map, c);
  const address = waitObject(wait);
  if (address >= mem.length || isMetBy(mem, block, Atomics.load(mem, address))) return false;
  if (conditionIs(mem, block, CONDITION_IS.FOR_CPU)) return isStuckForCpu(walker, c);
  if (waitsOnHolder(walker, c)) return isStuckAtHolder(walker, c);
  // Where only the own CPU is named, its handlers are meant, if it takes any.
  if (!waitsWithIrqsOff(wait) && !standing.isQuiet && isProvidedBy(walker, c, c)) return false;
  for (let t = 0; t < places; t++) {
    if (t === c || !isProvidedBy(walker, c, t)) continue;
    if (standing.does[t] === DOES.RUN) return false;
    const isDeaf = standing.does[t] === DOES.WAIT && waitsWithIrqsOff(standing.records[t]);
    if (!isDeaf && !standing.isQuiet) return false;
  }
  return true;
}

/** Whether the CPU idles: its task has ended, and it waits for another one. */
function isIdle({ mem, map }: Walker, c: number, wait: number): boolean {
  return waitKind(wait) === WAIT.WORD && conditionIs(mem, blockOf(map, c), CONDITION_IS.IDLE);
}

/**
 * Whether none of the CPUs that the task at `c` may run on is given away: the task on each is stuck in a wait in which it does not sleep,
 * or has ended without leaving it to anybody.
 */
function isStuckForCpu({ mem, map, places, standing }: Walker, c: number): boolean {
  const block = blockOf(map, c);
  for (let t = 0; t < places; t++) {
    if (!mayProvide(mem, block, t)) continue;
    if (standing.does[t] === DOES.RUN) return false;
    const isWaiting = waitKind(standing.records[t]) === WAIT.WORD;
    if (isWaiting && conditionIs(mem, blockOf(map, t), CONDITION_IS.SLEEPS)) return false;
  }
  return true;
}

function isStuckAtHolder(walker: Walker, c: number): boolean {
  const { standing } = walker;
  const holder = holderOf(walker, c);
  standing.edges[c] = holder;
  if (holder < 0 || holder === c) return holder === c;
  // A handler on a CPU that has ended may have it.
  return standing.does[holder] === DOES.WAIT || (standing.does[holder] === DOES.END && standing.isQuiet);
}

/**
 * Returns the CPU whose code holds what CPU `c` waits for; -1 if that is a task on its way to another CPU. A stuck
 * task stays on its CPU: it is in one wait from the first pass to the second.
 */
function holderOf({ mem, map, places }: Walker, c: number): number {
  const block = blockOf(map, c);
  const areTasks = (mem[block + CPU.condition + CONDITION.flags] & CONDITION_IS.TASKS) !== 0;
  for (let t = 0; t < places; t++) {
    const named = areTasks ? runningThread(mem, blockOf(map, t)) : t;
    if (named >= 0 && mayProvide(mem, block, named)) return t;
  }
  return -1;
}

/** Whether a second pass finds all that the proof rests on unchanged. */
function isUnchanged(walker: Walker): boolean {
  const { mem, map, places, standing } = walker;
  const first = earliestMeeting(walker);
  let idleHandlers = 0;
  for (let c = 0; c < places; c++) {
    if (standing.does[c] === DOES.RUN) continue;
    const wait = Atomics.load(mem, blockOf(map, c) + CPU.wait);
    if (wait !== standing.records[c]) return false;
    const ended = hasEnded(walker, c, first);
    if (standing.does[c] === DOES.END && !ended && !isIdle(walker, c, wait)) return false;
    if (ended && standing.does[c] === DOES.WAIT) idleHandlers++;
    if (isInterrupted(walker, c, wait)) return false;
    if (standing.does[c] === DOES.WAIT && !isUnchangedOf(walker, c, wait)) return false;
  }
  return !standing.isQuiet || Atomics.load(mem, map.machine + MACHINE.idlers) === idleHandlers;
}

function isUnchangedOf(walker: Walker, c: number, wait: number): boolean {
  const { mem, map, standing } = walker;
  const object = waitObject(wait);
  if (waitKind(wait) === WAIT.LOCK) return lockWordSeen(Atomics.load(mem, object)) === lockWordSeen(standing.edges[c]);
  if (waitKind(wait) === WAIT.ACK) return owesAck(walker, standing.edges[c], c);
  return !isMetBy(mem, blockOf(map, c), Atomics.load(mem, object));
}

/** Returns the number of the meeting that the last of the threads has reached. */
function earliestMeeting({ mem, map, places }: Walker): number {
  let first = Atomics.load(mem, map.progress + PROGRESS.meeting);
  let all = true;
  for (let thread = 1; thread < places; thread++) {
    const meeting = Atomics.load(mem, map.progress + thread * LINE_WORDS + PROGRESS.meeting);
    all &&= meeting === first;
    // Meetings are numbered modulo 2^32.
    if (((meeting - first) | 0) < 0) first = meeting;
  }
  // All are in the meeting behind the trial if a handler still holds it open.
  return all && Atomics.load(mem, map.machine + MACHINE.idlers) !== 0 ? (first - 1) | 0 : first;
}

/** Whether the CPU has ended the trial: its thread has arrived at the meeting behind it. In lockstep there is none. */
function hasEnded({ mem, map, places }: Walker, c: number, first: number): boolean {
  if (map.shape.orderTurns !== 0) return Atomics.load(mem, map.lockstep + LOCKSTEP.ended + c) !== 0;
  const thread = runningThread(mem, blockOf(map, c));
  if (thread < 0 || thread >= places) return false;
  // The thread that is to run it is on its way, wherever the one that has left it is by now.
  if (isOnItsWay(mem, blockOf(map, c))) return false;
  return Atomics.load(mem, map.progress + thread * LINE_WORDS + PROGRESS.meeting) !== first;
}

/**
 * Whether an interrupt is pending that the CPU takes, or a timer will raise one. With interrupts off it takes NMIs alone. One that does not
 * wait has ended, and idles with interrupts on, whatever the record of its last wait says.
 */
function isInterrupted(walker: Walker, c: number, wait: number): boolean {
  const { mem, map, trialTag, lines } = walker;
  const block = blockOf(map, c);
  const word = Atomics.load(mem, block + CPU.lines);
  const raised = trialTag === undefined ? word & LINE_BITS : linesOf(word, trialTag);
  const pending = raised | mem[block + CPU.fired] | mem[block + CPU.armed];
  if (waitKind(wait) === WAIT.RUN || !waitsWithIrqsOff(wait)) return pending !== 0 || isCalled(walker, c);
  return (pending & (lines?.nmis ?? -1)) !== 0;
}

/** Whether a call waits in the CPU's mailbox. */
function isCalled({ mem, mailboxes, places }: Walker, c: number): boolean {
  for (let word = 0; word * 32 < places; word++) if (Atomics.load(mem, mailboxes.pendingAt(c, word)) !== 0) return true;
  return false;
}

function owesAck(walker: Walker, receiver: number, sender: number): boolean {
  return (walker.mailboxes.unacked(sender, receiver >>> 5) & (1 << (receiver & 31))) !== 0;
}
