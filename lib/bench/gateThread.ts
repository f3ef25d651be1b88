/** The thread of one party of a measured gate. Started by gates.ts. */

import { parentPort, workerData } from 'node:worker_threads';
import { Gate, PARTY_STRIDE, Waiter, spinBudget } from '../sharedarraybuffer-utils/index.js';

/** The task of one party. */
export interface GateTask {
  readonly mem: Int32Array;
  readonly gate: number;
  readonly bells: number;
  readonly stop: number;
  readonly parties: number;
  readonly party: number;
  readonly pureSpin: boolean;
  readonly cores: number;
  readonly measureMs: number;
}

export interface GateReport {
  readonly rounds: number;
  readonly seconds: number;
}

/** Passes the gate until the time is over. Party 0 announces the last round before it begins; all see that after the gate. */
function run(task: GateTask): GateReport {
  const { mem, stop } = task;
  const gate = new Gate(mem, task.gate, task.parties, task.bells);
  const waiter = new Waiter(mem, task.bells + task.party * PARTY_STRIDE, spinBudget(task.parties, task.cores));
  const pass = task.pureSpin ? () => spinThrough(gate) : () => gate.wait(waiter);
  pass();
  const started = performance.now();
  let rounds = 0;
  for (;;) {
    const last = task.party === 0 && performance.now() - started >= task.measureMs;
    if (last) Atomics.store(mem, stop, 1);
    pass();
    rounds++;
    if (Atomics.load(mem, stop) !== 0) break;
    // Without a second gate a fast party 0 could set the flag before a slow one has read it for this round.
    pass();
    rounds++;
  }
  return { rounds, seconds: (performance.now() - started) / 1000 };
}

function spinThrough(gate: Gate): void {
  const ticket = gate.arrive();
  while (!gate.isOpen(ticket));
}

parentPort!.postMessage(run(workerData as GateTask));
