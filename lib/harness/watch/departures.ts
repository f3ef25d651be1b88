/** Ends threads that do not respond, after a last warning. Used on the host by machineWatch.ts and supervise.ts. */

import { PROGRESS } from '../../machine/layout.js';
import { SENTENCE, sendNmi } from '../../machine/nmi.js';
import { progressAt } from './awaited.js';
import type { HostMachine } from '../host/machine.js';
import type { Suspect } from './suspects.js';

/** A thread that did not respond. */
export interface Departure {
  readonly machine: HostMachine;
  /** The CPU that it started as. */
  readonly thread: number;
  /** Its number for Node. */
  readonly threadId: number;
  /** Whether it sleeps in the kernel; otherwise it had the processor. */
  readonly isAsleep: boolean;
}

/** The threads of one machine that are being ended and replaced. Nothing can be judged until each is, or has come back. */
export class Departures {
  readonly #machine: HostMachine;
  #findings: readonly Departure[] = [];

  constructor(machine: HostMachine) {
    this.#machine = machine;
  }

  get any(): boolean {
    return this.#findings.length > 0;
  }

  /** Says to these threads that they are about to be ended, and asks them once more. */
  condemn(deaf: readonly Suspect[], isAsleep: (suspect: Suspect) => boolean): readonly Departure[] {
    const machine = this.#machine;
    this.#findings = deaf.map((suspect) => {
      const at = progressAt(machine, suspect.thread);
      Atomics.compareExchange(machine.mem, at + PROGRESS.sentence, SENTENCE.NONE, SENTENCE.CONDEMNED);
      // Behind the sentence: a thread that has just taken the NMI before it finds this one.
      sendNmi(machine.mem, machine.map, suspect.cpu);
      const threadId = machine.mem[at + PROGRESS.threadId];
      return { machine, thread: suspect.thread, threadId, isAsleep: isAsleep(suspect) };
    });
    return this.#findings;
  }

  /** Forgets those that have come back, or have their successor. */
  look(): void {
    const { mem } = this.#machine;
    this.#findings = this.#findings.filter(({ thread, threadId }) => {
      const at = progressAt(this.#machine, thread);
      return Atomics.load(mem, at + PROGRESS.sentence) !== SENTENCE.NONE && mem[at + PROGRESS.threadId] === threadId;
    });
  }
}

/** Decides, at last, whether a condemned thread is to be ended. One that has come back since is left alone. */
export function carryOut({ machine, thread, isAsleep }: Departure): boolean {
  const at = progressAt(machine, thread) + PROGRESS.sentence;
  const how = isAsleep ? SENTENCE.ENDED_ASLEEP : SENTENCE.ENDED_BUSY;
  return Atomics.compareExchange(machine.mem, at, SENTENCE.CONDEMNED, how) === SENTENCE.CONDEMNED;
}
