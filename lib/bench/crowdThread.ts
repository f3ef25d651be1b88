/** The thread of one CPU of a crowd. Started by crowd.ts. */

import { parentPort, workerData } from 'node:worker_threads';
import { sharedCoresOf, type Crowd } from '../harness/plan.js';
import { Whereabouts } from '../harness/places.js';
import { linkPerCpuAreas } from '../kernel/percpu.js';
import { instanceAt } from '../machine/cpu.js';
import type { MachineMap } from '../machine/map.js';
import { meet } from '../machine/meeting.js';
import { bootCpu } from '../race/bootMachine.js';
import { spinBudget, type CompiledModule, type SharedMemory } from '../sharedarraybuffer-utils/index.js';
import { benchRace } from './benchRace.js';
import { LAST_MEETING, SETTLED } from './crowdMachine.js';
import { WORKS, type Tally, type WorkName } from './crowdWork.js';

/** The task of one CPU. */
export interface CrowdTask {
  readonly memory: SharedMemory;
  readonly instructions: CompiledModule;
  readonly map: MachineMap;
  readonly crowd: Crowd;
  readonly cpu: number;
  readonly work: WorkName;
  readonly lockdep: boolean;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What one CPU did per second. */
export interface CrowdReport {
  readonly done: number;
  readonly handovers: number;
}

/** So many at least, however long they take: code is optimised by how often it has run. */
const WARM_UP_BURSTS = 60;

/**
 * Runs bursts of the work, each followed by a meeting, until CPU 0's time is over. CPU 0 announces the last meeting before it
 * arrives there. The bursts of the warm-up do not count.
 */
function run(task: CrowdTask): CrowdReport {
  const { memory, instructions, map, crowd, cpu: id, lockdep } = task;
  const { places, cores } = crowd;
  linkPerCpuAreas();
  const budget = spinBudget(places, cores);
  const sharedCores = sharedCoresOf(crowd);
  const needs = {
    memory,
    instructions,
    map,
    id,
    machine: 0,
    budget,
    recording: true,
    lockdep,
    hostStartMs: 0,
    sharedCores,
  };
  const cpu = bootCpu(benchRace, null, needs);
  cpu.instance = instanceAt(map, 0);
  new Whereabouts(cpu.mem, cpu.progress).showThread();
  const work = WORKS[task.work](cpu);
  const last = cpu.instance + LAST_MEETING;
  const settled = cpu.instance + SETTLED;
  const tally: Tally = { done: 0, handovers: 0, meeting: 0 };
  const during = (ms: number, burstsMin: number): CrowdReport => {
    tally.done = 0;
    tally.handovers = 0;
    meet(cpu, ++tally.meeting);
    const started = performance.now();
    let bursts = 0;
    do {
      work(tally);
      bursts++;
      if (id === 0 && bursts >= burstsMin && performance.now() - started >= ms && Atomics.load(cpu.mem, settled) !== 0)
        Atomics.store(cpu.mem, last, tally.meeting + 1);
      meet(cpu, ++tally.meeting);
    } while (Atomics.load(cpu.mem, last) !== tally.meeting);
    const seconds = (performance.now() - started) / 1000;
    return { done: tally.done / seconds, handovers: tally.handovers / seconds };
  };
  during(task.warmUpMs, WARM_UP_BURSTS);
  return during(task.measureMs, 1);
}

parentPort!.postMessage(run(workerData as CrowdTask));
