/** The interrupt lines of a race, by number, name and kind. Made for each Cpu; read by lines.ts, timers.ts and lib/kernel. */

/** Most priorities that hardirqs can have. */
export const PRIORITY_MAX = 15;

/**
 * What an interrupt of a line is. A hardirq is masked by interrupts off, and by a handler of the same or a higher priority. A
 * softirq runs with interrupts on, where no hardirq runs and softirqs are enabled; a tasklet is a softirq that runs on one CPU
 * at a time. An NMI is masked by nothing but another one.
 */
export type LineKind = 'hardirq' | 'softirq' | 'tasklet' | 'nmi';

/** An interrupt line. Its number is its place among those of the race. */
export interface InterruptLine {
  readonly name: string;
  readonly kind: LineKind;
  /** Of a hardirq: from 1; the handler of a lower one that has enabled interrupts may be interrupted by a higher one. */
  readonly priority: number;
  /** Of a hardirq: whether a poll takes it, too, while interrupts are off. */
  readonly polled?: boolean;
  /** An InterruptHandler of cpu.ts, which imports this file. */
  readonly handler: (cpu: never, info: number, config: never) => void;
  /** The kernel function of the handler's frame, by its number (callStack.ts). */
  readonly fn: number;
  /** The chance of an interrupt at each instruction boundary of each actor; 0 for none. */
  readonly storm: number;
}

const KIND_WORDS: Readonly<Record<LineKind, string>> = {
  hardirq: 'interrupt',
  softirq: 'softirq',
  tasklet: 'tasklet',
  nmi: 'NMI',
};

/** Describes the interrupts of a line, as records and reports name them: `interrupt timer: timer_interrupt()`. */
export function lineWords({ kind, name, handler }: Pick<InterruptLine, 'kind' | 'name' | 'handler'>): string {
  return `${KIND_WORDS[kind]} ${name}: ${handler.name}()`;
}

export class LineTable {
  readonly all: readonly InterruptLine[];
  /** Sets of lines: a bit each. */
  readonly nmis: number;
  readonly hardirqs: number;
  /** Tasklets as well. */
  readonly softirqs: number;
  readonly storms: number;
  readonly polled: number;
  /** Numbers of the hardirqs, the highest priority first. */
  readonly byPriority: readonly number[];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(all: readonly InterruptLine[]) {
    const those = (is: (line: InterruptLine) => boolean): number =>
      all.reduce((set, line, number) => (is(line) ? set | (1 << number) : set), 0);
    this.all = all;
    this.nmis = those(({ kind }) => kind === 'nmi');
    this.hardirqs = those(({ kind }) => kind === 'hardirq');
    this.softirqs = those(({ kind }) => kind === 'softirq' || kind === 'tasklet');
    this.storms = those(({ storm }) => storm > 0);
    this.polled = those(({ polled }) => polled === true);
    this.byPriority = all
      .map((_, number) => number)
      .filter((number) => all[number].kind === 'hardirq')
      .toSorted((a, b) => all[b].priority - all[a].priority);
    this.#numbers = new Map(all.map(({ name }, number) => [name, number]));
  }

  /** Returns the number of a line. Throws RangeError for a name that the race does not declare; `who` is what was called with it. */
  numberOf(who: string, name: string): number {
    const number = this.#numbers.get(name);
    if (number !== undefined) return number;
    const known =
      this.all.length === 0 ? 'the race declares none' : `declared: ${[...this.#numbers.keys()].join(', ')}`;
    throw new RangeError(`${who}: no interrupt line ${JSON.stringify(name)} is declared; ${known}`);
  }
}
