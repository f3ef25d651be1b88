import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { LINE_WORDS } from '../sharedarraybuffer-utils/index.js';
import { PROGRESS } from '../machine/layout.js';
import type { HostMachine } from './machine.js';

/**
 * Keeps each CPU's thread on a core of its own. Threads that wake each other by turns are drawn to one core by the host's
 * scheduler as soon as another process is busy, and then no two actors ever run at the same time. Where threads outnumber the
 * cores, or the host has no taskset(1), they stay where the scheduler puts them.
 */
export class CoreBinding {
  readonly #machines: readonly Pick<HostMachine, 'mem' | 'map'>[];
  readonly #cores: readonly number[];
  readonly #bound = new Map<number, number>();

  constructor(machines: readonly Pick<HostMachine, 'mem' | 'map'>[], threads: number) {
    const cores = allowedCores();
    this.#machines = machines;
    this.#cores = threads > 1 && threads <= cores.length ? cores : [];
  }

  /** Cores that threads are bound to, in the order of the CPUs; empty if none is. */
  get cores(): readonly number[] {
    return [...this.#bound.values()];
  }

  /** Binds the threads that have said which they are; call it again when others may have. */
  bind(): void {
    if (this.#cores.length === 0) return;
    let i = 0;
    for (const { mem, map } of this.#machines) {
      for (let cpu = 0; cpu < map.shape.cpus; cpu++, i++) {
        const tid = mem[map.progress + cpu * LINE_WORDS + PROGRESS.tid];
        if (tid !== 0 && !this.#bound.has(tid)) this.#bindOne(tid, this.#cores[i % this.#cores.length]);
      }
    }
  }

  #bindOne(tid: number, core: number): void {
    this.#bound.set(tid, core);
    void bindThread(tid, core).then((done) => {
      if (!done) this.#bound.delete(tid);
    });
  }
}

/** Keeps a thread on a core; false where the host has no taskset(1), or does not allow it. */
export function bindThread(tid: number, core: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('taskset', ['-cp', String(core), String(tid)], { stdio: 'ignore' });
    child.once('error', () => resolve(false)).once('close', (code) => resolve(code === 0));
    child.unref();
  });
}

/** The host's number of the running thread; 0 on a host without /proc. */
export function ownTid(): number {
  try {
    return Number(/\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0] ?? 0);
  } catch {
    return 0;
  }
}

/** The cores that this process may use: "0-1,4" in /proc. Empty where the host does not tell. */
export function allowedCores(): number[] {
  let status: string;
  try {
    status = readFileSync('/proc/self/status', 'latin1');
  } catch {
    return [];
  }
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((part) => {
    const [first = NaN, last = first] = part.split('-').map(Number);
    return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
