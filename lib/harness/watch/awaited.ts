/**
 * Tells which threads and CPUs a trial that does not end still waits for. Called on the host by the other watches of
 * this folder.
 */

import { LINE_WORDS } from '../../sharedarraybuffer-utils/index.js';
import { blockOf } from '../../machine/cpu.js';
import { CPU, PROGRESS } from '../../machine/layout.js';
import { runningThread } from '../../machine/migration.js';
import { ACTIVITY } from '../../machine/outcome.js';
import type { HostMachine } from '../host/machine.js';
import { PLACE } from '../places.js';
import type { Awaited } from './trialClock.js';

type Seen = Pick<HostMachine, 'mem' | 'map'>;

/** Returns the word index of what a thread shows, by the CPU that it started as. */
export function progressAt({ map }: Pick<HostMachine, 'map'>, thread: number): number {
  return map.progress + thread * LINE_WORDS;
}

/** Returns the CPU that the thread started as which runs this one now; itself if what the word says is no thread. */
export function threadOf({ mem, map }: Seen, cpu: number): number {
  const thread = runningThread(mem, blockOf(map, cpu));
  return thread < 0 || thread >= map.shape.cpus ? cpu : thread;
}

/**
 * Returns the threads that a trial which does not end waits for: those that have not arrived at the meeting behind it,
 * and those that have and are asked for something there, or run handlers.
 */
export function awaitedThreads(machine: Seen): Awaited[] {
  const { mem, map } = machine;
  const first = earliestMeeting(machine);
  const awaited: Awaited[] = [];
  for (let cpu = 0; cpu < map.shape.cpus; cpu++) {
    const thread = threadOf(machine, cpu);
    const at = progressAt(machine, thread);
    const isAsked = mem[blockOf(map, cpu) + CPU.irr] !== 0 || mem[at + PROGRESS.handlers] !== 0;
    if (isAsked || mem[at + PROGRESS.meeting] === first) awaited.push({ thread, tid: mem[at + PROGRESS.tid] });
  }
  return awaited;
}

/**
 * Returns the CPUs whose threads are in the code of the race: in an actor, dead or alive, or in a handler on top of the
 * idle loop. One that takes the place of another is not there yet.
 */
export function cpusInRaceCode(machine: Seen): number[] {
  const { mem, map } = machine;
  const first = earliestMeeting(machine);
  const cpus: number[] = [];
  for (let cpu = 0; cpu < map.shape.cpus; cpu++) {
    const activity = mem[blockOf(map, cpu) + CPU.activity];
    const at = progressAt(machine, threadOf(machine, cpu));
    // One that has died or exited arrives at the meeting, unless the race catches what is thrown then.
    const isInActor =
      activity === ACTIVITY.RUNNING || (activity !== ACTIVITY.IDLE && mem[at + PROGRESS.meeting] === first);
    const isHere = mem[at + PROGRESS.place] === PLACE.NONE;
    if (isHere && (isInActor || mem[at + PROGRESS.handlers] !== 0)) cpus.push(cpu);
  }
  return cpus;
}

/** Returns the threads that the others are ahead of by a trial which these have not begun: they have not left the meeting before it. */
export function threadsNotBegun(machine: Seen): number[] {
  const { mem, map } = machine;
  const first = earliestMeeting(machine);
  const threads: number[] = [];
  for (let cpu = 0; cpu < map.shape.cpus; cpu++) {
    const thread = threadOf(machine, cpu);
    const isIdle = mem[blockOf(map, cpu) + CPU.activity] === ACTIVITY.IDLE;
    if (isIdle && mem[progressAt(machine, thread) + PROGRESS.meeting] === first) threads.push(thread);
  }
  return threads;
}

/** Returns the number of the meeting that the last of the threads has reached. */
function earliestMeeting({ mem, map }: Seen): number {
  let first = mem[map.progress + PROGRESS.meeting];
  for (let thread = 1; thread < map.shape.cpus; thread++) {
    const meeting = mem[map.progress + thread * LINE_WORDS + PROGRESS.meeting];
    // Meetings are numbered modulo 2^32.
    if (((meeting - first) | 0) < 0) first = meeting;
  }
  return first;
}
