/**
 * Puts the operations of this folder in the place of those of `Atomics`, in the thread of a CPU and in no other. Called by memory.ts.
 *
 * Packages may take operations off `Atomics` when they are imported, so it is done as soon as this module is loaded in such a thread. Up
 * to the first trial, between trials and for other memory each hands over to the engine's at once.
 */

import type { Cpu } from '../machine/cpu.js';
import { isCpuThread, isExploringThread } from '../race/cpuThread.js';
import { RaceFault } from '../race/raceFault.js';
import { operationsOf, type Operations } from './atomics.js';
import { exploredOperations } from './explored/atomics.js';
import { ExploringSession } from './explored/session.js';
import type { SharedBuffer } from './buffers.js';
import { Detached } from './detached.js';
import { Futex, type Sleepers } from './futex.js';
import { deferredWork, eventLoopIdle, noteUsualWork, refuseDeferredWork, refuseRest } from './deferred.js';
import { PLAIN_ACCESSES } from '../instrument/names.js';
import { seeMethods } from './builtins.js';
import { plainAccesses, type PlainWatch } from '../instrument/plain.js';
import { exploredPlain, recordedPlain } from './plain.js';
import { real } from './real.js';
import { Seam } from './seam.js';

/** Iterations of the event loop in which what awaits nothing is done; and after how many, of a millisecond each, what is left is a fault. */
const SETTLE_ITERATIONS = 3;
const SETTLE_ITERATIONS_MAX = 500;

/** What stands in the place of `Atomics` in this thread. */
export class Interception {
  readonly seam = new Seam();
  readonly detached = new Detached();
  readonly #futex = new Futex(this.seam);
  readonly #operations: Operations;

  constructor() {
    const futex = this.#futex;
    this.#operations = {
      ...operationsOf(this.seam),
      wait: futex.wait.bind(futex),
      notify: futex.notify.bind(futex),
      waitAsync: futex.waitAsync.bind(futex),
    };
  }

  install(): void {
    Object.assign(Atomics, this.#operations);
  }

  /** Takes up the memory of a test. `sleepers`: null where the engine's own waits are used. */
  join(cpu: Cpu, buffers: readonly SharedBuffer[], sleepers: Sleepers | null, isAwaited: boolean): void {
    this.install();
    cpu.tellsStack = true;
    this.seam.isAwaited = isAwaited;
    refuseDeferredWork(this.seam);
    if (isAwaited) this.detached.listen();
    noteUsualWork();
    this.seam.join(cpu, buffers);
    watchPlain(() => recordedPlain(this.seam));
    if (sleepers !== null) this.#futex.join(cpu, sleepers);
  }

  /** Waits until all is done that awaits nothing, and fails the trial if the actor has left more than that to do later. */
  async awaitRest(cpu: Cpu): Promise<void> {
    await eventLoopIdle(0);
    const left = this.#futex.isAwaiting ? 'Atomics.waitAsync()' : deferredWork();
    if (left !== null) refuseRest(cpu, left);
  }

  /** Waits until all has ended that an actor has begun which was thrown out. Throws RaceFault if it does not. */
  async awaitSettled(race: string): Promise<void> {
    for (let i = 0; i < SETTLE_ITERATIONS_MAX; i++) {
      await eventLoopIdle(i < SETTLE_ITERATIONS ? 0 : 1);
      if (i >= SETTLE_ITERATIONS && !this.#futex.isAwaiting && deferredWork() === null) return;
    }
    throw new RaceFault(
      `race ${race}: an actor that failed has left something to do later, which would happen in another trial: ${deferredWork() ?? 'Atomics.waitAsync()'}`,
    );
  }

  leave(): void {
    this.detached.leave();
    this.seam.leave();
    this.#futex.leave();
    Object.assign(Atomics, real);
  }
}

/** The one of this thread. */
export const interception = new Interception();

/** Has the plain accesses of this thread seen, where its code is instrumented. */
function watchPlain(watch: () => PlainWatch): void {
  if (!(PLAIN_ACCESSES in globalThis)) return;
  plainAccesses().watch = watch();
  seeMethods();
}

/** What stands in the place of `Atomics` where all states are searched: in the thread of the search. */
export class Exploring {
  readonly session = new ExploringSession();
  readonly #standIns = exploredOperations(this.session);
  #searches = 0;
  #undoRefusals: (() => void) | null = null;

  install(): void {
    Object.assign(Atomics, this.#standIns);
  }

  /** Takes up a search: several may go on in one thread, alternating. */
  join(): void {
    if (this.#searches++ > 0) return;
    this.install();
    this.#undoRefusals = refuseDeferredWork(this.session);
    watchPlain(() => exploredPlain(this.session));
  }

  leave(): void {
    if (--this.#searches > 0) return;
    this.session.end();
    this.#undoRefusals?.();
    this.#undoRefusals = null;
    if (!isExploringThread()) Object.assign(Atomics, real);
  }
}

export const exploring = new Exploring();

if (isCpuThread()) interception.install();
else if (isExploringThread()) exploring.install();
