/**
 * The process that runs slices, as its worker sees it. One process runs many: its start takes as long as a race takes to fail. Called by
 * worker.ts.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { guarded } from '../harness/host/guarded.js';
import { every } from '../harness/host/timers.js';
import { REDIS_PASSWORD, REDIS_URL } from './redisAddress.js';
import type { NamedRow } from './messages.js';
import type { ChildMessage, ChildResult, ChildTask } from './sliceChild.js';

/** What of the host a slice may take. */
export interface HostLimits {
  /** Cores as taskset names them: `0-3,6`; null for all. */
  readonly cores: string | null;
  /** How far it gives way to other processes, from 0 to 19. */
  readonly nice: number;
}

/** How a process has ended: with its slice, or without. `lost`: it was killed, which is no fault of the row. */
export type ProcessEnd =
  | { readonly result: ChildResult }
  | { readonly lost: string }
  | { readonly harnessError: string };

/** Time behind twice that of a slice, after which its process does not end by itself any more. */
const LATE_MS = 60_000;
/** Time between the request to end and SIGKILL. */
const ENDING_MS = 4000;
const TICK_MS = 500;
const STDERR_MAX = 4000;
/** How long the last lines of a process may take that has ended. */
const STDERR_MS = 100;

/** A process that runs one slice after the other. */
export class SliceProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<readonly [code: number | null, signal: string | null]>;
  /** The code of each race that it has loaded. It can load no other. */
  readonly #sources = new Map<string, string>();
  /** Ticks until it is killed. A host that is stopped does not tick. */
  #ticksLeft = Infinity;
  /** What they are before the slice begins. */
  #ticks = Infinity;
  #isLate = false;
  #isSound = true;
  #stderr = '';
  #onResult: (result: ChildResult) => void = () => {};

  /** `main`: the module that it runs. */
  constructor(main: URL, { cores, nice }: HostLimits) {
    const node = [process.execPath, fileURLToPath(main)];
    const [command, ...args] = cores === null ? node : ['taskset', '-c', cores, ...node];
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: withoutSecrets(process.env),
    });
    if (this.#child.pid !== undefined && nice > 0) setPriority(this.#child.pid, nice);
    const ignore = (): void => {};
    this.#child.stderr?.setEncoding('utf8').on(
      'data',
      guarded((text: string) => (this.#stderr = (this.#stderr + text).slice(-STDERR_MAX)), ignore),
    );
    this.#child.on(
      'message',
      guarded((message: ChildMessage) => this.#hear(message), ignore),
    );
    this.#exit = new Promise((done, failed) => {
      const finish = (...how: [number | null, string | null]): void => done(how);
      // Not `close`: that does not come where this side has closed the channel.
      this.#child.once('error', failed).once(
        'exit',
        guarded(finish, () => done([null, null])),
      );
    });
    this.#exit.catch(ignore);
  }

  /** Whether it can run a slice of the row. */
  canRun({ race, source }: NamedRow): boolean {
    const { connected, exitCode, signalCode } = this.#child;
    return (
      this.#isSound &&
      connected &&
      exitCode === null &&
      signalCode === null &&
      (this.#sources.get(race) ?? source) === source
    );
  }

  /** Runs a slice to its end. */
  async run(task: ChildTask): Promise<ProcessEnd> {
    this.#sources.set(task.row.race, task.row.source);
    this.#stderr = '';
    this.#ticks = (2 * task.lengthMs + LATE_MS) / TICK_MS;
    this.#ticksLeft = this.#ticks;
    const kill = (): void => void this.#child.kill('SIGKILL');
    const tick = (): void => {
      if (--this.#ticksLeft > 0) return;
      this.#isLate = true;
      kill();
    };
    const timer = every(TICK_MS, tick, kill);
    try {
      const answered = new Promise<ChildResult>((done) => {
        this.#onResult = done;
      });
      // It may have died before it can read.
      this.#child.send(task, () => {});
      const ended = this.#exit.then((how) => this.#endBy(...how));
      return await Promise.race([answered.then((result) => this.#endWith(result)), ended]);
    } catch (error) {
      return { lost: `the process of a slice could not be started: ${(error as Error).message}` };
    } finally {
      timer.end();
    }
  }

  /** Asks the process to end its slice with its counts, and then itself; it is killed if it does not soon. */
  end(): void {
    this.#ticksLeft = Math.min(this.#ticksLeft, ENDING_MS / TICK_MS);
    // It hears the end of the channel, as it does when this process is killed.
    if (this.#child.connected) this.#child.disconnect();
  }

  #hear(message: ChildMessage): void {
    if ('hasFailed' in message) this.#onResult(message);
    // The search for the classes of a row takes its time, and the slice begins behind it. One that is to end gets no more.
    else if (this.#child.connected) this.#ticksLeft = this.#ticks;
  }

  #endWith(result: ChildResult): ProcessEnd {
    this.#isSound = result.isSound;
    return { result };
  }

  async #endBy(code: number | null, signal: string | null): Promise<ProcessEnd> {
    if (this.#isLate) return { harnessError: 'the process of the slice did not end in time, and was killed' };
    // Asked to end, it has written its counts and says no more.
    if (code === 0) return { result: { hasFailed: false, isSound: false } };
    if (signal === 'SIGKILL') return { lost: 'the process of a slice was killed' };
    await delay(STDERR_MS);
    const last = this.#stderr.trim().split('\n').slice(-3).join('; ');
    return { harnessError: `the process of the slice ended by ${signal ?? `exit code ${code}`}: ${last}` };
  }
}

/** Returns the environment without what is the worker's alone: a race needs no Redis. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== REDIS_PASSWORD && name !== REDIS_URL));
}
