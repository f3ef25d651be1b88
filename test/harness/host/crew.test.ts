/**
 * Goal: a crew that is dismissed while one of its workers is being replaced is gone, and starts no thread any more, at whatever
 * moment of the replacement that is.
 * Method: threads that are promises which the test settles; the crew is dismissed a number of turns of the microtask queue behind
 * each step of a replacement, for every number until the next worker has begun.
 */
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import type { CpuReport, CpuTask } from '../../../lib/harness/cpu/cpuMain.js';
import { Crew } from '../../../lib/harness/host/crew.js';
import type { HostMachine } from '../../../lib/harness/host/machine.js';
import type { Plan } from '../../../lib/harness/plan.js';
import type { CpuThreads } from '../../../lib/harness/host/pool.js';
import { PROGRESS } from '../../../lib/machine/layout.js';

/** As Piscina: a task that is given to it when it has been destroyed waits for ever, on threads that were made anew. */
class MadeUpThreads implements CpuThreads {
  readonly begun: CpuTask[] = [];
  begunBehindTheEnd = 0;
  #isOver = false;
  readonly #ends: ((cause: Error) => void)[] = [];
  readonly #gone: ((isGone: boolean) => void)[] = [];

  run(task: CpuTask, signal?: AbortSignal): Promise<CpuReport> {
    this.begun.push(task);
    if (this.#isOver) this.begunBehindTheEnd++;
    return new Promise((_, reject) => {
      if (this.#isOver) return;
      this.#ends.push(reject);
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  }

  goneOf(): Promise<boolean> {
    return new Promise((done) => this.#gone.push(done));
  }

  workerIsGone(isGone = true): void {
    for (const done of this.#gone.splice(0)) done(isGone);
  }

  async destroy(): Promise<void> {
    this.#isOver = true;
    for (const end of this.#ends) end(new Error('destroyed'));
    this.workerIsGone();
  }
}

const PLAN: Partial<Plan> = { cpus: 2, places: 2, machines: 1 };

function machineOf(): HostMachine {
  const mem = new Int32Array(64);
  mem[PROGRESS.threadId] = 7;
  const seen: Partial<HostMachine> = { mem, index: 0, map: { progress: 0, words: mem.length } as HostMachine['map'] };
  return seen as HostMachine;
}

function crewOf(threads: MadeUpThreads): { readonly crew: Crew; readonly machine: HostMachine } {
  const machine = machineOf();
  const crew = new Crew(PLAN as Plan, [machine], threads);
  crew.done.catch(() => {});
  return { crew, machine };
}

async function microtasks(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}

/** Whether a promise settles without anything else that happens. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  const ended = promise.then(
    () => true,
    () => true,
  );
  const turns = async (): Promise<boolean> => {
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    return false;
  };
  return Promise.race([ended, turns()]);
}

const TURNS = 12;

test('a worker that is gone is replaced by another one in its place', async (t) => {
  const threads = new MadeUpThreads();
  const { crew, machine } = crewOf(threads);
  const replaced = crew.replace(machine, 0);
  await microtasks(TURNS);
  t.is(threads.begun.length, 2, 'the old one writes to shared memory until it is gone');
  threads.workerIsGone();
  await replaced;
  await microtasks(TURNS);
  t.deepEqual(
    threads.begun.map(({ cpu, replaces }) => [cpu, replaces]),
    [
      [0, undefined],
      [1, undefined],
      [0, true],
    ],
  );
  t.is(crew.replaced, 1);
});

for (const goneFirst of [false, true]) {
  const step = goneFirst ? 'when the worker is gone' : 'while the worker is being ended';
  test(`a crew that is dismissed ${step} starts nobody any more`, async (t) => {
    for (let turns = 0; turns < TURNS; turns++) {
      const threads = new MadeUpThreads();
      const { crew, machine } = crewOf(threads);
      void crew.replace(machine, 0);
      if (goneFirst) {
        await microtasks(TURNS);
        threads.workerIsGone();
      }
      // None at all is another moment than one.
      if (turns > 0) await microtasks(turns - 1);
      t.true(await settles(crew.dismiss()), `${turns} turns`);
      t.is(threads.begunBehindTheEnd, 0, `${turns} turns`);
      await t.throwsAsync(crew.done);
    }
  });
}

test('a crew that is dismissed replaces nobody any more', async (t) => {
  const threads = new MadeUpThreads();
  const { crew, machine } = crewOf(threads);
  await crew.dismiss();
  t.true(await settles(crew.replace(machine, 0)));
  t.is(threads.begun.length, 2);
});

test('a worker whose thread cannot be ended ends the run', async (t) => {
  const threads = new MadeUpThreads();
  const { crew, machine } = crewOf(threads);
  void crew.replace(machine, 1);
  threads.workerIsGone(false);
  await t.throwsAsync(crew.done, { message: /^worker of CPU 1 on machine 0: its thread cannot be ended/ });
  t.is(threads.begun.length, 2);
});
