/**
 * Makes the rows of a timeline from an explained failure. Called by replay; reports show it as a table, SVG, JSON or
 * trace events.
 */

import { OWN_WORDS } from '../machine/layout.js';
import { isTaken } from '../machine/migration.js';
import { OP, OP_MASK, STEP_SHIFT, isLocal, opName } from '../machine/recorder.js';
import { sleepWords } from '../machine/sleepWords.js';
import { RECORD_WORDS, hasOwnMemory, processorsOf, type Evidence } from './evidence.js';
import type { Explained } from './explain.js';
import { inFocus } from './focus.js';
import { MachineText } from './machineText.js';
import { orderedAccesses, type OrderedAccess } from './orderedAccesses.js';
import { leavesTrial, type RecordedAccess } from './recordColumn.js';
import { sliceOf } from './slice.js';
import { describeAccess, describeMarker, lockWords, type RowKind, type RowText } from './timelineText.js';

/** One line of a timeline: an access of one CPU, or one of its markers. */
export interface TimelineRow {
  /** Place in the order, from 1. */
  readonly number: number;
  readonly cpu: number;
  /** Turn of a replay, from 0; -1 for a row without one. */
  readonly turn: number;
  readonly kind: RowKind;
  /** Label of the step; `-` before the first. */
  readonly step: string;
  /** Kernel function in which it happened; empty if that is not known. */
  readonly fn: string;
  /** The access with names: `mm.pte[3] 0x067 -> 0x047`. */
  readonly text: string;
  /** Word index; -1 for a marker. */
  readonly address: number;
  readonly before: number;
  readonly after: number;
  /** In an interrupt handler. */
  readonly inInterrupt: boolean;
  /** Windows that are open, of any CPU. */
  readonly windows: readonly string[];
  /** Whether another CPU ran in the row above: `forced` if the records allow no other order, `chosen` if the search chose it. */
  readonly switched: 'forced' | 'chosen' | null;
  /** Whether the trial fails here. */
  readonly fails: boolean;
  /** Whether it leads to the failure; all other rows are folded. */
  readonly focus: boolean;
}

/** The interleaving of a failed trial, ready to be shown. */
export interface Timeline {
  readonly race: string;
  readonly variant: string;
  readonly trial: number;
  readonly signature: string;
  readonly message: string;
  readonly cpus: readonly {
    readonly id: number;
    readonly actor: string;
    readonly comm: string;
    /** Whether it is the place of a task that has no CPU; absent for a CPU. */
    readonly offCpu?: true;
  }[];
  readonly rows: readonly TimelineRow[];
  readonly switches: number;
  /** Whether no interleaving has fewer switches. */
  readonly minimal: boolean;
  /** Of JavaScript code, whose threads are no CPUs; absent otherwise. */
  readonly code?: 'javascript';
}

/** Makes a timeline. `functions`: of each turn of a replay, up to where it ended; without it the rows name no functions. */
export function timelineOf(evidence: Evidence, explained: Explained, functions: readonly string[] = []): Timeline {
  const { race, variant, trial, signature, message } = evidence;
  const { switches, minimal } = explained.interleaving;
  return {
    race,
    variant,
    trial,
    signature,
    message,
    cpus: evidence.cpus.map(({ actor, comm }, id) => ({
      id,
      actor,
      comm,
      ...(id < processorsOf(evidence) ? {} : { offCpu: true }),
    })),
    rows: inFocus(evidence, new Rows(evidence, explained, functions).build()),
    switches,
    minimal,
    ...(hasOwnMemory(evidence) ? { code: 'javascript' as const } : {}),
  };
}

class Rows {
  readonly #evidence: Evidence;
  readonly #explained: Explained;
  readonly #functions: readonly string[];
  readonly #names: ReadonlyMap<number, string>;
  /** Whether the race has memory beside the machine's. */
  readonly #hasOwnMemory: boolean;
  readonly #locks: ReadonlySet<number>;
  readonly #ordered: readonly OrderedAccess[];
  readonly #slice: ReadonlySet<number>;
  readonly #machine: MachineText;
  readonly #rows: TimelineRow[] = [];
  /** Per CPU the next record, the depth of interrupts, and its newest function. */
  readonly #next: number[];
  readonly #depth: number[];
  readonly #fn: string[];
  readonly #open = new Map<string, string>();
  #turn = 0;
  #lastPlace: { cpu: number; index: number } | undefined;

  constructor(evidence: Evidence, explained: Explained, functions: readonly string[]) {
    this.#evidence = evidence;
    this.#explained = explained;
    this.#functions = functions;
    this.#names = new Map(evidence.names);
    this.#hasOwnMemory = hasOwnMemory(evidence);
    this.#locks = lockWords(evidence);
    this.#ordered = orderedAccesses(evidence, explained, functions);
    this.#slice = sliceOf(evidence, this.#ordered);
    this.#machine = new MachineText(evidence);
    this.#next = evidence.cpus.map(() => 0);
    this.#depth = evidence.cpus.map(() => 0);
    this.#fn = evidence.cpus.map(() => '');
  }

