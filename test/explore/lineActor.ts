/** Runs a random program with interrupt lines (linePrograms.ts). Used by lines.slow.test.ts, and by the fixture that hammers such programs. */
import {
  READ_ONCE,
  atomic_fetch_add,
  local_irq_restore,
  local_irq_save,
  raiseInterrupt,
  raise_softirq,
  startTimer,
  stopTimer,
  type Cpu,
} from '../../lib/sdk/index.js';
import { LINES, type Program } from './linePrograms.js';

/** Instructions after which timers expire in a run: a search lets them do so at any. */
export const AFTER = 3;

/** Does all instructions of a program. `words`: where the race has them; `got` sees what is read. */
export function runLines(cpu: Cpu, program: Program, words: number, got?: (value: number) => void): void {
  let flags = 0;
  for (const i of program) {
    if (i.op === 'off') flags = local_irq_save(cpu);
    else if (i.op === 'on') local_irq_restore(cpu, flags);
    else if (i.op === 'start') startTimer(cpu, LINES[i.line].name, { after: AFTER });
    else if (i.op === 'stop') stopTimer(cpu, LINES[i.line].name);
    else if (i.op === 'raise') {
      if (i.line === 2) raise_softirq(cpu, 'soft');
      else raiseInterrupt(cpu, LINES[i.line].name, { on: i.target });
    } else if (i.op === 'read' || i.op === 'add') {
      const value = i.op === 'read' ? READ_ONCE(cpu, words + i.word) : atomic_fetch_add(cpu, words + i.word, 1);
      got?.(value);
    }
  }
}

/** Returns the lines of a race that has its words at `words` of the instance. */
export function linesAt(words: number) {
  const add = (cpu: Cpu, at: number, line: number): void =>
    void atomic_fetch_add(cpu, at + words + LINES[line].word, 1);
  const highInterrupt = (cpu: Cpu, at: number): void => add(cpu, at, 0);
  const lowInterrupt = (cpu: Cpu, at: number): void => add(cpu, at, 1);
  const softAction = (cpu: Cpu, at: number): void => add(cpu, at, 2);
  return {
    high: { kind: 'hardirq', priority: 2, handler: highInterrupt },
    low: { kind: 'hardirq', priority: 1, handler: lowInterrupt },
    soft: { kind: 'softirq', handler: softAction },
  } as const;
}
