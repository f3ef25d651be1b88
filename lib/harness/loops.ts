import { LINE_WORDS } from '../sharedarraybuffer-utils/index.js';
import { blockOf, instanceAt, type Cpu } from '../machine/cpu.js';
import { CPU, HEADER, MACHINE } from '../machine/layout.js';
import { meet } from '../machine/meeting.js';
import { trialTag, verdictCpu, verdictTag } from '../machine/verdict.js';
import { recover } from './recovery.js';
import { beginTrial, runActor, type TrialWork } from './trial.js';

/** What a round came to, as CPU 0 counts it. */
export interface RoundResult {
  /** Trials that every CPU has taken part in to the end. */
  trials: number;
  /** Near misses counted on the way; those left in the instances' headers are not among them. */
  nearMisses: number;
  failed: boolean;
}

/** Number of the last meeting; the same on all CPUs. */
export interface Progress {
  turn: number;
}

type Forget = ((cpu: Cpu) => void) | undefined;

/** The verdict of the trial with this tag, or 0. After a meeting all CPUs get the same answer. */
function verdictOf(cpu: Cpu, tag: number): number {
  const verdict = Atomics.load(cpu.mem, cpu.verdict);
  return verdict !== 0 && verdictTag(verdict) === trialTag(tag) ? verdict : 0;
}

/** The CPUs meet before each trial, then each waits its own random phase. */
export function rendezvousRound(
  work: TrialWork,
  first: number,
  trials: number,
  progress: Progress,
  forget: Forget,
): RoundResult {
  const { cpu } = work;
  let failed = false;
  for (let i = 0; i < trials; i++) {
    meet(cpu, ++progress.turn);
    if (i > 0) failed = settle(cpu, first + i - 1, progress, forget) || failed;
    cpu.ring.reset();
    beginTrial(work, first + i, first + i, instanceAt(cpu.map, i));
    runActor(work, first + i);
  }
  meet(cpu, ++progress.turn);
  failed = settle(cpu, first + trials - 1, progress, forget) || failed;
  return { trials, nearMisses: 0, failed };
}

/** After a meeting: recovers if the trial with this tag has failed. */
function settle(cpu: Cpu, tag: number, progress: Progress, forget: Forget): boolean {
  const verdict = verdictOf(cpu, tag);
  if (verdict === 0) return false;
  recover(cpu, verdict, ++progress.turn, forget);
  return true;
}

/** Every CPU sweeps the instances at its own pace; all meet once, at the end. A failure ends the round. */
export function strideRound(
  work: TrialWork,
  first: number,
  trials: number,
  progress: Progress,
  forget: Forget,
): RoundResult {
  const { cpu } = work;
  cpu.ring.reset();
  let i = 0;
  for (; i < trials && verdictOf(cpu, first) === 0; i++) {
    beginTrial(work, first + i, first, instanceAt(cpu.map, i));
    runActor(work, first + i);
  }
  cpu.mem[cpu.progress + 1] = i;
  meet(cpu, ++progress.turn);
  const ended = endedTrials(cpu, first);
  return { trials: ended, nearMisses: 0, failed: settle(cpu, first, progress, forget) };
}

/** Trials that all CPUs have ended, and the one that failed, which others may have left out. */
function endedTrials(cpu: Cpu, first: number): number {
  const { mem, map } = cpu;
  let ended = Infinity;
  for (let c = 0; c < cpu.cpus; c++) ended = Math.min(ended, mem[map.progress + c * LINE_WORDS + 1]);
  const verdict = verdictOf(cpu, first);
  if (verdict === 0) return ended;
  const failed = mem[blockOf(map, verdictCpu(verdict)) + CPU.trial] - first;
  return failed < ended ? ended : ended + 1;
}

/** No meeting: CPU 0 makes `trials` passes over a standing workload, the others theirs meanwhile. */
export function freeRound(
  work: TrialWork,
  first: number,
  trials: number,
  progress: Progress,
  forget: Forget,
): RoundResult {
  const { cpu } = work;
  const { mem, map } = cpu;
  const over = map.machine + MACHINE.roundOver;
  const instance = instanceAt(map, 0);
  let passes = 0;
  let nearMisses = 0;
  if (cpu.id === 0) Atomics.store(mem, over, 0);
  meet(cpu, ++progress.turn);
  while (verdictOf(cpu, first) === 0 && (cpu.id === 0 ? passes < trials : Atomics.load(mem, over) === 0)) {
    cpu.ring.reset();
    beginTrial(work, first + passes, first, instance);
    runActor(work, first + passes);
    passes++;
    if (cpu.id === 0 && mem[instance - HEADER.WORDS + HEADER.near] !== 0) {
      nearMisses++;
      mem[instance - HEADER.WORDS + HEADER.near] = 0;
    }
  }
  if (cpu.id === 0) Atomics.store(mem, over, 1);
  meet(cpu, ++progress.turn);
  return { trials: passes, nearMisses, failed: settle(cpu, first, progress, forget) };
}
