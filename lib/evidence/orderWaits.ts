/**
 * Finds what each CPU must wait for so that a trial goes in the order of an interleaving: before its actor begins, and in its windows.
 * Called by lib/run/order/order.ts, which makes delays of it.
 */

import { OP, OP_MASK, STEP_SHIFT } from '../machine/recorder.js';
import { TURN_ENDS_WAIT } from '../machine/script.js';
import { RECORD_WORDS, type Evidence } from './evidence.js';
import type { Explained } from './explain.js';
import type { RecordedAccess } from './recordColumn.js';

/** Where a CPU can wait. `itself`: it waits for a lock, a word or an interrupt there; `nowhere`: no window is open to it. */
export type WaitPlace = 'start' | 'window' | 'itself' | 'nowhere';

/** One wait of a CPU: other CPUs go first. */
export interface OrderWait {
  readonly cpu: number;
  readonly actor: string;
  readonly at: WaitPlace;
  /** The window to wait in; null elsewhere. */
  readonly window: string | null;
  /** Accesses of other CPUs that must fit in. */
  readonly accesses: number;
  /** The pair of accesses that is split, as `F9 mm.pte`; null for none. */
  readonly after: string | null;
  readonly before: string | null;
}

/** Fewer accesses come and go by themselves. */
const LEAST = 2;

/** An access with its place in the order. */
interface Placed extends RecordedAccess {
  readonly position: number;
  readonly cpu: number;
}

/** What an order asks for, up to its failure. */
export interface OrderNeeds {
  readonly accesses: number;
  readonly switches: number;
  /** As they come. */
  readonly waits: readonly OrderWait[];
  /** Windows that open in it. */
  readonly opened: readonly string[];
}

/** Returns what the order of an explained failure asks for. */
export function needsOfOrder(evidence: Evidence, explained: Explained): OrderNeeds {
  const order = new Order(evidence, explained);
  const { before } = order;
  return {
    accesses: before.length,
    switches: before.filter(({ cpu }, i) => i > 0 && before[i - 1].cpu !== cpu).length,
    waits: order.waits(),
    opened: order.opened(),
  };
}

class Order {
  /** The accesses up to the failure. */
  readonly before: readonly Placed[];
  readonly #evidence: Evidence;
  readonly #names: ReadonlyMap<number, string>;
  /** Of each CPU, all of them, and the windows that open in front of each and behind the last. */
  readonly #columns: readonly (readonly Placed[])[];
  readonly #windows: readonly (readonly (readonly number[])[])[];

