/**
 * Binds the threads of a run to cores. Called on the host by lib/harness/watch/supervise.ts; lib/harness/makePlan.ts
 * asks whether the host can do it.
 */

import { spawn, type ChildProcess } from 'node:child_process';
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
    const found: OnCore[] = [];
    let i = 0;
    for (const { mem, map } of this.#machines) {
      for (let cpu = 0; cpu < map.shape.cpus; cpu++, i++) {
        const tid = mem[map.progress + cpu * LINE_WORDS + PROGRESS.tid];
        // What the race has stored there may be a thread of somebody else.
        if (tid !== 0 && !this.#seen.has(tid) && isOwnThread(tid))
          found.push({ tid, core: this.#cores[i % this.#cores.length] });
      }
    }
    if (found.length > 0) {
      const binding = this.#bindAll(found);
      for (const { tid } of found) this.#seen.set(tid, binding);
    }
    await this.settled();
  }

  /** Settles when no process is left that binds. */
  async settled(): Promise<void> {
    await Promise.all(this.#seen.values());
  }

  async #bindAll(threads: readonly OnCore[]): Promise<void> {
    const isBound = ({ tid, core }: OnCore): boolean => isOnlyOn(tid, core);
    const isScheduled = ({ tid }: OnCore): boolean => !this.#inRelay || isBatch(tid);
    // Threads that are kept have been bound by an earlier run. As a batch thread, one that is woken waits until the one that runs on its
    // core has slept or used up its time.
    await runInShell([
      ...threads.filter((thread) => !isBound(thread)).map(({ tid, core }) => `taskset -cp ${core} ${tid}`),
      ...threads.filter((thread) => !isScheduled(thread)).map(({ tid }) => `chrt --batch --pid 0 ${tid}`),
    ]);
    for (const thread of threads) if (isBound(thread) && isScheduled(thread)) this.#bound.set(thread.tid, thread.core);
  }
}

/** A run waits for the process that binds its threads, but not for ever. */
const BINDING_MS_MAX = 2000;
const SHELL = '/bin/sh';

interface OnCore {
  readonly tid: number;
  readonly core: number;
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
  if (platform() !== 'linux' || !isExecutable(SHELL)) return false;
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
export async function bindThread(tid: number, core: number): Promise<boolean> {
  return isDone(spawn('taskset', ['-cp', String(core), String(tid)], { stdio: 'ignore', timeout: BINDING_MS_MAX }));
}

/**
 * Runs commands whose success shows elsewhere, one after the other: in one shell, since each process that is started from here takes
 * up to 20 ms of CPU time where this one is large.
 */
async function runInShell(commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  await isDone(spawn(SHELL, ['-c', commands.join('; ')], { stdio: 'ignore', timeout: BINDING_MS_MAX }));
}

async function isDone(child: ChildProcess): Promise<boolean> {
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
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1];
  if (list === undefined) return [];
  return list.split(',').flatMap((part) => {
    const [first = NaN, last = first] = part.split('-').map(Number);
    return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
