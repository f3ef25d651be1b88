import { Worker } from 'node:worker_threads';
import { CoreBinding } from '../harness/coreBinding.js';
import { cores } from '../harness/run.js';
import { allocateMemory } from '../sharedarraybuffer-utils/index.js';
import { crowdMachine } from './crowdMachine.js';
import type { CrowdReport, CrowdTask } from './crowdThread.js';
import type { WorkName } from './crowdWork.js';

const BIND_EVERY_MS = 10;

/** What is measured of a machine whose CPUs do one thing only. */
export interface Crowd {
  readonly work: WorkName;
  readonly cpus: number;
  /** Time that counts, after the warm-up. */
  readonly measureMs: number;
  /** Whether the CPUs learn in which order locks are taken, as in a run; true if absent. */
  readonly lockdep?: boolean;
}

/** What each CPU did in a second. Real threads, as in a run: each bound to a core of its own where there are enough. */
export async function perSecond({ work, cpus, measureMs, lockdep = true }: Crowd): Promise<CrowdReport[]> {
  const map = crowdMachine(cpus);
  const memory = allocateMemory(map.words);
  const binding = new CoreBinding([{ map, mem: new Int32Array(memory.buffer) }], cpus);
  const threads = Array.from({ length: cpus }, (_, cpu) => {
    const task: CrowdTask = { memory, cpus, cpu, cores: cores(), work, lockdep, measureMs };
    return new Worker(new URL('crowdThread.js', import.meta.url), { workerData: task });
  });
  const timer = setInterval(() => binding.bind(), BIND_EVERY_MS);
  try {
    return await Promise.all(
      threads.map(
        (thread) => new Promise<CrowdReport>((done, failed) => thread.once('message', done).once('error', failed)),
      ),
    );
  } finally {
    clearInterval(timer);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