  constructor(evidence: Evidence, { trace, interleaving }: Explained) {
    this.#evidence = evidence;
    this.#names = new Map(evidence.names);
    const columns: Placed[][] = evidence.cpus.map(() => []);
    const all = interleaving.order.map((cpu, position): Placed => {
      const access = { ...trace.cpus[cpu][columns[cpu].length], cpu, position };
      columns[cpu].push(access);
      return access;
    });
    this.#columns = columns;
    this.#windows = columns.map((column, cpu) => windowsOf(evidence.cpus[cpu].records, column));
    const fails = all.findIndex((access) => this.#fails(access));
    this.before = fails < 0 ? all : all.slice(0, fails + 1);
  }

  waits(): OrderWait[] {
    const found: OrderWait[] = [];
    // One access takes one unit of time, and none begins before the one in front of it is over.
    const clock = this.#columns.map(() => 0);
    const next = this.#columns.map(() => 0);
    let now = 0;
    const arrive = (cpu: number): OrderWait[] => {
      const missing = now - clock[cpu];
      return missing < LEAST ? [] : [this.#wait(cpu, next[cpu], missing)];
    };
    for (const { cpu } of this.before) {
      found.push(...arrive(cpu));
      clock[cpu] = ++now;
      next[cpu]++;
    }
    // Those that have not ended their actors by then must wait up to the failure. Of an order that was run as a script no record says
    // so of a CPU: one that could wait there in a window does.
    for (const [cpu, column] of this.#columns.entries()) {
      if (this.before.at(-1)?.cpu === cpu) continue;
      found.push(...arrive(cpu).filter(({ at }) => at === 'window' || next[cpu] < column.length));
    }
    return found;
  }

  /** Returns the windows that open in it. */
  opened(): string[] {
    const all = this.#windows.flat(2);
    return this.#evidence.windows.filter((_, w) => all.includes(w));
  }

  /** Returns the wait of a CPU in front of its `index`-th access. */
  #wait(cpu: number, index: number, accesses: number): OrderWait {
    const column = this.#columns[cpu];
    const { actor } = this.#evidence.cpus[cpu];
    const text = (access: Placed | undefined): string | null => (access === undefined ? null : this.#text(access));
    return {
      cpu,
      actor,
      ...this.#place(cpu, index),
      accesses,
      after: text(column[index - 1]),
      before: text(column[index]),
    };
  }

  /**
   * Finds where to wait: in a window that opens right there, or in one from which to there the CPU does nothing that those who go first
   * could notice.
   */
  #place(cpu: number, index: number): Pick<OrderWait, 'at' | 'window'> {
    const column = this.#columns[cpu];
    const windows = this.#windows[cpu];
    const inWindow = (opened: readonly number[]): Pick<OrderWait, 'at' | 'window'> => {
      const w = opened.at(-1) as number;
      return { at: 'window', window: this.#evidence.windows[w] ?? `window ${w}` };
    };
    if (windows[index].length > 0) return inWindow(windows[index]);
    if (index === 0) return { at: 'start', window: null };
    const from = column[index - 1].position;
    const to = index < column.length ? column[index].position : this.before.length;
    const others = this.before.slice(from + 1, to).filter((access) => access.cpu !== cpu);
    if (index < column.length && this.#waitsItself(cpu, column[index - 1], column[index], others))
      return { at: 'itself', window: null };
    const conflicts = (access: Placed): boolean => others.some((other) => isOrdered(access, other));
    for (let i = index; i < column.length && !conflicts(column[i]); i++)
      if (windows[i + 1].length > 0) return inWindow(windows[i + 1]);
    for (let i = index - 1; i >= 0 && !conflicts(column[i]); i--) {
      if (windows[i].length > 0) return inWindow(windows[i]);
      if (i === 0) return { at: 'start', window: null };
    }
    return { at: 'nowhere', window: null };
  }

  /** Whether the CPU goes on only when a lock or a word is free for it, or an interrupt comes. */
  #waitsItself(cpu: number, before: Placed, { record, turn = 0, address }: Placed, others: readonly Placed[]): boolean {
    if (before.waits || (turn & TURN_ENDS_WAIT) !== 0) return true;
    const isLock = (this.#headOf(cpu, record) & OP_MASK) === OP.ACQUIRE;
    if (isLock && others.some((other) => other.address === address)) return true;
    for (let i = before.record + 1; i < record; i++) if ((this.#headOf(cpu, i) & OP_MASK) === OP.IRQ_ENTER) return true;
    return false;
  }

  #fails({ cpu, record, before, after }: Placed): boolean {
    return (this.#headOf(cpu, record) & OP_MASK) === OP.FAILED && before !== after;
  }

  #headOf(cpu: number, record: number): number {
    return this.#evidence.cpus[cpu].records[record * RECORD_WORDS];
  }

  #text({ cpu, record, address }: Placed): string {
    const step = this.#evidence.steps[(this.#headOf(cpu, record) >>> STEP_SHIFT) - 1];
    const word = this.#names.get(address) ?? `word ${address}`;
    return step === undefined ? word : `${step} ${word}`;
  }
}

/** Whether one of two accesses may see whether the other came first. */
function isOrdered(a: Placed, b: Placed): boolean {
  return a.address === b.address && (a.before !== a.after || b.before !== b.after);
}

/** Returns the windows that open in front of each access, and behind the last. */
function windowsOf(records: readonly number[], column: readonly Placed[]): number[][] {
  const found: number[][] = Array.from({ length: column.length + 1 }, () => []);
  let next = 0;
  for (let at = 0; at < records.length; at += RECORD_WORDS) {
    if (next < column.length && column[next].record === at / RECORD_WORDS) next++;
    else if ((records[at] & OP_MASK) === OP.WINDOW && records[at + 3] === 1) found[next].push(records[at + 1]);
  }
  return found;
}
