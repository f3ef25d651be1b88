/** The accesses of a failed trial in the interleaving that explains them, each with what led to its value. Called by timeline.ts and slice.ts. */

import { LINES_MAX } from '../machine/layout.js';
import { isTaken, offeredCpu } from '../machine/migration.js';
import { BUFFERED, OP, OP_MASK, STEP_SHIFT, VISIBLE, isLocal } from '../machine/recorder.js';
import { RECORD_WORDS, type Evidence } from './evidence.js';
import type { Explained } from './explain.js';
import { placeOfWord, type PlaceOfWord } from './places.js';
import type { RecordedAccess } from './recordColumn.js';
import { lockWords } from './timelineText.js';

/**
 * What an access means to a reader. `plumbing`: an access of the machine itself, of no interest beside the call or the
 * migration that it belongs to. `post` makes a call, `ack` answers it, `raise` raises an interrupt line.
 */
export type AccessRole =
  | 'read'
  | 'write'
  | 'update'
  | 'lock'
  | 'unlock'
  | 'post'
  | 'raise'
  | 'ack'
  | 'await'
  | 'migration'
  | 'plumbing'
  | 'fails';

/** One access of the order. */
export interface OrderedAccess extends Pick<RecordedAccess, 'address' | 'before' | 'after' | 'waits'> {
  /** Its place in the order, from 0. */
  readonly position: number;
  readonly cpu: number;
  readonly role: AccessRole;
  /** The task that it belongs to, by the CPU on which the task started. A handler belongs to the task that it interrupted. */
  readonly task: number;
  /** The task itself, or one call of a handler: contexts run concurrently with each other. */
  readonly context: string;
  readonly inInterrupt: boolean;
  readonly step: number;
  /** Kernel function; empty if it is not known. */
  readonly fn: string;
  /** Position of the change that left the value it found; -1 if the word still was as it began. */
  readonly source: number;
  /** For an access in a handler, the position of the post or the raise that it comes from; -1 for all others. */
  readonly call: number;
  /** For a post, the CPU that it calls; -1 for all others. */
  readonly receiver: number;
  /** For a store that becomes visible, the position where its CPU made it; -1 for all others. */
  readonly stored: number;
  /** Position of the newest store to its word that is in the buffer of another CPU meanwhile; -1 if there is none. */
  readonly hidden: number;
}

/** Returns the accesses in the order of the interleaving. `functions`: of each turn of a replay, up to where it ended. */
export function orderedAccesses(
  evidence: Evidence,
  explained: Explained,
  functions: readonly string[] = [],
): OrderedAccess[] {
  return new Walk(evidence, explained, functions).walk();
}

/** Whether its task learns what the word held. */
export function finds({ role, before, after }: OrderedAccess): boolean {
  return role !== 'write' && role !== 'unlock' && (role !== 'lock' || before === after);
}

/** Whether it is on a word of the race that is no lock. */
export function isRacing({ role }: OrderedAccess): boolean {
  return role === 'read' || role === 'write' || role === 'update';
}

/** Whether both lie in one step or one function. */
export function isBeside(access: OrderedAccess, other: OrderedAccess): boolean {
  return access.step === other.step || (access.fn !== '' && access.fn === other.fn);
}

class Walk {
  readonly #evidence: Evidence;
  readonly #explained: Explained;
  readonly #functions: readonly string[];
  readonly #locks: ReadonlySet<number>;
  readonly #found: OrderedAccess[] = [];
  /** Per word the position of its newest change. */
  readonly #changed = new Map<number, number>();
  /** Per sender and receiver the position of the newest post. */
  readonly #posts = new Map<string, number>();
  /** Per line and CPU the position of the newest raise. */
  readonly #raises = new Map<string, number>();
  readonly #interrupts: readonly (readonly Interrupt[])[];
  /** Per CPU: the task that it runs, its function, the sender of the call that it handles. */
  readonly #tasks: number[];
  readonly #fn: string[];
  readonly #sender: number[];
  /** Per CPU the stores in its buffer, oldest first. */
  readonly #buffers: { readonly address: number; readonly position: number }[][];
  #turn = 0;

  constructor(evidence: Evidence, explained: Explained, functions: readonly string[]) {
    this.#evidence = evidence;
    this.#explained = explained;
    this.#functions = functions;
    this.#locks = lockWords(evidence);
    this.#interrupts = evidence.cpus.map(({ records }) => interruptsOf(records));
    this.#tasks = evidence.cpus.map((_, cpu) => cpu);
    this.#fn = evidence.cpus.map(() => '');
    this.#sender = evidence.cpus.map(() => -1);
    this.#buffers = evidence.cpus.map(() => []);
  }

