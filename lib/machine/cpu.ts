/**
 * One simulated CPU as its thread sees it: where its words are, and its own tools. Made by lib/race/bootMachine.ts;
 * every operation of the SDK takes one.
 */

import {
  Counters,
  LINE_WORDS,
  Mailboxes,
  PARTY_STRIDE,
  Ring,
  Waiter,
  wake,
  type SpinBudget,
} from '../sharedarraybuffer-utils/index.js';
import { MachineFault } from './fault.js';
import { CPU, FAILURE_DETAIL_WORDS, HEADER, MACHINE } from './layout.js';
import { LOCKDEP } from './lockdepLayout.js';
import type { Explored } from './explored.js';
import type { InstructionCalls, Instructions } from './instructions.js';
import { InterruptedWaits } from './interruptedWaits.js';
import { LineTable, type InterruptLine } from './lineTable.js';
import type { MachineMap } from './map.js';
import type { MemoryModel } from './memoryModel.js';
import { OwnAddresses } from './ownAddresses.js';
import { Relay } from './relay.js';
import { ReadLoop } from './readLoop.js';
import { signaturesOf } from './signatures.js';
import { Standing } from './standing.js';
import { TaskState } from './taskState.js';
import { WalkPath } from './walkPath.js';

/**
 * Handles one call posted by another CPU, with its argument, or an interrupt of a line, with the word index of the instance. Runs
 * on the receiving CPU; `config` is the race's.
 */
export type InterruptHandler = (cpu: Cpu, info: number, config: never) => void;

/** What a turn of a script is for that comes in a loop of reads: its first look, its last read, or the proof that it has no end. */
export type LoopTurn = 'look' | 'end' | 'proof';

/** Lets the CPUs access memory one at a time, in a given order (lockstep.ts). */
export interface TurnTaking {
  /** An instruction boundary: waits for this CPU's turn, taking interrupts on the way. */
  boundary(cpu: Cpu): void;
  /** The CPU's actor has ended: it idles, taking interrupts in its turns, until the host ends the run. */
  finish(cpu: Cpu): void;
  /** Makes the stores of the CPU visible, of which there are some: each in a turn, or all at once in the CPU's own turn. */
  drain?(cpu: Cpu, atOnce: boolean): void;
  /** In a script: what the turn that the CPU has in a loop of reads is for. */
  scripted?(): LoopTurn;
  /** The CPU's next turn, without interrupts: for what is no instruction, but has its place in the order. */
  turn?(cpu: Cpu): void;
  /** The CPU is on offer (migration.ts): waits until it has been taken, or for its turn if nobody has. */
  standAside?(cpu: Cpu): void;
  /** The task waits for a CPU (runQueue.ts): returns when one has been given to it, or in front of a turn of its place. */
  awaitTaker?(cpu: Cpu): void;
  /** In a script: the thread whose task gets the CPU in the turn that is under way; -1 if it is for something else. */
  switchTurn?(): number;
  /** The thread has taken another CPU, in a turn of its own one, and has made its last access there. */
  handOver?(cpu: Cpu): void;
  /** The thread runs another CPU from now on. */
  moved?(cpu: Cpu): void;
}

/** What the modelled kernel does at a context switch, beside the exchange of CPUs (preemption.ts). Interrupts are on. */
export interface ContextSwitch {
  /** The running task goes, and is on its CPU still. Returns what it takes along. */
  out(cpu: Cpu): number;
  /** The task continues: `kept` is what `out` returned, `from` the CPU that it left. */
  into(cpu: Cpu, kept: number, from: number): void;
}

