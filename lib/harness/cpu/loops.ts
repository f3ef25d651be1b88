/** The trials of one round, in each of the three modes. Called on each CPU's thread by rounds.ts. */

import { LINE_WORDS } from '../../sharedarraybuffer-utils/index.js';
import { blockOf, instanceAt, type Cpu } from '../../machine/cpu.js';
import { COUNTER, CPU, HEADER, MACHINE, PROGRESS } from '../../machine/layout.js';
import { meet } from '../../machine/meeting.js';
import { ACTIVITY, trialTag, outcomeCpu, outcomeTag } from '../../machine/outcome.js';
import { recover } from './recovery.js';
import { awaitActor, beginTrial, runActor, takeUpTrial, type Resumption, type TrialWork } from './trial.js';

/** How far a CPU is, and how its last round has ended: one object for the whole run, so that no round makes one. */
export interface RoundProgress {
  /** Number of the last meeting, as a word holds it; the same on all CPUs. */
  meeting: number;
  /** Trials of the round that every CPU has taken part in to the end, and whether one has failed, as CPU 0 counts them. */
  trials: number;
  failed: boolean;
}

/** Says how a round has ended. */
export function endRound(progress: RoundProgress, trials: number, failed: boolean): void {
  progress.trials = trials;
  progress.failed = failed;
}

/** Returns the number of the next meeting. One that outgrew its word would be a new object for each meeting. */
export function nextMeeting(progress: RoundProgress): number {
  return (progress.meeting = (progress.meeting + 1) | 0);
}

/** Returns how many trials lie between two of a round; their numbers may have wrapped around. */
function placeOf(trial: number, first: number): number {
  return (trial - first) | 0;
}

type Forget = ((cpu: Cpu) => void) | undefined;

/** Returns the outcome of the trial with this tag, or 0. After a meeting all CPUs get the same answer. */
function outcomeOf(cpu: Cpu, tag: number): number {
  const outcome = Atomics.load(cpu.mem, cpu.outcome);
  return outcome !== 0 && outcomeTag(outcome) === trialTag(tag) ? outcome : 0;
}

/** Runs a round in which the CPUs meet before each trial; then each waits its own random phase. A trial that fails may be the last. */
export function rendezvousRound(
  work: TrialWork,
  first: number,
  trials: number,
  progress: RoundProgress,
  forget: Forget,
  resumed?: Resumption,
): void {
  const { cpu, sampler } = work;
  let failed = false;
  for (let i = takeUp(work, first, resumed); i < trials; i++) {
    const isLast = meetBetween(cpu, nextMeeting(progress));
    if (i === 1) sampler?.take(outcomeOf(cpu, first));
    else if (i === 2 && cpu.id === 0) sampler?.pass();
    if (i > 0) {
      const hasFailed = settle(cpu, (first + i - 1) | 0, progress, forget);
      failed ||= hasFailed;
      if (isLast || (hasFailed && isOver(cpu))) return endRound(progress, i, failed);
    }
    cpu.ring.reset();
    const trial = (first + i) | 0;
    beginTrial(work, trial, trial, instanceAt(cpu.map, i));
    runActor(work, trial);
  }
  endRound(progress, trials, endTogether(cpu, first, trials, progress, forget) || failed);
}

/**
 * Runs a round as `rendezvousRound` does, of a race whose actors are awaited. What comes before each trial stands in both: it is the
 * hottest code of the harness, and the other one must not be async.
 */
export async function awaitedRound(
  work: TrialWork,
  first: number,
  trials: number,
  progress: RoundProgress,
  forget: Forget,
  resumed?: Resumption,
): Promise<void> {
  const { cpu } = work;
  let failed = false;
  for (let i = takeUp(work, first, resumed); i < trials; i++) {
    const isLast = meetBetween(cpu, nextMeeting(progress));
    if (i > 0) {
      const hasFailed = settle(cpu, (first + i - 1) | 0, progress, forget);
      failed ||= hasFailed;
      if (isLast || (hasFailed && isOver(cpu))) return endRound(progress, i, failed);
    }
    cpu.ring.reset();
    const trial = (first + i) | 0;
    beginTrial(work, trial, trial, instanceAt(cpu.map, i));
    await awaitActor(work, trial);
  }
  endRound(progress, trials, endTogether(cpu, first, trials, progress, forget) || failed);
}

/** Goes on with the trial that an earlier thread has left; returns the place in the round of the first one to be run. */
function takeUp(work: TrialWork, first: number, resumed: Resumption | undefined): number {
  if (resumed === undefined) return 0;
  takeUpTrial(work, resumed, resumed.trial);
  return placeOf(resumed.trial, first) + 1;
}

/**
 * Meets the other CPUs between two trials; returns whether the round ends here, as the host wants. CPU 0 says so before it arrives, with
 * the number of the meeting: a CPU that is slow to leave the one before must not take it for that. A thread that replaces CPU 0's in
 * the meeting says nothing: the others may have left it.
 */