  walk(): OrderedAccess[] {
    const next = this.#tasks.map(() => 0);
    for (const cpu of this.#explained.interleaving.order) this.#take(cpu, this.#explained.trace.cpus[cpu][next[cpu]++]);
    return this.#found;
  }

  #take(cpu: number, { record, turn, waits, ...access }: RecordedAccess): void {
    const position = this.#found.length;
    const [head, ...recorded] = this.#evidence.cpus[cpu].records.slice(
      record * RECORD_WORDS,
      (record + 1) * RECORD_WORDS,
    );
    const op = head & OP_MASK;
    const { address, before, after } = isLocal(head)
      ? { address: recorded[0], before: recorded[1], after: recorded[2] }
      : access;
    const { source, stored } = this.#sourceOf(cpu, head, address, position);
    const place = placeOfWord(this.#evidence, address);
    const { number: interrupt, line } = this.#interrupts[cpu][record];
    if (turn !== undefined) this.#fn[cpu] = this.#functions[this.#turn++] ?? '';
    if (interrupt === 0) this.#sender[cpu] = -1;
    else if (place?.kind === 'call' && place.field === 'handler') this.#sender[cpu] = place.cpu;
    const sender = this.#sender[cpu];
    const role = roleOf(op, place, cpu, { before, after, isLock: this.#locks.has(address) });
    this.#found.push({
      position,
      cpu,
      address,
      before,
      after,
      waits,
      role,
      task: this.#tasks[cpu],
      context:
        interrupt === 0
          ? `task ${this.#tasks[cpu]}`
          : `interrupt ${interrupt} of ${cpu}, ${line > 0 ? `line ${line}` : `call of ${sender}`}`,
      inInterrupt: interrupt !== 0,
      step: head >>> STEP_SHIFT,
      fn: this.#fn[cpu],
      source,
      stored,
      hidden: this.#hiddenFrom(cpu, address),
      call: (line > 0 ? this.#raises.get(`${line} ${cpu}`) : this.#posts.get(`${sender} ${cpu}`)) ?? -1,
      receiver: role === 'post' && place?.kind === 'pending' ? place.cpu : -1,
    });
    if (before !== after) this.#changed.set(address, position);
    if (role === 'post' && place?.kind === 'pending') this.#posts.set(`${cpu} ${place.cpu}`, position);
    if (role === 'raise' && place?.kind === 'lines') this.#raise(place.cpu, before, after, position);
    if ((place?.kind === 'offer' || place?.kind === 'ready') && !isTaken(before) && isTaken(after))
      this.#exchange(cpu, before);
  }

  /** Returns what left the value that the access found, and where the store was made that becomes visible. */
  #sourceOf(cpu: number, head: number, address: number, position: number): { source: number; stored: number } {
    const buffer = this.#buffers[cpu];
    const op = head & OP_MASK;
    const changed = this.#changed.get(address) ?? -1;
    if ((head & VISIBLE) !== 0) return { source: changed, stored: buffer.shift()?.position ?? -1 };
    if ((head & BUFFERED) === 0) return { source: changed, stored: -1 };
    if (op === OP.READ)
      return { source: buffer.findLast((store) => store.address === address)?.position ?? -1, stored: -1 };
    buffer.push({ address, position });
    return { source: -1, stored: -1 };
  }

  /** Returns the newest store to a word that a CPU does not see yet, since it is in another CPU's buffer. */
  #hiddenFrom(cpu: number, address: number): number {
    const others = this.#buffers.filter((_, id) => id !== cpu).flat();
    return Math.max(-1, ...others.filter((store) => store.address === address).map(({ position }) => position));
  }

  /** Notes which lines an access has raised. */
  #raise(target: number, before: number, after: number, position: number): void {
    const raised = before >>> LINES_MAX === after >>> LINES_MAX ? after & ~before : after;
    for (let line = 0; line < LINES_MAX; line++)
      if ((raised & (1 << line)) !== 0) this.#raises.set(`${line + 1} ${target}`, position);
  }

  /** Two tasks change places: the one that takes the offer, and the one that has made it. */
  #exchange(cpu: number, offer: number): void {
    const other = offeredCpu(offer);
    if (this.#tasks[other] === undefined) return;
    [this.#tasks[cpu], this.#tasks[other]] = [this.#tasks[other], this.#tasks[cpu]];
  }
}

/** The interrupt that a record lies in: its number among those of its CPU, from 1, and its line plus 1. Both are 0 outside of any. */
interface Interrupt {
  readonly number: number;
  readonly line: number;
}

const NO_INTERRUPT: Interrupt = Object.freeze({ number: 0, line: 0 });

/** Returns for each record the interrupt that it lies in. */
function interruptsOf(records: readonly number[]): Interrupt[] {
  const open: Interrupt[] = [];
  let count = 0;
  return Array.from({ length: records.length / RECORD_WORDS }, (_, i) => {
    const op = records[i * RECORD_WORDS] & OP_MASK;
    if (op === OP.IRQ_ENTER) open.push({ number: ++count, line: records[i * RECORD_WORDS + 1] });
    const inside = open.at(-1) ?? NO_INTERRUPT;
    if (op === OP.IRQ_EXIT) open.pop();
    return inside;
  });
}

function roleOf(
  op: number,
  place: PlaceOfWord | undefined,
  cpu: number,
  { before, after, isLock }: { readonly before: number; readonly after: number; readonly isLock: boolean },
): AccessRole {
  switch (place?.kind) {
    case 'outcome':
      return op === OP.FAILED && before !== after ? 'fails' : 'plumbing';
    case 'offer':
    case 'ready':
      return before !== after && (isTaken(before) || isTaken(after)) ? 'migration' : 'plumbing';
    case 'call':
    case 'buffer':
    case 'tasklet':
      return 'plumbing';
    case 'lines':
      return op === OP.CMPXCHG && before !== after ? 'raise' : 'plumbing';
    case 'pending':
      return before !== after && place.cpu !== cpu ? 'post' : 'plumbing';
    case 'unacked':
      if (place.cpu === cpu) return before === after && op === OP.READ ? 'await' : 'plumbing';
      return before === after ? 'plumbing' : 'ack';
    default:
      return isLock ? (op === OP.RELEASE ? 'unlock' : 'lock') : roleOfRacing(op, before === after);
  }
}

function roleOfRacing(op: number, isSame: boolean): AccessRole {
  if (op === OP.READ || op === OP.PLAIN_READ) return 'read';
  if (op === OP.WRITE || op === OP.PLAIN_WRITE) return 'write';
  return isSame ? 'read' : 'update';
}
