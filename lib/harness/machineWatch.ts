import { LINE_WORDS, Mailboxes } from '../sharedarraybuffer-utils/index.js';
import { blockOf } from '../machine/cpu.js';
import { describeCycle, exitedOwner, provenCycle, type Walker } from '../machine/cycle.js';
import { CPU, FAILURE_DETAIL_WORDS, MACHINE, PROGRESS, WATCH } from '../machine/layout.js';
import { lockGeneration, lockOwner } from '../machine/lockWord.js';
import { lowestBit } from '../machine/irq.js';
import { IRR_NMI, sendNmi } from '../machine/nmi.js';
import { DEADLOCK, LIVELOCK, ORPHANED_LOCK, STARVATION, signaturesOf } from '../machine/signatures.js';
import { ACTIVITY, trialTag, verdictTag, verdictWord } from '../machine/verdict.js';
import { WAIT, waitKind, waitObject } from '../machine/wait.js';
import { WalkPath } from '../machine/walkPath.js';
import type { HostMachine } from './machine.js';
import type { Plan } from './plan.js';
import { threadRanMs } from './threadTime.js';

/** A thread that had the processor and answered nothing. */
export interface Finding {
  readonly machine: HostMachine;
  /** The CPU that the thread started as. */
  readonly thread: number;
  /** Processor time that it spent in the trial, in milliseconds. */
  readonly ranMs: number;
}

/** One CPU in a trial that does not end, since the trial stood still. */
interface Suspect {
  readonly cpu: number;
  readonly thread: number;
  /** Processor time of its thread since then. */
  ranMs: number;
  readonly startedMs: number;
  /** Its wait record at every look since then; -1 once it has changed. */
  wait: number;
  /** Generation of the lock that it waited for then. */
  readonly generation: number;
  /** Processor time that it had spent when it was first seen with an NMI that it has not taken since; null if it has. */
  deafAtMs: number | null;
}

/** An upper bound of what one turn of a delay takes. */
const SPIN_MS_MAX = 2e-6;

/**
 * The watch over one machine. It starts when no trial has ended between two ticks, and takes the processor time of each
 * thread from then on by the host's account: a CPU that had none is not hung, whatever the clock says.
 */
export class MachineWatch {
  /** As in WatchFigures. */
  stalls = 0;
  stallMs = 0;
  isStalled = false;
  readonly #machine: HostMachine;
  readonly #plan: Plan;
  readonly #limitMs: number;
  readonly #tickMs: number;
  readonly #walker: Walker;
  readonly #signatures: readonly string[];
  /** Number of the newest meeting and trial of each CPU, as one number. */
  #fingerprint = NaN;
  #ticks = 0;
  #probed = false;
  #suspects: Suspect[] = [];
  /** What the tick before found from outside, to be found twice. */
  #foundBefore = '';
  /** The thread that is being replaced, by its number for Node; 0 if none is. */
  #leaving = 0;
  #leavingThread = 0;

  constructor(machine: HostMachine, plan: Plan, limitMs: number, tickMs: number) {
    this.#machine = machine;
    this.#plan = plan;
    this.#limitMs = limitMs + delaysMs(plan);
    this.#tickMs = tickMs;
    const { mem, map } = machine;
    const mailboxes = new Mailboxes(mem, map.mailboxes);
    this.#walker = { mem, map, cpus: map.shape.cpus, mailboxes, path: new WalkPath() };
    this.#signatures = signaturesOf(machine.declared);
  }

  tick(): Finding | undefined {
    const now = this.#progress();
    if (now !== this.#fingerprint || !this.#machine.hasBegun() || this.#machine.isEnding()) {
      this.#fingerprint = now;
      this.#begin();
      return undefined;
    }
    this.#ticks++;
    if (this.#leaving !== 0) return this.#awaitSuccessor();
    this.#look();
    return this.#judge();
  }

  /** Trials end: whatever stood still moves again. */
  #begin(): void {
    if (this.isStalled) this.stallMs += this.#ticks * this.#tickMs;
    this.isStalled = false;
    this.#ticks = 0;
    this.#probed = false;
    this.#suspects = [];
    this.#foundBefore = '';
    this.#leaving = 0;
  }

