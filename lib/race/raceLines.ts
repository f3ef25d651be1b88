/**
 * The interrupt lines that a race declares: what an author writes, its checks, and its defaults. Called by raceChecks.ts and
 * complete.ts.
 */

import { kernelFunction } from '../machine/callStack.js';
import type { Cpu } from '../machine/cpu.js';
import { LINES_MAX } from '../machine/layout.js';
import { PRIORITY_MAX, type InterruptLine, type LineKind } from '../machine/lineTable.js';
import { IDENTIFIER, checkFields, checkFunction, checkWhole, namedParts, shown, type Refuse } from './fieldChecks.js';
import { RaceFault } from './raceFault.js';

const KINDS: readonly LineKind[] = ['hardirq', 'softirq', 'tasklet', 'nmi'];

/** An interrupt line as an author writes it. C: what configure() returns. */
export interface LineDefinition<C> {
  readonly kind: LineKind;
  /** Runs on the CPU that is interrupted, for the instance `at` that it works on. Reports name it by the name of the function. */
  readonly handler: (cpu: Cpu, at: number, config: C) => void;
  /** Of a hardirq: from 1, which is the default, to 15. */
  readonly priority?: number;
  /** Of a hardirq: `pollCalls()` and waits that poll take it while interrupts are off. */
  readonly polled?: boolean;
  /**
   * The chance that an interrupt comes at an instruction boundary of an actor: 0 to 1, 0 by default; a function of the
   * configuration, where a knob decides.
   */
  readonly storm?: number | ((config: C) => number);
}

/** An interrupt line of a race, with every field. A storm may follow a knob. */
export interface RaceLine extends Omit<InterruptLine, 'storm'> {
  readonly storm: (config: unknown) => number;
}

/** Checks the lines of a definition; a finding names the line, the value, and what is allowed. */
export function checkLines(field: string, lines: unknown, wrong: Refuse): void {
  const parts = namedParts(field, 'line', lines, IDENTIFIER, wrong);
  if (parts.length > LINES_MAX) wrong(`${field} has ${parts.length} names, at most ${LINES_MAX} are allowed`);
  for (const [where, , line] of parts) {
    checkFields(where, line, { required: ['kind', 'handler'], optional: ['priority', 'polled', 'storm'] }, wrong);
    if (!KINDS.some((kind) => kind === line.kind))
      wrong(`${where}: kind is ${shown(line.kind)}, and must be one of: ${KINDS.join(', ')}`);
    checkFunction(`${where}: handler`, line.handler, wrong);
    if ((line.handler as { readonly name: unknown }).name === '')
      wrong(`${where}: handler is a function without a name: reports show it`);
    for (const own of ['priority', 'polled'])
      if (line[own] !== undefined && line.kind !== 'hardirq')
        wrong(
          `${where}: ${own} is ${shown(line[own])}, and must be absent: the kind is ${String(line.kind)}, and only a hardirq has it`,
        );
    if (line.polled !== undefined && typeof line.polled !== 'boolean')
      wrong(`${where}: polled is ${shown(line.polled)}, and must be true or false`);
    if (line.priority !== undefined) {
      checkWhole(`${where}: priority`, line.priority, { min: 1, max: PRIORITY_MAX }, wrong);
    }
    if (line.storm !== undefined && typeof line.storm !== 'function' && !isChance(line.storm))
      wrong(
        `${where}: storm is ${shown(line.storm)}, and must be a number from 0 to 1, or a function that returns one`,
      );
  }
}

function isChance(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

/** Returns the lines with every field. */
export function raceLines<C>(race: string, lines: Readonly<Record<string, LineDefinition<C>>>): RaceLine[] {
  return Object.entries(lines).map(([name, { kind, handler, priority = 1, polled = false, storm = 0 }]) => ({
    name,
    kind,
    priority,
    polled,
    fn: kernelFunction(handler.name).id,
    handler,
    storm: (config) => {
      const chance: unknown = typeof storm === 'number' ? storm : storm(config as C);
      if (isChance(chance)) return chance;
      throw new RaceFault(
        `race ${race}: line ${name}: storm() returned ${shown(chance)}: it must be a number from 0 to 1`,
      );
    },
  }));
}
