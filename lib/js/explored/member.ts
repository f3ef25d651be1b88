/** One thread of a test as a search runs it: its actor along what it has read, and the look at what a trial has left. Made by memory.ts. */

import type { Cpu } from '../../machine/cpu.js';
import { die } from '../../machine/outcome.js';
import { ASYNC_CODE } from '../../machine/signatures.js';
import { isDeferred } from '../../race/synchronous.js';
import { controlWords } from '../control.js';
import type { ActorContext } from '../definition.js';
import { checkIn, judgeTrial } from '../judge.js';
import { outcomeGrade } from '../outcomes.js';
import { readResult, writeResult } from '../results.js';
import type { Test } from '../test.js';
import { RESULT_WORDS, type ExploredOperations, type LeftMemory } from './operations.js';
import type { PromiseCount } from './promises.js';
import type { ExploringSession } from './session.js';

/** What the threads of a search share. */
export interface Searched {
  readonly test: Test;
  readonly variant: string;
  readonly threads: number;
  readonly session: ExploringSession;
  readonly operations: ExploredOperations;
  readonly promises: PromiseCount;
  /** Brings the memory into what it is in a state. */
  readonly show: (snapshot: LeftMemory) => void;
  readonly noteOutcome: (outcome: string) => void;
}

/** A thread. */
export class ExploredMember {
  readonly #searched: Searched;
  /** A place for results on their way, as they go from thread to thread in a run. */
  readonly #control: Int32Array;

  constructor(searched: Searched) {
    this.#searched = searched;
    this.#control = new Int32Array(controlWords(1));
  }

  /** Runs the actor of the CPU as far as the search knows what it reads. */
  run(cpu: Cpu, state: unknown, actor: (context: ActorContext<unknown>) => unknown): void {
    const { test, variant, threads, session, operations, promises } = this.#searched;
    const check = (holds: boolean, message: string): void => checkIn(test, cpu, holds, message);
    const context = Object.freeze({ state, me: cpu.home, threads, variant, check });
    let result: unknown;
    promises.begin();
    session.cpu = cpu;
    session.isOn = true;
    try {
      result = actor(context);
    } finally {
      session.isOn = false;
    }
    if (promises.made || (result !== undefined && isDeferred(result)))
      die(cpu, ASYNC_CODE, 'an actor made a promise: nothing that waits for it runs in a trial');
    if (test.usesResults && result !== undefined) session.make(operations.result(cpu.home, this.#passed(result)));
  }

  /** Looks at what the trial has left, as the thread does whose actor was the last to return. */
  finish(cpu: Cpu, state: unknown): void {
    const { test, variant, threads, session, operations, show, noteOutcome } = this.#searched;
    if (test.outcomes === null && test.after === undefined) return;
    const snapshot = operations.snapshotOf(session.make(operations.look()));
    show(snapshot);
    const words = new Map(snapshot);
    const results = Array.from({ length: threads }, (_, t) => operations.resultOf(words.get(RESULT_WORDS + t) ?? 0));
    const { outcomes } = test;
    const grade = (outcome: string): ReturnType<typeof outcomeGrade> => {
      noteOutcome(outcome);
      return outcomeGrade(outcomes ?? {}, outcome);
    };
    judgeTrial(test, cpu, { state, variant, results }, outcomes === null ? null : grade);
  }

  /** Returns a result as another thread gets it. */
  #passed(result: unknown): unknown {
    writeResult(this.#control, 0, result);
    return readResult(this.#control, 0);
  }
}
