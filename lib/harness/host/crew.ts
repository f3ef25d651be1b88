/**
 * The threads of one run. Made by run.ts; lib/harness/watch/supervise.ts has it replace threads that do not respond.
 */

import { LINE_WORDS } from '../../sharedarraybuffer-utils/index.js';
import { PROGRESS } from '../../machine/layout.js';
import type { CpuReport, CpuTask } from '../cpu/cpuMain.js';
import { loadInstructions } from './loadInstructions.js';
import type { HostMachine } from './machine.js';
import type { Plan } from '../plan.js';
import { CpuPool, WorkerFailure, type CpuThreads } from './pool.js';

/** What one thread of the crew is at; a new one each time that a worker is replaced. */
interface Post {
  readonly abort: AbortController;
  /** Set when the worker is being replaced; settles when it is gone: true; or cannot be ended: false. */
  gone: Promise<boolean> | null;
}

/** The threads of a run at their CPUs. A thread that does not respond is ended, and another one continues in its place. */
export class Crew {
  /** Settles when every CPU is done; rejects with the first that fails. */
  readonly done: Promise<CpuReport[]>;
  readonly #pool: CpuThreads;
  readonly #posts = new Map<string, Post>();
  readonly #tasks: Promise<CpuReport>[];
  #replaced = 0;
  #isDismissed = false;

  /** `pool`: the threads, which are the crew's from now on. */
  constructor(
    plan: Plan,
    machines: readonly HostMachine[],
    pool: CpuThreads = new CpuPool(plan.machines * plan.places),
  ) {
    const instructions = loadInstructions();
    this.#pool = pool;
    this.#tasks = machines.flatMap(({ memory, map, index, percpu, own }) =>
      Array.from({ length: plan.places }, (_, cpu) =>
        this.#serve({
          plan,
          instructions,
          memory,
          words: map.words,
          percpu,
          own,
          machine: index,
          cpu,
          progress: map.progress + cpu * LINE_WORDS,
        }),
      ),
    );
    this.done = Promise.all(this.#tasks);
  }

  /** Workers that were ended and replaced. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Runs one CPU to its end, by one worker after another. */
  async #serve(first: CpuTask): Promise<CpuReport> {
    for (let task = first; ; task = { ...first, replaces: true }) {
      const post: Post = { abort: new AbortController(), gone: null };
      this.#posts.set(`${task.machine}/${task.cpu}`, post);
      try {
        return await this.#pool.run(task, post.abort.signal);
      } catch (cause) {
        if (post.gone === null) throw cause;
        // The pool lets go of a worker before its thread is gone, and until then it writes to shared memory.
        const isGone = await post.gone;
        if (this.#isDismissed) throw cause;
        if (!isGone)
          throw new WorkerFailure(task.machine, task.cpu, 'its thread cannot be ended: a system call does not return');
        this.#replaced++;
      }
    }
  }

  /** Ends the thread of a CPU and has another one continue in its place; settles when the old one is gone. */
  async replace(machine: HostMachine, thread: number): Promise<void> {
    const post = this.#posts.get(`${machine.index}/${thread}`);
    if (post === undefined || post.gone !== null || this.#isDismissed) return;
    post.gone = this.#pool.goneOf(machine.mem[machine.map.progress + thread * LINE_WORDS + PROGRESS.threadId]);
    post.abort.abort();
    await post.gone;
  }

  /** Ends all threads; settles when they are gone, or the pool waits for them no longer. None is started from now on. */
  async dismiss(isUrgent = false): Promise<void> {
    this.#isDismissed = true;
    await this.#pool.destroy(isUrgent);
    await Promise.allSettled(this.#tasks);
  }
}
