/**
 * Reads from /proc how much CPU time threads have had, and how busy the host is. Called on the host by the watches of
 * lib/harness/watch, processorShare.ts and machineTime.ts, and by live pages.
 */

import { readFileSync } from 'node:fs';
import { ownTid } from '../ownTid.js';

/** What the host says about its processors: how long its threads waited for one, and how much another guest took. */
export interface HostPressure {
  /** Microseconds in which some thread of the host waited for a processor (/proc/pressure/cpu); null where it is not told. */
  readonly waitingUs: number | null;
  /** Clock ticks, of 10 ms as a rule, in which the hypervisor ran somebody else (/proc/stat); null where it is not told. */
  readonly stolenTicks: number | null;
}

/**
 * Returns the CPU time of a thread of this process, in milliseconds, by the host's own account; null where the host
 * keeps none. `tid` is the host's number of the thread, 0 for one that is not known.
 */
export function threadRanMs(tid: number): number | null {
  if (tid === 0) return null;
  const ns = firstNumber(read(`/proc/self/task/${tid}/schedstat`), /^(\d+)/);
  if (ns !== null && ns > 0) return ns / 1e6;
  // utime and stime are the 14th and 15th field; the second one, the name, may hold anything up to the last bracket.
  const fields = read(`/proc/self/task/${tid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ');
  return fields === undefined ? null : (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Returns the CPU time of the thread that calls, in milliseconds; its wall-clock time where the host keeps no account. */
export function ownRanMs(): number {
  return threadRanMs(ownTid()) ?? performance.now();
}

/** What a thread has done so far, and what it does at the moment, by the host's own account. */
export interface ThreadLook {
  /** CPU time that it has had, in milliseconds. */
  readonly ranMs: number;
  /** Time in which it could run and had no processor, up to when it got one last; 0 where that is not told. */
  readonly waitedMs: number;
  /** Whether it sleeps in the kernel: it would do nothing with a processor. One that is stopped, or waits for a disk, does not count. */
  readonly isAsleep: boolean;
}

/** Looks at a thread of this process; null where the host keeps no account of it. `tid` as above. */
export function lookAtThread(tid: number): ThreadLook | null {
  const ranMs = threadRanMs(tid);
  const state = /^.*\) (\w)/s.exec(read(`/proc/self/task/${tid}/stat`) ?? '')?.[1];
  if (ranMs === null || state === undefined) return null;
  const waitedNs = firstNumber(read(`/proc/self/task/${tid}/schedstat`), /^\d+ (\d+)/) ?? 0;
  return { ranMs, waitedMs: waitedNs / 1e6, isAsleep: state === 'S' };
}

/** CPU time of a thread, and time in which it could run and had no processor, in milliseconds. */
export interface ProcessorTime {
  readonly ranMs: number;
  readonly waitedMs: number;
}

/** Returns both, by the host's own account; null where it does not keep the two. `tid` as above. */
export function processorTime(tid: number): ProcessorTime | null {
  const [, ran, waited] = /^(\d+) (\d+)/.exec(tid === 0 ? '' : (read(`/proc/self/task/${tid}/schedstat`) ?? '')) ?? [];
  return ran === undefined || ran === '0' ? null : { ranMs: Number(ran) / 1e6, waitedMs: Number(waited) / 1e6 };
}

export function hostPressure(): HostPressure {
  return {
    waitingUs: firstNumber(read('/proc/pressure/cpu'), /^some .*total=(\d+)/m),
    stolenTicks: firstNumber(read('/proc/stat'), /^cpu +(?:\d+ +){7}(\d+)/m),
  };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function firstNumber(text: string | undefined, pattern: RegExp): number | null {
  const found = text === undefined ? undefined : pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
