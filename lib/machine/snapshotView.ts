/**
 * Reads a snapshot, or a machine that still runs, into objects. Called on the host by lib/harness/host/machine.ts and
 * lib/harness/replay; reports are made of the result.
 */

import {
  CSD,
  CPU,
  FAILURE,
  FAILURE_DETAIL_WORDS,
  FRAME,
  HEADER,
  HELD,
  HELD_MAX,
  MESSAGE_WORDS,
  STACK_MAX,
  STACK_TEXT_WORDS,
  STORED,
  STORE_BUFFER_ENTRIES,
} from './layout.js';
import { MASKED } from './irqMask.js';
import type { MachineMap } from './map.js';
import { runningThread } from './migration.js';
import { OP_MASK, STEP_SHIFT, opName } from './recorder.js';
import { DEADLOCK } from './signatures.js';
import { mapSnapshot } from './snapshotMap.js';
import { functionName } from './callStack.js';
import { readCondition, type WordCondition } from './condition.js';
import { Mailboxes, Ring } from '../sharedarraybuffer-utils/index.js';
import { NOTED, NOTED_READER } from './heldLocks.js';

import { readText } from './text.js';
import { trialNumber } from './trialNumber.js';

/** A lock that a CPU held, as it noted it. */
export interface HeldLock {
  readonly lock: number;
  readonly step: string;
  readonly irqsOff: boolean;
  /** Whether its word is one of the machine's own locks (lockWord.ts), and none that lib/kernel makes of words. */
  readonly hasLockWord: boolean;
  /** Whether it is no lock but a reader of RCU. */
  readonly isReader: boolean;
}

/** A store that only its CPU sees. */
export interface BufferedStore {
  readonly address: number;
  readonly value: number;
}

/** One frame of a shadow call stack, innermost first, with the step it stood at. */
export interface Frame {
  readonly fn: string;
  readonly step: string;
}

/** One record of a CPU's ring. */
export interface RecordedStep {
  readonly op: string;
  readonly flags: number;
  readonly step: string;
  /** The window that opens or closes. */
  readonly window?: string;
  /** Of the entry of an interrupt: its line, described; absent for calls. */
  readonly line?: string;
  readonly address: number;
  readonly before: number;
  readonly after: number;
}

/** What one CPU looked like. */
export interface CpuSnapshot {
  readonly id: number;
  /** Whether it is a CPU, and not the place of a task that has none. */
  readonly hasCpu: boolean;
  /** The task that runs on the CPU, by the CPU it started on. */
  readonly task: number;
  readonly comm: string;
  readonly actor: string;
  readonly activity: number;
  readonly irqOff: number;
  readonly context: number;
  readonly preemptCount: number;
  readonly wait: number;
  /** What ends the wait, if it is one for a word. */
  readonly condition: WordCondition;
  readonly step: string;
  readonly held: readonly HeldLock[];
  readonly frames: readonly Frame[];
  /** The stores in its buffer, which no other CPU sees yet, oldest first. */
  readonly buffered: readonly BufferedStore[];
  /** Newest last. Empty when the run did not record. */
  readonly records: readonly RecordedStep[];
  /** Whether older records of the trial were overwritten. */
  readonly wrapped: boolean;
  /** Word index of the CPU's block in `mem`. */
  readonly block: number;
  /** Word index of the CPU's per-CPU area in `mem`. */
  readonly percpu: number;
}

/** A call that somebody has not acknowledged. */
export interface PostedCall {
  readonly from: number;
  readonly handler: string;
  readonly info: number;
  /** Whether the sender waits until the handler has run; otherwise until it has been taken. */
  readonly waits: boolean;
  readonly unacked: readonly { readonly cpu: number; readonly pending: boolean }[];
  /** Word indexes of the sender's masks of missing acknowledgements. */
  readonly unackedAt: readonly number[];
}

