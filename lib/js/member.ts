/**
 * One thread of a test: what it works with, its part of each trial, and what is done alone between trials. Made on each CPU's thread
 * by memory.ts.
 */

import type { MessagePort } from 'node:worker_threads';
import type { Cpu } from '../machine/cpu.js';
import { hasFailed } from '../machine/outcome.js';
import type { Joined } from '../race/ownMemory.js';
import { RaceFault, functionThrew } from '../race/raceFault.js';
import { isDeferred } from '../race/synchronous.js';
import type { SharedBuffer } from './buffers.js';
import { CONTROL, MEMBER, memberAt } from './control.js';
import type { ActorContext, CheckContext, OutcomeGrade } from './definition.js';
import { checkIn, judgeTrial } from './judge.js';
import type { Test } from './test.js';
import { Grader } from './outcomes.js';
import { writeBits, type TestParts } from './parts.js';
import { drainPorts } from './ports.js';
import { real } from './real.js';
import { readResult, writeResult } from './results.js';
import type { Interception } from './intercept.js';

/** The parts of a test as one thread has them. */
export interface MemberParts extends Omit<TestParts, 'ports'> {
  readonly buffers: readonly SharedBuffer[];
  /** Its own. */
  readonly ports: readonly MessagePort[];
}

/** A thread that has taken up the memory of a test. */
export class Member implements Joined {
  readonly #test: Test;
  readonly #cpu: Cpu;
  readonly #parts: MemberParts;
  readonly #buffers: readonly SharedBuffer[];
  readonly #control: Int32Array;
  readonly #interception: Interception;
  readonly #context: ActorContext<unknown>;
  readonly #results: unknown[];
  readonly #checked: CheckContext<unknown>;
  readonly #grade: ((outcome: string) => OutcomeGrade) | null;
  readonly #images: readonly { readonly bytes: Uint8Array; readonly image: Uint8Array }[];

  constructor(test: Test, cpu: Cpu, variant: string, state: unknown, parts: MemberParts, interception: Interception) {
    this.#test = test;
    this.#cpu = cpu;
    this.#parts = parts;
    this.#buffers = parts.buffers;
    this.#control = new Int32Array(parts.control);
    this.#interception = interception;
    const grader = test.outcomes === null ? null : new Grader(this.#control, test.outcomes);
    this.#grade = grader === null ? null : (outcome) => grader.grade(outcome);
    const check = (holds: boolean, message: string): void => checkIn(test, cpu, holds, message);
    this.#context = Object.freeze({ state, me: cpu.home, threads: cpu.places, variant, check });
    this.#results = Array.from({ length: cpu.places }, () => undefined);
    this.#checked = Object.freeze({ state, variant, results: this.#results });
    this.#images = (parts.image ?? []).map((image, i) => ({ bytes: new Uint8Array(parts.buffers[i].buffer), image }));
  }

  /** Runs the actor of this thread in a trial. What it has returned is passed on if it is not done yet. */
  run(actor: (context: ActorContext<unknown>) => unknown): unknown {
    const { seam } = this.#interception;
    let result: unknown;
    seam.begin();
    try {
      result = actor(this.#context);
    } finally {
      seam.end();
    }
    if (result !== undefined && isDeferred(result)) return result;
    if (this.#test.usesResults) writeResult(this.#control, this.#cpu.home, result);
    return undefined;
  }

  /** Runs the actor of this thread as `run` does, until what it returns has settled, or something was thrown that it does not await, and nothing is left that it might do later. */
  async awaitRun(actor: (context: ActorContext<unknown>) => unknown): Promise<void> {
    const { seam, detached } = this.#interception;
    let result: unknown;
    seam.begin();
    try {
      result = await detached.orThrown(actor(this.#context));
      await this.#interception.awaitRest(this.#cpu);
    } catch (thrown) {
      // What else the actor has begun would go on in the next trial.
      await this.#interception.awaitSettled(this.#test.name);
      throw thrown;
    } finally {
      detached.end();
      seam.end();
    }
    if (this.#test.usesResults) writeResult(this.#control, this.#cpu.home, result);
  }

  /** Looks at what the trial has left, and prepares the next one. On the thread whose actor was the last to return. */
  finish(): void {
    if (hasFailed(this.#cpu)) return;
    this.#judge();
    if (!hasFailed(this.#cpu)) this.#bringBack();
  }

  #judge(): void {
    const results = this.#results;
    if (this.#test.usesResults) for (let t = 0; t < results.length; t++) results[t] = readResult(this.#control, t);
    judgeTrial(this.#test, this.#cpu, this.#checked, this.#grade);
  }

  prepare(): void {
    if (this.#cpu.home !== 0 || real.load(this.#control, CONTROL.ready) !== 0) return;
    this.#bringBack();
    for (const [byte, value] of this.#parts.first) writeBits(this.#buffers, byte, value);
    real.store(this.#control, CONTROL.ready, 1);
    real.notify(this.#control, CONTROL.ready);
  }

  awaitPrepared(): void {
    while (real.load(this.#control, CONTROL.ready) === 0) real.wait(this.#control, CONTROL.ready, 0);
  }

  /** Brings the memory back after a trial that was given up. */
  recover(): void {
    drainPorts(this.#parts.ports);
    if (this.#cpu.home !== 0) return;
    const control = this.#control;
    for (let t = 0; t < this.#cpu.places; t++) control[memberAt(t) + MEMBER.at] = 0;
    real.store(control, CONTROL.lock, 0);
    this.#bringBack();
  }

  #bringBack(): void {
    const { before, name } = this.#test;
    for (const { bytes, image } of this.#images) bytes.set(image);
    if (before === undefined) return;
    let returned: unknown;
    try {
      returned = before(this.#checked);
    } catch (thrown) {
      throw functionThrew(name, 'before()', thrown);
    }
    if (isDeferred(returned)) throw new RaceFault(`race ${name}: before() returned a promise, and nobody awaits it`);
  }

  leave(): void {
    for (const port of this.#parts.ports) port.close();
    this.#interception.leave();
  }
}