/** What a thread needs to become a CPU. */
export interface CpuSetup {
  readonly mem: Int32Array;
  readonly map: MachineMap;
  readonly id: number;
  /** Index of the machine among those that run side by side. */
  readonly machine: number;
  readonly budget: SpinBudget;
  /** Cores that the machine's CPUs share; absent or null if each CPU has its own. */
  readonly sharedCores?: number | null;
  readonly recording: boolean;
  /** How memory is ordered: `sc` if absent. */
  readonly memory?: MemoryModel;
  /** Whether the CPU learns in which order locks are taken. */
  readonly lockdep: boolean;
  /** Handlers that `send` may name, the same list on every CPU. */
  readonly interrupts: readonly InterruptHandler[];
  /** Interrupt lines that the race declares; none if absent. */
  readonly lines?: readonly InterruptLine[];
  /** Whether the race serves calls while interrupts are off (poll.ts). */
  readonly polls?: boolean;
  /** Where the race has its mask of offline CPUs; absent or null if none is ever offline. */
  readonly offline?: { readonly at: number; readonly ipi: 'lost' | 'refused' } | null;
  /** The CPUs that the thread's task may run on, a bit each, where tasks outnumber CPUs; absent for all. */
  readonly allowed?: number;
  /** What the race's handlers are given beside the argument of the call. */
  readonly config: unknown;
  /** Signatures, step labels and windows that the race declares. */
  readonly signatures: readonly string[];
  readonly steps: readonly string[];
  readonly windows: readonly string[];
  /** Start of the host process in milliseconds since the epoch, for the time of the first failure. */
  readonly hostStartMs: number;
  /** The clock of a run that measures how soon deadlocks are proved, in nanoseconds, 32 bits of them; null otherwise. */
  readonly clock?: (() => number) | null;
  /** Whether the thread takes the place of one that was ended: it continues as the CPU that the other one ran. */
  readonly replaces?: boolean;
  /** What an instruction boundary does when something is requested of the CPU (irq.ts). */
  readonly trap: (cpu: Cpu) => void;
  /** What an instruction does for an address that is in no place that it knows (reach.ts). */
  readonly refuse: (cpu: Cpu, op: number, address: number) => void;
  /** What a store does where somebody sleeps until a word is stored (wordBell.ts). */
  readonly wakeAt: (cpu: Cpu, address: number) => void;
  /** What an instruction does that reads a word, in a loop of those (readAgain.ts). */
  readonly readAgain: (cpu: Cpu, op: number, address: number, a: number, b: number) => number;
  /** Looks for such a loop. */
  readonly lookForLoop: (cpu: Cpu) => void;
  /** Links the memory instructions to the machine's memory (instructions.ts). */
  readonly link: (calls: InstructionCalls, model: MemoryModel) => Instructions;
}

/**
 * One simulated processor, as the thread that runs it sees it. The state of the processor itself lies in the shared
 * buffer; the fields here are word indexes into it and this thread's own tools.
 *
 * A thread may exchange its CPU for another's at a preemption point (migration.ts): then `id` and the word indexes
 * change, so nobody keeps a copy of them across one. `home` is the CPU that the thread started as; it names the task.
 */
export class Cpu {
  readonly mem: Int32Array;
  readonly map: MachineMap;
  readonly home: number;
  readonly machineIndex: number;
  readonly cpus: number;
  /** Its CPUs, and behind them the places of tasks that have none (runQueue.ts): one for each thread. */
  readonly places: number;
  readonly recording: boolean;
  /** Whether its plain stores go to a buffer first (storeBuffer.ts). */
  readonly hasStoreBuffer: boolean;
  readonly interrupts: readonly InterruptHandler[];
  readonly lines: LineTable;
  readonly polls: boolean;
  readonly offline: { readonly at: number; readonly ipi: 'lost' | 'refused' } | null;
  readonly config: unknown;
  readonly signatures: readonly string[];
  /** What the race calls its steps, from 1, and its windows, from 0; and how many there are. */
  readonly stepLabels: readonly string[];
  readonly steps: number;
  readonly windowNames: readonly string[];
  readonly windows: number;
  readonly hostStartMs: number;
  readonly clock: (() => number) | null;
  readonly trap: (cpu: Cpu) => void;
  readonly isa: Instructions;
  readonly rings: readonly Ring[];
  readonly waiter: Waiter;
  /** How the thread shares its core with others; null where it has one of its own. */
  readonly relay: Relay | null;
  readonly mailboxes: Mailboxes;
  /** The machine's counters; CPU 0 alone adds to them. */
  readonly counters: Counters;

  /** Words of an instance that may be locks of a class, 0 without lockdep; and where their classes are. */
  readonly lockWords: number;
  readonly lockClasses: number;

  readonly outcome: number;
  /** The thread's own progress counter, whatever CPU it runs. */
  readonly progress: number;

  /** The CPU that the thread runs now. */
  id = 0;
  ring: Ring;
  /** Word indexes into `mem`, copied out of the map because every access uses one of them. */
  irr = 0;
  wait = 0;
  irqOff = 0;
  step = 0;
  block = 0;
  /** `block` as a byte address, for the instructions. */
  base = 0;
  percpu = 0;

