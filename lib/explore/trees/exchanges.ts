/**
 * How an actor gets to another CPU than the one that it is on: exchanges of CPUs (lib/machine/migration.ts), and tasks that get one or give
 * it away (lib/machine/runQueue.ts). Made by steps.ts.
 */

import { CONDITION_IS } from '../../machine/condition.js';
import type { Cpu } from '../../machine/cpu.js';
import { answerOf, offerAt, offeredCpu } from '../../machine/migration.js';
import { hasRunQueue, taskOfferAt } from '../../machine/runQueue.js';
import { noteMoved } from '../../machine/stalePerCpu.js';
import { othersOf } from '../../machine/waitOn.js';
import { CpuAreas } from './areas.js';
import type { Boot } from './boot.js';
import type { OwnLines } from './ownLines.js';
import { STEP, WAITS_FOR, givenBy, type GivesCpu } from './step.js';
import type { StepSource } from './stepSource.js';
import { NO_WAIT } from './waits.js';

/** Exchanges of one actor. */
export class Exchanges {
  readonly #cpu: Cpu;
  readonly #boot: Boot;
  readonly #areas: CpuAreas;
  readonly #steps: StepSource;

  constructor(cpu: Cpu, boot: Boot, steps: StepSource, lines: OwnLines) {
    this.#cpu = cpu;
    this.#boot = boot;
    this.#areas = new CpuAreas(boot, lines);
    this.#steps = steps;
  }

  /** Begins a run. */
  forget(): void {
    this.#areas.forget();
  }

  offer(word: number): boolean {
    const cpu = this.#cpu;
    const at = offerAt(cpu.map);
    cpu.task.save(cpu.mem, cpu.block);
    this.#steps.arrive();
    const left = this.#steps.history.isAtEnd ? this.#areas.leave(cpu) : this.#steps.history.place.b;
    if (this.#steps.make(STEP.OFFER, at, word, left, NO_WAIT) === 0) return false;
    const answer = this.#steps.next(STEP.ASIDE, at, word, 0);
    if (answer === 0) return false;
    const taken = answer - 1;
    this.#adopt(taken % this.#boot.places, Math.floor(taken / this.#boot.places));
    this.#steps.next(STEP.XCHG, at, 0, 0);
    return true;
  }

  take(offer: number, answer: number): boolean {
    const cpu = this.#cpu;
    cpu.task.save(cpu.mem, cpu.block);
    this.#steps.arrive();
    const how = this.#steps.history.isAtEnd ? this.#areas.leave(cpu) : 0;
    const found = this.#steps.make(STEP.TAKE, offerAt(cpu.map), offer, answer, { ...NO_WAIT, how });
    if (found === 0) return false;
    this.#adopt(offeredCpu(offer), found - 1);
    return true;
  }

  readyOffer(thread: number): number {
    return this.#steps.next(STEP.LOOK_PLACE, taskOfferAt(this.#cpu.map, thread), 0, 0, { ...NO_WAIT, by: thread });
  }

  takePlace(thread: number, offer: number, answer: number): boolean {
    const cpu = this.#cpu;
    cpu.task.save(cpu.mem, cpu.block);
    this.#steps.arrive();
    const how = this.#steps.history.isAtEnd ? this.#areas.leave(cpu) : 0;
    const wait = { ...NO_WAIT, how, by: thread };
    const found = this.#steps.make(STEP.TAKE_PLACE, taskOfferAt(cpu.map, thread), offer, answer, wait);
    if (found === 0) return false;
    cpu.lastCpu = cpu.id;
    this.#adopt(offeredCpu(offer), found - 1);
    return true;
  }

  awaitCpu(offer: number, on: number): void {
    const cpu = this.#cpu;
    const at = taskOfferAt(cpu.map, cpu.home);
    cpu.task.save(cpu.mem, cpu.block);
    this.#steps.arrive();
    const left = this.#steps.history.isAtEnd ? this.#areas.leave(cpu) : this.#steps.history.place.b;
    this.#steps.make(STEP.OFFER_PLACE, at, offer, left, { ...NO_WAIT, how: on });
    const given = this.#steps.next(STEP.AWAIT_CPU, at, offer, 0, { ...NO_WAIT, kind: WAITS_FOR.CPU, by: on }) - 1;
    this.#adopt(given % this.#boot.places, Math.floor(given / this.#boot.places));
    this.#steps.next(STEP.XCHG, at, 0, 0);
  }

  /** Waits asleep: looks, and leaves the CPU to any other task while it has looked in vain; then it looks again from there. */
  sleep(address: number, mask: number, value: number, how: number, low: number): number {
    const negate = (how & CONDITION_IS.NOT) !== 0;
    for (let by = low; ;) {
      const seen = this.#steps.next(STEP.READ, address, 0, 0);
      this.#steps.words.see(address, seen, false);
      if (((seen & mask) === (value | 0)) !== negate) return seen;
      const wait = { kind: WAITS_FOR.WORD, how, by, gives: this.gives() };
      const word = this.#steps.next(negate ? STEP.AWAIT_NOT : STEP.AWAIT, address, mask | 0, value | 0, wait);
      if (!this.giveCpu(word)) {
        this.#steps.words.see(address, word, false);
        return word;
      }
      if ((how & CONDITION_IS.NAMED) === 0) by = othersOf(this.#cpu, 0);
    }
  }

  /** Returns how the task gives its CPU away, where tasks outnumber CPUs; null if it has none. */
  gives(): GivesCpu | null {
    const cpu = this.#cpu;
    if (!hasRunQueue(cpu) || cpu.id >= cpu.cpus) return null;
    cpu.task.save(cpu.mem, cpu.block);
    return { left: this.#steps.history.isAtEnd ? this.#areas.leave(cpu) : 0, answer: answerOf(cpu) };
  }

  /** Stands at the place of the task that has got the CPU, if the value says so; returns whether it does. */
  giveCpu(value: number): boolean {
    const given = givenBy(value, this.#boot.places);
    if (given === null) return false;
    this.#cpu.lastCpu = this.#cpu.id;
    this.#adopt(given.place, given.left);
    return true;
  }

  #adopt(id: number, content: number): void {
    const cpu = this.#cpu;
    this.#steps.guard(() => this.#areas.enter(cpu, id, content, this.#steps.spoil !== null));
    cpu.become(id);
    this.#steps.words.seeArea();
    cpu.task.restore(cpu.mem, cpu.block);
    noteMoved(cpu);
  }
}