  build(): TimelineRow[] {
    const next = this.#next.map(() => 0);
    for (const [position, cpu] of this.#explained.interleaving.order.entries()) {
      const index = next[cpu]++;
      const access = this.#explained.trace.cpus[cpu][index];
      if (access.turn !== undefined) this.#fn[cpu] = this.#functions[this.#turn] ?? '';
      this.#markers(cpu, access.record);
      this.#access(cpu, index, access, position);
      this.#markers(cpu, this.#upToInterrupt(cpu));
    }
    for (const [cpu, { records }] of this.#evidence.cpus.entries()) this.#markers(cpu, records.length / RECORD_WORDS);
    return this.#rows;
  }

  /** Returns the end of the markers that belong to the access before them: up to the next interrupt. */
  #upToInterrupt(cpu: number): number {
    const { records } = this.#evidence.cpus[cpu];
    let i = this.#next[cpu];
    while (i * RECORD_WORDS < records.length) {
      const op = records[i * RECORD_WORDS] & OP_MASK;
      const stays = leavesTrial(op) && this.#explained.trace.cpus[cpu].some(({ record }) => record === i);
      if (op <= OP.IRQ_ENTER || stays) break;
      i++;
    }
    return i;
  }

  /** Adds rows for the CPU's records below `end` that have none yet; they are all markers. */
  #markers(cpu: number, end: number): void {
    for (; this.#next[cpu] < end; this.#next[cpu]++) {
      const [head, number, before, after] = this.#record(cpu, this.#next[cpu]);
      const op = head & OP_MASK;
      if (op < OP.IRQ_ENTER || leavesTrial(op)) continue;
      if (op === OP.IRQ_ENTER) this.#depth[cpu]++;
      const name = this.#evidence.windows[number] ?? `window ${number}`;
      if (op === OP.WINDOW && after === 1) this.#open.set(`${cpu} ${number}`, name);
      const { kind, text } = describeMarker(
        op,
        name,
        after,
        op === OP.IRQ_ENTER ? this.#machine.interruptFrom(cpu, this.#next[cpu]) : '',
      );
      this.#add(cpu, head, {
        turn: -1,
        kind,
        text,
        address: -1,
        before,
        after,
        fails: false,
        focus: false,
      });
      if (op === OP.WINDOW && after === 0) this.#open.delete(`${cpu} ${number}`);
      if (op === OP.IRQ_EXIT) this.#depth[cpu]--;
    }
  }

  #access(cpu: number, index: number, access: RecordedAccess, position: number): void {
    const { record, waits } = access;
    const focus = this.#slice.has(position) || this.#isSwitch(position);
    const [head, ...recorded] = this.#record(cpu, record);
    const [address, before, after] = isLocal(head) ? recorded : [access.address, access.before, access.after];
    const name = this.#names.get(address) ?? `word ${address}`;
    const isLock = this.#locks.has(address);
    const { kind, text } =
      (isLocal(head) ? undefined : this.#machine.describe(cpu, access)) ??
      this.#sleep(head, name, before, after) ??
      describeAccess(head, name, before, after, { isLock, waits, isOwn: address >= OWN_WORDS });
    const fails = kind === 'fails' && before !== after;
    const described = `${this.#taskOf(cpu, position)}${text}${fails ? `: ${this.#evidence.signature}` : ''}`;
    const place = { cpu, index };
    const turn = access.turn === undefined ? -1 : this.#turn++;
    this.#add(cpu, head, { turn, kind, text: described, address, before, after, fails, focus }, place);
    this.#next[cpu] = record + 1;
  }

  /** Describes an access to the machine's words in a trial of code over its own memory; undefined for any other. */
  #sleep(head: number, name: string, before: number, after: number): RowText | undefined {
    if (!this.#hasOwnMemory) return undefined;
    const text = sleepWords(opName(head), head, name, before, after);
    if (text === undefined) return undefined;
    return { kind: text === 'is asleep' ? 'waits' : before === after ? 'load' : 'store', text };
  }

  /** Whether a task gives its CPU to another one there. */
  #isSwitch(position: number): boolean {
    const { role, after } = this.#ordered[position];
    return this.#evidence.processors !== undefined && role === 'migration' && isTaken(after);
  }

  /** Names the task of an access where it is another one than began there. */
  #taskOf(cpu: number, position: number): string {
    const { task } = this.#ordered[position];
    return this.#evidence.processors === undefined || task === cpu ? '' : `${this.#evidence.cpus[task].comm}: `;
  }

  #record(cpu: number, i: number): readonly number[] {
    return this.#evidence.cpus[cpu].records.slice(i * RECORD_WORDS, (i + 1) * RECORD_WORDS);
  }

  #add(
    cpu: number,
    head: number,
    row: Pick<TimelineRow, 'turn' | 'kind' | 'text' | 'address' | 'before' | 'after' | 'fails' | 'focus'>,
    place?: { cpu: number; index: number },
  ): void {
    const last = this.#rows.at(-1);
    let switched: TimelineRow['switched'] = null;
    if (last !== undefined && last.cpu !== cpu) {
      const from = this.#lastPlace;
      const forced = from !== undefined && place !== undefined && this.#explained.interleaving.isForced(from, place);
      switched = forced ? 'forced' : 'chosen';
    }
    if (place !== undefined) this.#lastPlace = place;
    this.#rows.push({
      ...row,
      number: this.#rows.length + 1,
      cpu,
      step: this.#evidence.steps[(head >>> STEP_SHIFT) - 1] ?? '-',
      fn: this.#fn[cpu],
      inInterrupt: this.#depth[cpu] > 0,
      windows: [...new Set(this.#open.values())],
      switched,
    });
  }
}