  /**
   * The tag of the trial in an outcome, and the whole word of which that is a part. Where the CPUs meet once a round all its trials
   * have one tag.
   */
  trialTag = 0;
  taggedTrial = 0;
  /** How often the code of the race has caught what threw it out of this trial, and made another instruction (caught.ts). */
  caught = 0;
  /** Whether the CPU has proved a wait of its own to have no end, and has not ended one since (looks.ts). */
  hasProved = false;
  /** Draws the delay of a window, for the trial that the thread is in (windows.ts). Set by the harness. */
  drawDelay: (w: number) => number = () => 0;
  /** Whether a failure that goes by time shows where the thread is in its JavaScript: there is no step that could. Set by lib/js. */
  tellsStack = false;
  /** Whether the CPU takes interrupts in its idle loop now. */
  idling = false;
  /** The turn-taking of a lockstep run; null while the machine runs free. */
  lockstep: TurnTaking | null = null;
  /** What sees each step of the CPU in a search of all states; null in a machine. */
  explored: Explored | null = null;
  /** Whether a handler of this CPU has left something for a softirq, in any trial so far (lib/kernel/softirq.ts). */
  servesSoftirqs = false;
  /**
   * How the running task is preempted, null where it cannot be; the place where it gives its CPU up, 0 for any, and how
   * often it must reach that place first, 0 for never (preemption.ts). The thread's own, as the task is.
   */
  contextSwitch: ContextSwitch | null = null;
  preemptAt = 0;
  preemptIn = 0;
  /** The CPUs that the task may run on, a bit each; whether that is one of several; and the one that it ran on last. */
  readonly allowed: number;
  readonly isBound: boolean;
  lastCpu = 0;
  /** The sequence of the record with which its newest wait began (wait.ts). */
  waitBegan = 0;
  /** Waits that handlers have interrupted. */
  readonly interrupted = new InterruptedWaits();
  /** Where the task's place is on offer, 0 while it is not, and the offer; how many it has made in the trial. */
  offeredAt = 0;
  offered = 0;
  offers = 0;
  /** Nested migrate_disable() of the running task. The thread's own, as the task is. */
  migrateDisabled = 0;
  /** How deep the running task is in readers of RCU, for reports. */
  rcuNesting = 0;
  readonly #detail: number[] = Array.from({ length: FAILURE_DETAIL_WORDS }, () => 0);
  /** Whether more than its first four words may be other than 0. */
  #hasLongDetail = false;

  /** Word index of the instance that the CPU works on: its trial's, or that of the sender whose call it handles. */
  #instance = 0;
  /** Where this CPU keeps a walk of the wait-for graph. */
  readonly path = new WalkPath();
  /** Where it keeps what it has found each CPU to do, when it looks whether all stand. */
  readonly standing = new Standing();
  /** The loop of reads of the code that runs, if it is in one: of the actor, or of the handler on top of a loop of it (readAgain.ts). */
  loop = new ReadLoop();
  readonly #loops: ReadLoop[] = [this.loop];
  /** Per-CPU addresses that its task has taken in the trial. */
  readonly own = new OwnAddresses();
  /** Where the thread keeps its task's state while it exchanges CPUs. */
  readonly task = new TaskState();

