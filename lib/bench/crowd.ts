/** Measures a machine whose CPUs do one thing only. Called by the parts for locks, meetings and shootdowns. */

import { Worker } from 'node:worker_threads';
import { CoreBinding, canBind } from '../harness/host/coreBinding.js';
import { loadInstructions } from '../harness/host/loadInstructions.js';
import { ownTid } from '../harness/ownTid.js';
import { cores } from '../harness/makePlan.js';
import { every } from '../harness/host/timers.js';
import { instanceAt } from '../machine/cpu.js';
import { PROGRESS } from '../machine/layout.js';
import { LINE_WORDS, allocateMemory } from '../sharedarraybuffer-utils/index.js';
import { SETTLED, crowdMachine } from './crowdMachine.js';
import type { CrowdReport, CrowdTask } from './crowdThread.js';
import type { WorkName } from './crowdWork.js';

const BIND_EVERY_MS = 10;

/** Time until each thread is on its core and its code is optimised; 64 threads on two cores rarely run. */
const WARM_UP_MS = 1000;

/** What the CPUs do, and for how long. */
export interface CrowdRequest {
  readonly work: WorkName;
  readonly cpus: number;
  /** Measured time, after the warm-up. */
  readonly measureMs: number;
  /** Shortest time of the warm-up, by default long enough for figures. */
  readonly warmUpMs?: number;
  /** Whether the CPUs learn in which order locks are taken, as in a run; true if absent. */
  readonly lockdep?: boolean;
}

/** Measures what each CPU does per second. The CPUs are threads as in a run, each bound to a core if there are enough. */
export async function perSecond({
  work,
  cpus,
  measureMs,
  warmUpMs = WARM_UP_MS,
  lockdep = true,
}: CrowdRequest): Promise<CrowdReport[]> {
  const map = crowdMachine(cpus);
  const memory = allocateMemory(map.words);
  const mem = new Int32Array(memory.buffer);
  const crowd = { places: cpus, machines: 1, cores: cores(), bindCores: canBind() };
  const binding = new CoreBinding([{ map, mem }], crowd);
  const instructions = loadInstructions();
  const threads = Array.from({ length: cpus }, (_, cpu) => {
    const task: CrowdTask = { memory, instructions, map, crowd, cpu, work, lockdep, warmUpMs, measureMs };
    return new Worker(new URL('crowdThread.js', import.meta.url), { workerData: task });
  });
  const settled = instanceAt(map, 0) + SETTLED;
  const bind = async (): Promise<void> => {
    // Measuring begins when every thread has published its id and is bound.
    const known = threads.every((_, cpu) => mem[map.progress + cpu * LINE_WORDS + PROGRESS.tid] !== 0);
    await binding.bind();
    if (known || ownTid() === 0) Atomics.store(mem, settled, 1);
  };
  let fail: (error: unknown) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const timer = every(BIND_EVERY_MS, () => void bind().catch(fail), fail);
  try {
    const reports = Promise.all(
      threads.map(
        (thread) => new Promise<CrowdReport>((done, failed) => thread.once('message', done).once('error', failed)),
      ),
    );
    return await Promise.race([reports, failure]);
  } finally {
    timer.end();
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