  #progress(): number {
    const { mem, map } = this.#machine;
    let all = 0;
    for (let c = 0; c < map.shape.cpus; c++) {
      all = (Math.imul(all, 33) + mem[map.progress + c * LINE_WORDS + PROGRESS.turn]) | 0;
      all = (Math.imul(all, 33) + mem[blockOf(map, c) + CPU.trial]) | 0;
    }
    return all;
  }

  /** Notes who is in the code of the race, an actor or a handler on top of the idle loop, and what each did since it was. */
  #look(): void {
    const known = this.#suspects;
    this.#suspects = [];
    for (let cpu = 0; cpu < this.#machine.map.shape.cpus; cpu++) {
      if (!this.#isInRaceCode(cpu)) continue;
      const suspect = known.find((s) => s.cpu === cpu) ?? this.#suspect(cpu);
      this.#update(suspect);
      this.#suspects.push(suspect);
    }
  }

  #isInRaceCode(cpu: number): boolean {
    const { mem, map } = this.#machine;
    const handlers = map.progress + this.#threadOf(cpu) * LINE_WORDS + PROGRESS.handlers;
    return mem[blockOf(map, cpu) + CPU.activity] === ACTIVITY.RUNNING || mem[handlers] !== 0;
  }

  /** The CPU that the thread started as which runs this one now. */
  #threadOf(cpu: number): number {
    const { mem, map } = this.#machine;
    return (mem[blockOf(map, cpu) + CPU.runner] || cpu + 1) - 1;
  }

  #suspect(cpu: number): Suspect {
    const { mem, map } = this.#machine;
    const block = blockOf(map, cpu);
    const thread = this.#threadOf(cpu);
    const wait = Atomics.load(mem, block + CPU.wait);
    const generation = waitKind(wait) === WAIT.LOCK ? lockGeneration(Atomics.load(mem, waitObject(wait))) : 0;
    return { cpu, thread, ranMs: 0, startedMs: this.#ranMs(thread), wait, generation, deafAtMs: null };
  }

  #update(suspect: Suspect): void {
    const { mem, map } = this.#machine;
    const block = blockOf(map, suspect.cpu);
    suspect.ranMs = this.#ranMs(suspect.thread) - suspect.startedMs;
    if (Atomics.load(mem, block + CPU.wait) !== suspect.wait) suspect.wait = -1;
    const isPending = (Atomics.load(mem, block + CPU.irr) & IRR_NMI) !== 0;
    suspect.deafAtMs = isPending ? (suspect.deafAtMs ?? suspect.ranMs) : null;
  }

  /** Without an account by thread: what the whole process had. */
  #ranMs(thread: number): number {
    const { mem, map } = this.#machine;
    const tid = mem[map.progress + thread * LINE_WORDS + PROGRESS.tid];
    const { user, system } = process.cpuUsage();
    return threadRanMs(tid) ?? (user + system) / 1000;
  }

  #judge(): Finding | undefined {
    if (this.#suspects.length === 0) return undefined;
    if (!this.#hasFailed() && this.#findFromOutside()) return undefined;
    const busiest = this.#suspects.reduce((a, b) => (b.ranMs > a.ranMs ? b : a));
    // Many that spin on few cores have little each; many that wait have next to nothing each.
    const sharedMs = this.#suspects.reduce((sum, { ranMs }) => sum + ranMs, 0) / 2;
    const workedMs = Math.max(busiest.ranMs, Math.min(sharedMs, 4 * busiest.ranMs));
    if (workedMs < this.#limitMs / 2) {
      this.#noteStall();
      return undefined;
    }
    if (!this.#probed) {
      this.#probed = true;
      for (const { cpu } of this.#suspects) sendNmi(this.#machine.mem, this.#machine.map, cpu);
      return undefined;
    }
    if (workedMs < this.#limitMs) return undefined;
    const deaf = this.#suspects.find((s) => this.#isDeaf(s));
    if (deaf !== undefined) return this.#part(deaf);
    if (!this.#hasFailed()) this.#blame(busiest);
    return undefined;
  }

  /** A CPU that wants the processor and does not get it; one that waits for another may sleep. */
  #noteStall(): void {
    if (this.isStalled || this.#ticks * this.#tickMs < this.#limitMs) return;
    const { mem, map } = this.#machine;
    const wants = ({ cpu }: Suspect): boolean => waitKind(mem[blockOf(map, cpu) + CPU.wait]) === WAIT.RUN;
    if (!this.#suspects.some(wants)) return;
    this.isStalled = true;
    this.stalls++;
  }

  /** Whether the trial that does not end has its verdict already. */
  #hasFailed(): boolean {
    const verdict = Atomics.load(this.#machine.mem, this.#machine.map.machine + MACHINE.verdict);
    return verdict !== 0 && verdictTag(verdict) === this.#tagOf(this.#suspects[0].cpu);
  }

  #tagOf(cpu: number): number {
    const { mem, map } = this.#machine;
    const own = this.#plan.sync === 'rendezvous';
    return trialTag(own ? mem[blockOf(map, cpu) + CPU.trial] : mem[map.machine + MACHINE.roundFirst]);
  }

  /** It had the processor since it was told, and did not come by an instruction boundary. */
  #isDeaf({ ranMs, deafAtMs }: Suspect): boolean {
    return deafAtMs !== null && ranMs - deafAtMs >= this.#limitMs / 4;
  }

  /** The second opinion: the same walk as the CPUs', from outside, found in two ticks alike. */
  #findFromOutside(): boolean {
    const detail = new Array<number>(FAILURE_DETAIL_WORDS).fill(0);
    for (const { cpu, wait } of this.#suspects) {
      if (wait === -1 || waitKind(wait) === WAIT.RUN) continue;
      const { path } = this.#walker;
      const start = provenCycle(this.#walker, cpu);
      if (start >= 0) {
        describeCycle(path, start, detail);
        return this.#foundTwice(path.members[start], DEADLOCK, detail, path.records.slice(start, path.length));
      }
      if (waitKind(wait) !== WAIT.LOCK) continue;
      const owner = exitedOwner(this.#walker, waitObject(wait));
      if (owner < 0) continue;
      detail[0] = waitObject(wait);
      detail[1] = owner;
      return this.#foundTwice(cpu, ORPHANED_LOCK, detail, [wait]);
    }
    this.#foundBefore = '';
    return false;
  }

  #foundTwice(giver: number, signature: string, detail: readonly number[], records: readonly number[]): true {
    const found = `${signature} ${detail.join(' ')} ${records.join(' ')}`;
    if (found === this.#foundBefore) this.#accuse(giver, signature, detail);
    this.#foundBefore = found;
    return true;
  }

  /** No cycle, no orphan, no deaf thread: somebody starves all the time, or all move and get nowhere. */
  #blame(busiest: Suspect): void {
    const ranMs = Math.round(busiest.ranMs);
    const starving = this.#suspects.find((s) => s.wait !== -1 && waitKind(s.wait) !== WAIT.RUN);
    if (starving === undefined) this.#accuse(busiest.cpu, LIVELOCK, [busiest.cpu, ranMs]);
    else this.#accuse(starving.cpu, STARVATION, this.#starvation(starving, ranMs));
  }

  /** What a starving CPU waits for: the lock or 0, its owner or whoever owes the acknowledgement, how often it changed hands. */
  #starvation({ cpu, wait, generation }: Suspect, ranMs: number): number[] {
    if (waitKind(wait) === WAIT.LOCK) {
      const word = Atomics.load(this.#machine.mem, waitObject(wait));
      return [waitObject(wait), lockOwner(word), (lockGeneration(word) - generation) & 0xffffff, ranMs];
    }
    const word = waitObject(wait);
    const unacked = this.#walker.mailboxes.unacked(cpu, word);
    return [0, word * 32 + lowestBit(unacked), 0, ranMs];
  }

  /** Asks a CPU of the trial to give the verdict. */
  #accuse(giver: number, signature: string, detail: readonly number[]): void {
    const { mem, map } = this.#machine;
    const watch = map.machine + MACHINE.watch;
    for (let i = 0; i < FAILURE_DETAIL_WORDS; i++) mem[watch + WATCH.detail + i] = detail[i] ?? 0;
    const request = verdictWord(this.#tagOf(giver), giver, this.#signatures.indexOf(signature));
    Atomics.store(mem, watch + WATCH.request, request);
    sendNmi(mem, map, giver);
  }

  /** The verdict is its successor's to give. */
  #part(deaf: Suspect): Finding {
    const { mem, map } = this.#machine;
    this.#leavingThread = deaf.thread;
    this.#leaving = mem[map.progress + deaf.thread * LINE_WORDS + PROGRESS.threadId];
    return { machine: this.#machine, thread: deaf.thread, ranMs: deaf.ranMs };
  }

  /** Until another thread has taken the place, nothing can be judged. */
  #awaitSuccessor(): undefined {
    const { mem, map } = this.#machine;
    const now = mem[map.progress + this.#leavingThread * LINE_WORDS + PROGRESS.threadId];
    if (now !== this.#leaving) this.#begin();
  }
}

/** What the delays that were asked for may take in one trial. */
function delaysMs({ phases, windows }: Plan): number {
  const longest = [...Object.values(phases), ...Object.values(windows)].reduce((sum, { max }) => sum + max, 0);
  return longest * SPIN_MS_MAX;
}