  constructor(setup: CpuSetup) {
    const { mem, map, id } = setup;
    this.mem = mem;
    this.map = map;
    this.home = id;
    this.machineIndex = setup.machine;
    this.places = map.shape.cpus;
    this.cpus = map.shape.processors ?? this.places;
    this.allowed = (setup.allowed ?? -1) & (this.cpus >= 32 ? -1 : (1 << this.cpus) - 1);
    this.isBound = this.cpus > 1 && (this.allowed & (this.allowed - 1)) === 0;
    this.recording = setup.recording;
    const { memory = 'sc' } = setup;
    this.hasStoreBuffer = memory === 'tso';
    this.interrupts = setup.interrupts;
    this.lines = new LineTable(setup.lines ?? []);
    this.polls = setup.polls ?? false;
    this.offline = setup.offline ?? null;
    this.config = setup.config;
    this.signatures = signaturesOf(setup.signatures);
    this.stepLabels = setup.steps;
    this.steps = setup.steps.length;
    this.windowNames = setup.windows;
    this.windows = setup.windows.length;
    this.hostStartMs = setup.hostStartMs;
    this.clock = setup.clock ?? null;
    this.trap = setup.trap;
    const calls = {
      trap: () => this.trap(this),
      refuse: (op: number, address: number) => setup.refuse(this, op, address),
      ring: () => {
        for (let c = 0; c < this.places; c++) wake(mem, partyOf(map, c));
      },
      wakeAt: (address: number) => setup.wakeAt(this, address),
      readAgain: (op: number, address: number, a: number, b: number) => setup.readAgain(this, op, address, a, b),
      lookForLoop: () => setup.lookForLoop(this),
    };
    this.isa = setup.link(calls, memory);
    this.isa.confine(map.shape.instanceWords, map.percpu, map.percpuStride * this.cpus);
    const ringAt = (c: number): number => map.rings + c * map.ringStride;
    this.rings = Array.from({ length: this.places }, (_, c) => new Ring(mem, ringAt(c), map.shape.ringEntries));
    this.ring = this.rings[id];
    const { sharedCores = null } = setup;
    this.relay = sharedCores === null ? null : new Relay(mem, map, id, sharedCores);
    this.waiter = new Waiter(mem, partyOf(map, id), setup.budget, this.relay);
    this.mailboxes = new Mailboxes(mem, map.mailboxes);
    this.counters = new Counters(mem, map.counters);
    this.lockWords = setup.lockdep ? map.shape.instanceWords : 0;
    this.lockClasses = map.lockdep + LOCKDEP.WORDS;
    this.outcome = map.machine + MACHINE.outcome;
    this.progress = map.progress + id * LINE_WORDS;
    if (setup.replaces === true) {
      this.become(this.#runBy(id));
      this.waiter.moveTo(partyOf(map, this.id));
      return;
    }
    this.become(id);
    mem[this.block + CPU.runner] = id + 1;
    mem[this.block + CPU.ring] = setup.recording ? ringAt(id) * 4 : 0;
    mem[this.block + CPU.ringMask] = map.shape.ringEntries - 1;
    mem[this.block + CPU.lockId] = id + 1;
    mem[this.block + CPU.lockdep] = setup.lockdep ? map.lockdep * 4 : 0;
    mem[this.block + CPU.lockWords] = this.lockWords;
  }

  /** Returns what a handler has in place of this loop, which it interrupts. */
  innerLoop(loop: ReadLoop): ReadLoop {
    const inner = this.#loops.indexOf(loop) + 1;
    return (this.#loops[inner] ??= new ReadLoop());
  }

  /** Forgets the loops of code that has been left. */
  forgetLoops(): void {
    if (this.loop === this.#loops[0] && !this.loop.isFollowed) return;
    for (const loop of this.#loops) loop.forget();
    this.loop = this.#loops[0];
  }

  /** Details of a failure, filled by the CPU that fails, before it sets the outcome; made once. */
  get detail(): number[] {
    this.#hasLongDetail = true;
    return this.#detail;
  }

  /** Fills them with four words and zeros: most failures have no more. */
  fillDetail(d0: number, d1: number, d2: number, d3: number): void {
    if (this.#hasLongDetail) this.#detail.fill(0);
    this.#hasLongDetail = false;
    this.#detail[0] = d0;
    this.#detail[1] = d1;
    this.#detail[2] = d2;
    this.#detail[3] = d3;
  }

  get instance(): number {
    return this.#instance;
  }

  /** The instructions compare addresses with it. */
  set instance(at: number) {
    if (at === this.#instance) return;
    this.#instance = at;
    this.isa.workOn(at);
  }

  /** Returns the CPU that thread `home` runs. */
  #runBy(home: number): number {
    for (let c = 0; c < this.places; c++) if (this.mem[blockOf(this.map, c) + CPU.runner] === home + 1) return c;
    throw new MachineFault(`thread ${home} was ended while it passed its CPU on`);
  }

  /** Makes the thread run CPU `id` from now on. Only for boot and migration.ts, which see to it that no other thread does. */
  become(id: number): void {
    const { map } = this;
    const block = blockOf(map, id);
    this.id = id;
    this.block = block;
    this.base = block * 4;
    this.irr = block + CPU.irr;
    this.wait = block + CPU.wait;
    this.irqOff = block + CPU.irqOff;
    this.step = block + CPU.step;
    this.percpu = map.percpu + id * map.percpuStride;
    this.ring = this.rings[id];
  }
}

/** Returns the word index of a CPU's block. */
export function blockOf(map: MachineMap, id: number): number {
  return map.cpus + id * map.cpuStride;
}

/** Returns the word index of a CPU's bell. */
export function partyOf(map: MachineMap, id: number): number {
  return map.parties + id * PARTY_STRIDE;
}

/** Returns the word index of instance `i` of the round, as the race sees it (behind its header). */
export function instanceAt(map: MachineMap, i: number): number {
  return map.instances + i * map.instanceStride + HEADER.WORDS;
}
