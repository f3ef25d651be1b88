/**
 * Binds the threads of a run to cores. Called on the host by lib/harness/watch/supervise.ts; lib/harness/makePlan.ts
 * asks whether the host can do it.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, existsSync, constants, readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { LINE_WORDS } from '../../sharedarraybuffer-utils/index.js';
import { PROGRESS } from '../../machine/layout.js';
import type { HostMachine } from './machine.js';
import { sharedCoresOf, type Crowd } from '../plan.js';

/**
 * Keeps each CPU's thread on a core of its own. The scheduler of the host moves threads that alternately wake each
 * other to one core as soon as another process is busy. Then no two actors ever run at the same time. Where the CPUs of
 * one machine outnumber the cores, those that share a core (relay.ts) are kept there as batch threads: one that is
 * woken does not preempt the one that woke it, which is about to sleep and may hold V8's lock on all sleepers. Where
 * several machines outnumber the cores, or the host has no taskset(1), threads stay where the scheduler puts them.
 */
export class CoreBinding {
  readonly #machines: readonly Pick<HostMachine, 'mem' | 'map'>[];
  readonly #cores: readonly number[];
  readonly #inRelay: boolean;
  /** Core of each thread that is bound. */
  readonly #bound = new Map<number, number>();
  /** The threads that have been seen, each with the end of its binding. */
  readonly #seen = new Map<number, Promise<void>>();

  constructor(machines: readonly Pick<HostMachine, 'mem' | 'map'>[], crowd: Crowd) {
    const allowed = allowedCores();
    const threads = crowd.machines * crowd.places;
    const shared = sharedCoresOf(crowd);
    this.#machines = machines;
    this.#inRelay = shared !== null;
    if (shared !== null) this.#cores = allowed.slice(0, shared);
    else this.#cores = threads > 1 && threads <= allowed.length ? allowed : [];
  }

  /** Returns the cores that threads are bound to; empty if none is. */
  get cores(): readonly number[] {
    return [...this.#bound.values()];
  }

  /** Binds the threads that have said which they are; call it again when others may have. Resolves when it is done with those. */
  async bind(): Promise<void> {
    if (this.#cores.length === 0) return;
    let i = 0;
    for (const { mem, map } of this.#machines) {
      for (let cpu = 0; cpu < map.shape.cpus; cpu++, i++) {
        const tid = mem[map.progress + cpu * LINE_WORDS + PROGRESS.tid];
        // What the race has stored there may be a thread of somebody else.
        if (tid !== 0 && !this.#seen.has(tid) && isOwnThread(tid))
          this.#seen.set(tid, this.#bindOne(tid, this.#cores[i % this.#cores.length]));
      }
    }
    await Promise.all(this.#seen.values());
  }

  async #bindOne(tid: number, core: number): Promise<void> {
    // Threads that are kept have been bound by an earlier run. To start a process takes 20 ms of CPU time where this one is large.
    const [done] = await Promise.all([
      isOnlyOn(tid, core) || bindThread(tid, core),
      !this.#inRelay || isBatch(tid) || batchThread(tid),
    ]);
    if (done) this.#bound.set(tid, core);
  }
}

/** Whether a thread of this process has the number. */
function isOwnThread(tid: number): boolean {
  return existsSync(`/proc/self/task/${tid}`);
}

/** Whether a thread of this process may run on this core alone. */
function isOnlyOn(tid: number, core: number): boolean {
  const allowed = coresIn(readProc(`task/${tid}/status`));
  return allowed.length === 1 && allowed[0] === core;
}

/** The scheduling policy of `chrt --batch`. */
const SCHED_BATCH = 3;

function isBatch(tid: number): boolean {
  // The policy is the 41st field; the second one, the name, may hold anything up to the last bracket.
  const fields = readProc(`task/${tid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[38]) === SCHED_BATCH;
}

/** Returns what the host says of this process, or of a thread of it; nothing where it does not tell. */
function readProc(file: string): string {
  try {
    return readFileSync(`/proc/self/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** Whether the host has what binds threads, in one of the folders of `path`. */
export function canBind(path = process.env.PATH ?? ''): boolean {
  if (platform() !== 'linux') return false;
  return path.split(delimiter).some((folder) => folder !== '' && isExecutable(join(folder, 'taskset')));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Keeps a thread on a core; false where the host has no taskset(1), or does not allow it. */
export function bindThread(tid: number, core: number): Promise<boolean> {
  return succeeds('taskset', ['-cp', String(core), String(tid)]);
}

/** Lets a thread that is woken wait until the one that runs has slept or used up its time; false as above, with chrt(1). */
function batchThread(tid: number): Promise<boolean> {
  return succeeds('chrt', ['--batch', '--pid', '0', String(tid)]);
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(command, args, { stdio: 'ignore' });
  child.unref();
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code === 0;
  } catch {
    return false;
  }
}

/** Returns the cores that this process may use: "0-1,4" in /proc. Empty where the host does not tell. */
export function allowedCores(): number[] {
  return coresIn(readProc('status'));
}

function coresIn(status: string): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((part) => {
    const [first = NaN, last = first] = part.split('-').map(Number);
    return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
