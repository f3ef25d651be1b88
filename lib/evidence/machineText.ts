/** Describes accesses to the machine's own words: calls by their handlers, migrations by their two CPUs. Called by timeline.ts. */

import { isTaken, offeredCpu } from '../machine/migration.js';

import { OP, OP_MASK } from '../machine/recorder.js';
import { CSD, CPU, LINES_MAX } from '../machine/layout.js';
import { LINE_BITS } from '../machine/lines.js';
import { RECORD_WORDS, type Evidence } from './evidence.js';
import { placeOfWord, type PlaceOfWord } from './places.js';
import type { RecordedAccess } from './recordColumn.js';
import type { RowText } from './timelineText.js';

type Observed = Pick<RecordedAccess, 'address' | 'before' | 'after' | 'waits'>;

/** Describes the accesses of a failed trial to the machine's own words. They must be described in their order. */
export class MachineText {
  readonly #evidence: Evidence;
  /** Per CPU the handler of its newest call. */
  readonly #handlers: string[];

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    const initial = new Map(evidence.initial);
    const { cpus, cpuStride } = evidence.layout;
    this.#handlers = evidence.cpus.map((_, cpu) =>
      this.#handlerName(initial.get(cpus + cpu * cpuStride + CPU.csd + CSD.handler) ?? 0),
    );
  }

  /** Describes one access; returns undefined for a word of the race. */
  describe(cpu: number, access: Observed): RowText | undefined {
    const place = placeOfWord(this.#evidence, access.address);
    switch (place?.kind) {
      case 'call':
        return this.#call(place, access);
      case 'pending':
        return this.#pending(place, cpu, access);
      case 'unacked':
        return this.#unacked(place, cpu, access);
      case 'offer':
        return offerText(cpu, access);
      case 'ready':
        return this.#ready(place.cpu, cpu, access);
      case 'tasklet':
        return this.#tasklet(place.line, access);
      case 'lines':
        return this.#lines(place.cpu, access);
      default:
        return undefined;
    }
  }

  /** Describes the interrupt that begins with the record: by its line, or by the handlers of the calls that it takes. */
  interruptFrom(cpu: number, record: number): string {
    const { records } = this.#evidence.cpus[cpu];
    const line = records[record * RECORD_WORDS + 1];
    if (line > 0) return this.#evidence.lines?.[line - 1] ?? `interrupt of line ${line - 1}`;
    const found: string[] = [];
    for (let i = record + 1; i * RECORD_WORDS < records.length; i++) {
      const [head, address, , after] = records.slice(i * RECORD_WORDS, (i + 1) * RECORD_WORDS);
      const op = head & OP_MASK;
      if (op === OP.IRQ_ENTER || op === OP.IRQ_EXIT) break;
      const place = op < OP.FAILED ? placeOfWord(this.#evidence, address) : undefined;
      if (place?.kind === 'call' && place.field === 'handler') found.push(this.#handlerName(after));
    }
    return ['interrupt', ...(found.length === 0 ? [] : [found.join(', ')])].join(': ');
  }

  /** Describes the offer of a task that waits for a CPU. */
  #ready(task: number, cpu: number, { before, after, waits }: Observed): RowText {
    const name = this.#evidence.cpus[task].comm;
    if (waits) return { kind: 'waits', text: `${name} waits for a CPU` };
    if (before === after) return { kind: 'load', text: `${name} is ${before === 0 ? 'not ' : ''}ready` };
    if (before === 0) return { kind: 'store', text: `${name} is ready for a CPU` };
    if (isTaken(after)) return { kind: 'store', text: `gives CPU ${cpu} to ${name}` };
    return { kind: 'store', text: isTaken(before) ? `${name} runs on CPU ${cpu}` : `${name} is not ready any more` };
  }

  #tasklet(line: number, { before, after }: Observed): RowText {
    const STATES = ['is idle', 'is scheduled', 'runs', 'runs and is scheduled'];
    const name = this.#evidence.lines?.[line] ?? `tasklet ${line}`;
    return { kind: before === after ? 'load' : 'store', text: `${name} ${STATES[after & 3]}` };
  }

  #lines(target: number, { before, after }: Observed): RowText {
    const lines = (set: number): string => {
      const names = (this.#evidence.lines ?? []).filter((_, line) => (set & (1 << line)) !== 0);
      return names.join(', ') || 'no interrupt';
    };
    const now = after & LINE_BITS;
    // A word of an earlier trial may have had other lines.
    if (before >>> LINES_MAX !== after >>> LINES_MAX)
      return { kind: 'store', text: `raises ${lines(now)}, on CPU ${target}` };
    const raised = now & ~before;
    if (raised !== 0) return { kind: 'store', text: `raises ${lines(raised)}, on CPU ${target}` };
    if (before !== after) return { kind: 'store', text: `takes ${lines(before & ~after)}` };
    return { kind: 'load', text: `raised on CPU ${target}: ${lines(now)}` };
  }

  #handlerName(number: number): string {
    return `${this.#evidence.handlers[number] ?? `handler ${number}`}()`;
  }

  #call({ cpu, field }: Extract<PlaceOfWord, { kind: 'call' }>, { before, after }: Observed): RowText | undefined {
    if (field !== 'handler') return undefined;
    this.#handlers[cpu] = this.#handlerName(after);
    const name = `cpu${cpu}.csd.func`;
    return before === after
      ? { kind: 'load', text: `${name} is ${this.#handlerName(after)}` }
      : { kind: 'store', text: `${name} ${this.#handlerName(before)} -> ${this.#handlerName(after)}` };
  }

  #pending(place: { cpu: number; word: number }, cpu: number, { before, after }: Observed): RowText {
    if (place.cpu !== cpu && before !== after)
      return { kind: 'store', text: `calls CPU ${place.cpu}: ${this.#handlers[cpu]}` };
    const callers = cpusOf(before & ~after, place.word);
    if (before !== after)
      return { kind: 'store', text: `takes the ${callers.includes(',') ? 'calls' : 'call'} of ${callers}` };
    return { kind: 'load', text: before === 0 ? 'no call is pending' : `called by ${cpusOf(before, place.word)}` };
  }

  #unacked(place: { cpu: number; word: number }, cpu: number, { before, after, waits }: Observed): RowText {
    const call = this.#handlers[place.cpu];
    if (place.cpu !== cpu && before !== after) return { kind: 'store', text: `answers CPU ${place.cpu}: ${call}` };
    const left = cpusOf(after, place.word);
    if (before !== after) return { kind: 'store', text: `expects an answer of ${left}` };
    if (waits) return { kind: 'waits', text: `waits for ${left}: ${call}` };
    return { kind: 'load', text: after === 0 ? 'all calls are answered' : `not answered by ${left}` };
  }
}

function offerText(cpu: number, { before, after }: Observed): RowText {
  if (before === after)
    return { kind: 'load', text: before === 0 ? 'no CPU is on offer' : `CPU ${offeredCpu(before)} is on offer` };
  if (before === 0) return { kind: 'store', text: `offers CPU ${offeredCpu(after)} for another` };
  if (isTaken(after))
    return { kind: 'store', text: `migrates to CPU ${offeredCpu(before)}, whose task moves to CPU ${cpu}` };
  if (isTaken(before)) return { kind: 'store', text: `migrated here, to CPU ${cpu}` };
  return { kind: 'store', text: `keeps CPU ${cpu}: nobody took it` };
}

/** Names the CPUs of one word of a mask: `CPU 1`, `CPUs 1, 3`. */
function cpusOf(mask: number, word: number): string {
  const cpus: number[] = [];
  for (let bit = 0; bit < 32; bit++) if ((mask & (1 << bit)) !== 0) cpus.push(word * 32 + bit);
  return `${cpus.length === 1 ? 'CPU' : 'CPUs'} ${cpus.join(', ')}`;
}
