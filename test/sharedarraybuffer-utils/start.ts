/**
 * Starts the threads of one test (party.ts) and waits for their reports with promises, so that the test thread never
 * blocks. A party that throws fails the test at once; parties that hang fail it after a deadline, with the reason named.
 */
import { Worker } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { Carver, GATE, PARTY_STRIDE, type SpinBudget } from '../../lib/sharedarraybuffer-utils/index.js';
import type { Job, Meeting, Report } from './party.js';

const ENTRY = new URL('./party.js', import.meta.url);

/** Far above what any test here takes, and below the time that ava gives a silent test file. */
const HUNG_AFTER_MS = 40_000;

/** A budget with which every wait parks nearly at once and for so long that a lost bell runs into HUNG_AFTER_MS. */
export const NEVER_WITHOUT_BELL: SpinBudget = { min: 1, max: 1, parkMsMax: 60_000 };

/** A buffer with a gate and a PARTY for each thread, and the blocks that the test names (name: words). */
export function meet<const K extends string>(
  parties: number,
  budget: SpinBudget,
  blocks: Readonly<Record<K, number>>,
): { meeting: Meeting; at: Readonly<Record<K, number>> } {
  const carver = new Carver();
  const gate = carver.take('gate', GATE.WORDS);
  const partyBase = carver.take('parties', parties * PARTY_STRIDE);
  const at = {} as Record<K, number>;
  for (const name in blocks) at[name] = carver.take(name, blocks[name]);
  return { meeting: { mem: carver.allocate(), parties, gate, partyBase, budget }, at };
}

/** Runs one thread per job; resolves to their reports, in the order of the jobs. */
export async function runParties(t: ExecutionContext, jobs: readonly Job[]): Promise<Report[]> {
  const workers = jobs.map((job) => new Worker(ENTRY, { workerData: job }));
  t.teardown(() => Promise.all(workers.map((worker) => worker.terminate())));
  let deadline: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    deadline = setTimeout(
      () => reject(new Error(`parties still wait after ${HUNG_AFTER_MS} ms: a lost bell?`)),
      HUNG_AFTER_MS,
    );
  });
  try {
    return await Promise.race([Promise.all(workers.map(reportOf)), hung]);
  } finally {
    clearTimeout(deadline);
  }
}

function reportOf(worker: Worker): Promise<Report> {
  return new Promise((resolve, reject) => {
    let report: Report | undefined;
    worker.once('message', (message: Report) => (report = message));
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (report) resolve(report);
      else reject(new Error(`a party ended with code ${code} before it reported`));
    });
  });
}
