/**
 * The interrupt lines of a CPU that is explored, as far as the CPU knows of them: which it has raised itself, which timers run, and which
 * interrupts it takes in front of a step. Made by steps.ts for each actor.
 *
 * What a CPU has raised itself it takes at its next boundary, as a machine does; what others raise it may see late. A timer may expire at any
 * boundary behind its start, since no time is counted in instructions. So a storm is a timer that runs always. How often timers of a line
 * expire on one CPU is bounded.
 */

import type { Cpu } from '../../machine/cpu.js';
import type { ExploredLines } from '../../machine/explored.js';
import { deliver } from '../../machine/irq.js';
import { IRQS_DISABLED, POLLS_IN_WAITS, POLLS_NOW } from '../../machine/irqMask.js';
import { CPU } from '../../machine/layout.js';
import { TAKEN, deliverLine, openLines } from '../../machine/lines.js';
import { RANDOM, TIMER_PERIOD, timerAt } from '../../machine/timers.js';
import type { Boot } from './boot.js';
import type { StepSource } from './stepSource.js';
import { BY_CALL, STEP, WAITS_FOR, hasExpired, lineOf, type TakenLines } from './step.js';

/** Words that are kept of a CPU. */
const OWN = 0;
const LATE = 1;
export const LINE_STATE_WORDS = 2;

/** Steps that are no instruction of a machine: no interrupt comes in front of them. */
const NO_BOUNDARY: readonly number[] = [STEP.DRAW, STEP.EVERY, STEP.EXPIRED, STEP.ASIDE, STEP.DRAINED];

/** Lines of the CPUs that one thread runs. */
export class OwnLines implements ExploredLines {
  readonly #cpu: Cpu;
  readonly #boot: Boot;
  readonly #steps: StepSource;
  /**
   * By CPU: the lines that it has raised itself; and those whose timers may have expired at a boundary at which the interrupt could not be
   * taken. A bit each.
   */
  readonly #state: Int32Array;

  constructor(cpu: Cpu, boot: Boot, steps: StepSource) {
    this.#cpu = cpu;
    this.#boot = boot;
    this.#steps = steps;
    this.#state = new Int32Array(LINE_STATE_WORDS * boot.places);
  }

  /** Begins a run. */
  forget(): void {
    this.#state.fill(0);
  }

  /** Returns what is known of a CPU, and takes over what another thread has left of it. */
  stateOf(id: number): Int32Array {
    return this.#state.subarray(LINE_STATE_WORDS * id, LINE_STATE_WORDS * (id + 1));
  }

  /** Starts the storms of a trial. */
  begin(): void {
    const { mem, block, lines, id, cpus } = this.#cpu;
    if (id >= cpus || lines.storms === 0) return;
    mem[block + CPU.armed] = lines.storms;
    for (let line = 0; line < lines.all.length; line++)
      if ((lines.storms & (1 << line)) !== 0) mem[timerAt(this.#cpu, line) + TIMER_PERIOD] = RANDOM;
  }

  /** Stops all timers behind an actor: what they have raised is lost. */
  end(): void {
    const { mem, block } = this.#cpu;
    mem[block + CPU.armed] = 0;
    mem[block + CPU.fired] = 0;
    mem[block + CPU.masked] = 0;
  }

  raised(line: number, target: number): void {
    if (target === this.#cpu.id) this.#state[this.#at(OWN)] |= 1 << line;
  }

  took(line: number): void {
    this.#state[this.#at(OWN)] &= ~(1 << line);
  }

  get own(): number {
    return this.#state[this.#at(OWN)];
  }

  startTimer(line: number, period: number): void {
    this.#expire(line);
    const { mem, block } = this.#cpu;
    mem[timerAt(this.#cpu, line) + TIMER_PERIOD] = period;
    mem[block + CPU.armed] |= 1 << line;
  }

  stopTimer(line: number): void {
    this.#expire(line);
    const { mem, block } = this.#cpu;
    mem[block + CPU.armed] &= ~(1 << line);
  }

  /** Decides whether the timer, which is about to stop, has expired while its interrupt could not be taken: then that is pending. */
  #expire(line: number): void {
    const { mem, block } = this.#cpu;
    const bit = 1 << line;
    if ((mem[block + CPU.armed] & this.#state[this.#at(LATE)] & bit) === 0) return;
    if (this.#steps.next(STEP.EXPIRED, line, 0, 0) === 1) mem[block + CPU.fired] |= bit;
    this.#state[this.#at(LATE)] &= ~bit;
  }

  /** Notes that the CPU passes the boundary of a step, for a wait of this kind, at which it has taken these interrupts. */
  pass(step: number, kind: number, taken: number): void {
    const { mem, block } = this.#cpu;
    const armed = mem[block + CPU.armed];
    if (armed === 0 || NO_BOUNDARY.includes(step)) return;
    let open = 0;
    for (const line of openLines(this.#cpu, this.#polls(step, kind))) open |= 1 << line;
    const late = this.#at(LATE);
    this.#state[late] = (this.#state[late] | armed) & ~(kind === WAITS_FOR.NOTHING ? open & ~taken : open);
  }

  /** Returns the interrupts that the CPU takes in front of a step; `taken`: those that it has taken there. Null for none. */
  at(step: number, kind: number, taken: number): TakenLines | null {
    const { mem, block, id, cpus, lines } = this.#cpu;
    if (lines.all.length === 0 || id >= cpus || step >= STEP.FAIL || NO_BOUNDARY.includes(step)) return null;
    const again = kind !== WAITS_FOR.NOTHING || step === STEP.END ? 0 : taken;
    const pending = this.own | mem[block + CPU.fired];
    const armed = mem[block + CPU.armed];
    // Each comes once at a boundary, but for one that another CPU has raised meanwhile.
    const left = again & (pending | armed);
    const open = openLines(this.#cpu, this.#polls(step, kind)).filter((line) => (left & (1 << line)) === 0);
    if (open.length === 0) return null;
    const all = open.reduce((set, line) => set | (1 << line), 0);
    const spent = this.#spent();
    return { open, own: pending & all, expires: armed & all & ~spent, spent: armed & all & spent };
  }

  /** Returns the lines whose timers have expired as often as is looked at. */
  #spent(): number {
    const { mem, lines } = this.#cpu;
    let spent = 0;
    for (let line = 0; line < lines.all.length; line++)
      if (mem[timerAt(this.#cpu, line)] >= this.#boot.interruptsMax) spent |= 1 << line;
    return spent;
  }

  /** Takes the interrupt that the history has: calls, or one of a line, whose timer may have expired. */
  take(by: number): void {
    const cpu = this.#cpu;
    if (by === BY_CALL) {
      deliver(cpu);
      return;
    }
    const line = lineOf(by);
    if (hasExpired(by)) {
      const at = timerAt(cpu, line);
      cpu.mem[at]++;
      if (cpu.mem[at + TIMER_PERIOD] === 0) cpu.mem[cpu.block + CPU.armed] &= ~(1 << line);
    }
    deliverLine(cpu, line, TAKEN.AT_BOUNDARY);
  }

  #polls(step: number, kind: number): boolean {
    const { mem, irqOff, block } = this.#cpu;
    const polls = step === STEP.POLL ? POLLS_NOW : kind === WAITS_FOR.NOTHING ? 0 : POLLS_IN_WAITS;
    return mem[irqOff] === IRQS_DISABLED && (mem[block + CPU.context] & polls) !== 0;
  }

  #at(word: number): number {
    return LINE_STATE_WORDS * this.#cpu.id + word;
  }
}