function meetBetween(cpu: Cpu, meeting: number): boolean {
  const { mem, map } = cpu;
  const isWanted = cpu.home === 0 && mem[map.machine + MACHINE.stop] !== 0;
  if (isWanted && mem[cpu.progress + PROGRESS.meeting] !== meeting) mem[map.machine + MACHINE.lastMeeting] = meeting;
  meet(cpu, meeting);
  return mem[map.machine + MACHINE.lastMeeting] === meeting;
}

/** Whether the failure that was recovered from ends the round. After a meeting all CPUs get the same answer. */
function isOver({ mem, map }: Cpu): boolean {
  return mem[map.machine + MACHINE.roundOver] !== 0;
}

/** Meets the other CPUs behind the last trial of a round; returns whether that has failed. */
function endTogether(cpu: Cpu, first: number, trials: number, progress: RoundProgress, forget: Forget): boolean {
  meet(cpu, nextMeeting(progress));
  return settle(cpu, (first + trials - 1) | 0, progress, forget);
}

/** Recovers, after a meeting, if the trial with this tag has failed. */
function settle(cpu: Cpu, tag: number, progress: RoundProgress, forget: Forget): boolean {
  const outcome = outcomeOf(cpu, tag);
  if (outcome === 0) return false;
  recover(cpu, outcome, nextMeeting(progress), forget);
  return true;
}

/** Runs a round in which every CPU sweeps the instances at its own pace; all meet once, at the end. A failure ends the round. */
export function strideRound(
  work: TrialWork,
  first: number,
  trials: number,
  progress: RoundProgress,
  forget: Forget,
  resumed?: Resumption,
): void {
  const { cpu } = work;
  let i = 0;
  if (resumed === undefined) cpu.ring.reset();
  else {
    takeUpTrial(work, resumed, first);
    i = resumed.inActor ? placeOf(resumed.trial, first) + 1 : trials;
  }
  for (let exited = false; i < trials && !exited && outcomeOf(cpu, first) === 0; i++) {
    const trial = (first + i) | 0;
    beginTrial(work, trial, first, instanceAt(cpu.map, i));
    runActor(work, trial);
    // Others may still begin to wait for what its task held: it must be seen to have exited until they all meet.
    exited = cpu.mem[cpu.block + CPU.activity] === ACTIVITY.EXITED;
  }
  if (resumed?.inActor !== false) cpu.mem[cpu.progress + PROGRESS.ended] = i;
  meet(cpu, nextMeeting(progress));
  const ended = endedTrials(cpu, first);
  endRound(progress, ended, settle(cpu, first, progress, forget));
}

/** Returns the number of trials that all CPUs have ended, and the one that failed, which others may have left out. */
function endedTrials(cpu: Cpu, first: number): number {
  const { mem, map } = cpu;
  let ended = Infinity;
  for (let c = 0; c < cpu.places; c++) ended = Math.min(ended, mem[map.progress + c * LINE_WORDS + PROGRESS.ended]);
  const outcome = outcomeOf(cpu, first);
  if (outcome === 0) return ended;
  const failed = placeOf(mem[blockOf(map, outcomeCpu(outcome)) + CPU.trial], first);
  return failed < ended ? ended : ended + 1;
}

/** Runs a round without meetings: CPU 0 makes `trials` passes over a standing workload, the others theirs meanwhile. */
export function freeRound(
  work: TrialWork,
  first: number,
  trials: number,
  progress: RoundProgress,
  forget: Forget,
  resumed?: Resumption,
): void {
  const { cpu } = work;
  const { mem, map } = cpu;
  const over = map.machine + MACHINE.roundOver;
  const passed = cpu.progress + PROGRESS.ended;
  if (resumed === undefined) {
    mem[passed] = 0;
    if (cpu.id === 0) Atomics.store(mem, over, 0);
    meet(cpu, nextMeeting(progress));
  } else {
    takeUpTrial(work, resumed, first);
    if (resumed.inActor) mem[passed]++;
  }
  const stop = map.machine + MACHINE.stop;
  while (
    outcomeOf(cpu, first) === 0 &&
    (cpu.id === 0 ? mem[passed] < trials && mem[stop] === 0 : Atomics.load(mem, over) === 0)
  )
    pass(work, first, passed);
  if (cpu.id === 0) Atomics.store(mem, over, 1);
  meet(cpu, nextMeeting(progress));
  endRound(progress, mem[passed], settle(cpu, first, progress, forget));
}

/** Makes one pass over the standing workload, counted where it survives the thread. */
function pass(work: TrialWork, first: number, passed: number): void {
  const { cpu } = work;
  const { mem } = cpu;
  const instance = instanceAt(cpu.map, 0);
  const trial = (first + mem[passed]) | 0;
  cpu.ring.reset();
  beginTrial(work, trial, first, instance);
  runActor(work, trial);
  mem[passed]++;
  if (cpu.id !== 0 || mem[instance - HEADER.WORDS + HEADER.near] === 0) return;
  cpu.counters.add(COUNTER.nearMisses, 1);
  mem[instance - HEADER.WORDS + HEADER.near] = 0;
}