/** A failure and the state of its machine, copied when it happened. */
export interface Snapshot {
  readonly signature: string;
  readonly message: string;
  readonly cpu: number;
  readonly trial: number;
  readonly detail: readonly number[];
  /** Whether the machine itself says so: a race may fail its trial as a hang, too, with details of its own. */
  readonly claimed: boolean;
  /** The members of a proved deadlock, each of which waits for the next; empty for any other failure. */
  readonly cycle: readonly number[];
  /** Where the failing thread was in its JavaScript, innermost first; empty for a failure of the race's own. */
  readonly stack: readonly string[];
  /** The copied words. `word` translates: it takes the machine's word index and returns the word of that moment. */
  readonly mem: Int32Array;
  /** Word index of the instance, as the actors saw it. */
  readonly instance: number;
  /** A word of the instance by its machine word index. */
  word(address: number): number;
  readonly cpus: readonly CpuSnapshot[];
  readonly calls: readonly PostedCall[];
}

/** Names that turn a snapshot's numbers into words. */
export interface Naming {
  readonly steps: readonly string[];
  readonly windows: readonly string[];
  readonly signatures: readonly string[];
  /** Interrupt handlers, as the race declares them. */
  readonly interrupts: readonly string[];
  /** Interrupt lines, described as lineTable.ts does. */
  readonly lines: readonly string[];
  role(cpu: number): { readonly actor: string; readonly comm: string };
}

/** Reads the snapshot that starts at word `at`. `mem` must not change meanwhile: a copy, or a machine at rest. */
export function readSnapshot(mem: Int32Array, at: number, map: MachineMap, naming: Naming): Snapshot {
  const { cpus } = map.shape;
  const to = mapSnapshot(map);
  const failure = at + to.failure;
  const instance = mem[failure + FAILURE.instance];
  const instanceCopy = at + to.instance + HEADER.WORDS;
  const signature = naming.signatures[mem[failure + FAILURE.signature]] ?? 'unknown';
  const detail = Array.from({ length: FAILURE_DETAIL_WORDS }, (_, i) => mem[failure + FAILURE.detail + i]);
  const claimed = mem[failure + FAILURE.claimed] !== 0;
  return {
    signature,
    message: readText(mem, failure + FAILURE.message, MESSAGE_WORDS),
    cpu: mem[failure + FAILURE.cpu],
    trial: trialNumber(mem[failure + FAILURE.trialHigh], mem[failure + FAILURE.trial]),
    detail,
    claimed,
    cycle: claimed && signature === DEADLOCK ? detail.slice(1, 1 + detail[0]).filter((c) => c >= 0 && c < cpus) : [],
    stack: readText(mem, failure + FAILURE.stack, STACK_TEXT_WORDS)
      .split('\n')
      .filter((frame) => frame !== ''),
    mem,
    instance,
    word: (address) =>
      mem[address >= map.percpu ? at + to.percpu + address - map.percpu : instanceCopy + address - instance],
    cpus: Array.from({ length: cpus }, (_, id) =>
      readCpu(
        mem,
        at + to.cpus + id * map.cpuStride,
        at + to.rings + id * map.ringStride,
        at + to.percpu + id * map.percpuStride,
        id,
        map,
        naming,
      ),
    ),
    calls: readCalls(mem, { blocks: at + to.cpus, mailboxes: at + to.mailboxes }, map, naming),
  };
}

/** Reads the calls that are not acknowledged, from the CPUs' blocks and their mailboxes. */
export function readCalls(
  mem: Int32Array,
  from: { readonly blocks: number; readonly mailboxes: number },
  map: MachineMap,
  naming: Naming,
): PostedCall[] {
  const { cpus } = map.shape;
  const boxes = new Mailboxes(mem, from.mailboxes);
  const real = new Mailboxes(mem, map.mailboxes);
  const all = Array.from({ length: cpus }, (_, c) => c);
  const has = (mask: number, c: number): boolean => (mask & (1 << (c & 31))) !== 0;
  return all.flatMap((sender) => {
    const owing = all.filter((c) => has(mem[boxes.unackedAt(sender, c >>> 5)], c));
    if (owing.length === 0) return [];
    const csd = from.blocks + sender * map.cpuStride + CPU.csd;
    const pending = (c: number): boolean => has(mem[boxes.pendingAt(c, sender >>> 5)], sender);
    return [
      {
        from: sender,
        handler: naming.interrupts[mem[csd + CSD.handler]] ?? 'unknown',
        info: mem[csd + CSD.info],
        waits: mem[csd + CSD.wait] !== 0,
        unacked: owing.map((cpu) => ({ cpu, pending: pending(cpu) })),
        unackedAt: [real.unackedAt(sender, 0), real.unackedAt(sender, 1)],
      },
    ];
  });
}

/** Reads one CPU from the words of its block, its ring and its per-CPU area. */
export function readCpu(
  mem: Int32Array,
  block: number,
  ringAt: number,
  percpu: number,
  id: number,
  map: MachineMap,
  naming: Naming,
): CpuSnapshot {
  const label = (step: number): string => stepLabel(naming.steps, step);
  const ring = new Ring(mem, ringAt, map.shape.ringEntries);
  const thread = runningThread(mem, block);
  const task = thread < 0 || thread >= map.shape.cpus ? id : thread;
  return {
    id,
    hasCpu: id < (map.shape.processors ?? map.shape.cpus),
    task,
    block,
    ...naming.role(task),
    activity: mem[block + CPU.activity],
    irqOff: mem[block + CPU.irqOff],
    context: mem[block + CPU.context],
    preemptCount: mem[block + CPU.preemptCount],
    wait: mem[block + CPU.wait],
    condition: readCondition(mem, block, map.shape.cpus),
    step: label(mem[block + CPU.step]),
    held: readHeld(mem, block, label),
    frames: readFrames(mem, block, label),
    buffered: readBuffered(mem, block),
    records: Array.from({ length: ring.kept }, (_, i) => readRecord(mem, ring.at(i), label, naming)),
    wrapped: ring.written > ring.capacity,
    percpu,
  };
}

/** Returns the label of a step number; "-" before the first. */
export function stepLabel(steps: readonly string[], step: number): string {
  return step === 0 ? '-' : (steps[step - 1] ?? `step ${step}`);
}

/** Returns a count as it is found in shared memory, where a stray store may have been: never more than there is room for. */
function bounded(count: number, most: number): number {
  return Math.min(Math.max(0, count), most);
}

function readHeld(mem: Int32Array, block: number, label: (step: number) => string): HeldLock[] {
  return Array.from({ length: bounded(mem[block + CPU.held], HELD_MAX) }, (_, i) => {
    const at = block + CPU.locks + i * HELD.WORDS;
    return {
      lock: mem[at + HELD.lock],
      step: label(mem[at + HELD.step]),
      irqsOff: (mem[at + HELD.irqOff] & MASKED) !== 0,
      hasLockWord: mem[at + HELD.word] !== NOTED && mem[at + HELD.word] !== NOTED_READER,
      isReader: mem[at + HELD.word] === NOTED_READER,
    };
  });
}

/** Reads the call stack. A frame stands at the step that its callee found, the innermost one at the CPU's own step. */
function readFrames(mem: Int32Array, block: number, label: (step: number) => string): Frame[] {
  const depth = Math.min(mem[block + CPU.depth], STACK_MAX);
  const frames: Frame[] = [];
  let step = mem[block + CPU.step];
  for (let i = depth - 1; i >= 0; i--) {
    const at = block + CPU.frames + i * FRAME.WORDS;
    frames.push({ fn: functionName(mem[at + FRAME.fn]), step: label(step) });
    step = mem[at + FRAME.callerStep];
  }
  return frames;
}

function readBuffered(mem: Int32Array, block: number): BufferedStore[] {
  return Array.from({ length: bounded(mem[block + CPU.buffered], STORE_BUFFER_ENTRIES) }, (_, i) => {
    const at = block + CPU.stores + ((mem[block + CPU.oldest] + i) & (STORE_BUFFER_ENTRIES - 1)) * STORED.WORDS;
    return { address: mem[at + STORED.address], value: mem[at + STORED.value] };
  });
}

function readRecord(
  mem: Int32Array,
  at: number,
  label: (step: number) => string,
  { windows, lines }: Naming,
): RecordedStep {
  const head = mem[at];
  const op = opName(head & OP_MASK);
  return {
    op,
    flags: head & 0xffe0,
    step: label(head >>> STEP_SHIFT),
    ...(op === 'window' ? { window: windows[mem[at + 1]] } : {}),
    ...(op === 'irq_enter' && mem[at + 1] > 0 ? { line: lines[mem[at + 1] - 1] } : {}),
    address: mem[at + 1],
    before: mem[at + 2],
    after: mem[at + 3],
  };
}
