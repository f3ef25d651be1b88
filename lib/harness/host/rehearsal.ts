/**
 * Imports a user's race in a thread, before the main thread does: a module that loops, sleeps or fills its memory there
 * would keep or end the whole process. What else a module does (it throws, ends the process, exports nothing) shows
 * when it is imported for good. Called on the host by lib/cli/chooseRace.ts.
 */

import { Worker } from 'node:worker_threads';
import { guarded } from './guarded.js';
import { leaveThread } from './leftThreads.js';
import { every, type Timer } from './timers.js';
import { HOST_ACCOUNTS, TrialClock } from '../watch/trialClock.js';
import { workerStack } from '../watch/workerStack.js';

/** How long a module may keep its thread, running or asleep, without coming back to the event loop. */
export const MODULE_MS_MAX = 2000;
/** How long it may take in all, with what it awaits at its top level. */
export const LOAD_MS_MAX = 4000;
const TICK_MS = 50;
const FRAMES_MAX = 3;

/** Words that the thread shows itself at: the host's number of it, and how often its event loop has turned. */
export const REHEARSAL_WORD = Object.freeze({ tid: 0, beats: 1, WORDS: 2 } as const);

/** What the thread is given. */
export interface RehearsalTask {
  readonly url: string;
  readonly words: Int32Array;
}

/** As MODULE_MS_MAX and LOAD_MS_MAX. */
export interface RehearsalLimits {
  readonly moduleMs: number;
  readonly loadMs: number;
}

const LIMITS: RehearsalLimits = { moduleMs: MODULE_MS_MAX, loadMs: LOAD_MS_MAX };

/** Why a module must not be imported on the main thread, in words that fit behind its name; null if nothing speaks against it. */
export type Objection = string | null;

const rehearsed = new Map<string, Promise<Objection>>();

/** Imports a module, once in this process. */
export async function rehearse(url: string, limits: Partial<RehearsalLimits> = {}): Promise<Objection> {
  let objection = rehearsed.get(url);
  if (objection === undefined) rehearsed.set(url, (objection = new Rehearsal(url, { ...LIMITS, ...limits }).end));
  return await objection;
}

/** One import, in a thread of its own. */
class Rehearsal {
  readonly end: Promise<Objection>;
  readonly #limits: RehearsalLimits;
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * REHEARSAL_WORD.WORDS));
  readonly #worker: Worker;
  readonly #timer: Timer;
  /** Since the thread was last seen in its event loop, and since it began. */
  readonly #stay = new TrialClock(HOST_ACCOUNTS);
  readonly #whole = new TrialClock(HOST_ACCOUNTS);
  #beats = -1;
  #done: (objection: Objection) => void = () => {};
  #isOver = false;
  #hasFinished = false;

  constructor(url: string, limits: RehearsalLimits) {
    this.#limits = limits;
    this.end = new Promise((done) => {
      this.#done = done;
    });
    this.#worker = new Worker(new URL('./rehearsalThread.js', import.meta.url), {
      workerData: { url, words: this.#words } satisfies RehearsalTask,
      resourceLimits: { maxOldGenerationSizeMb: 128 },
      // What it prints comes once more when it is imported.
      stdout: true,
      stderr: true,
    });
    const nothing = (): void => this.#finish(null);
    const failed = ({ code }: NodeJS.ErrnoException): void =>
      this.#finish(code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it fills the memory of its thread' : null);
    this.#worker
      .once('message', guarded(nothing, nothing))
      .once(
        'exit',
        guarded(() => this.#finish(null, true), nothing),
      )
      .once('error', guarded(failed, nothing));
    this.#timer = every(TICK_MS, () => this.#tick(), nothing);
  }

  #tick(): void {
    const tid = this.#words[REHEARSAL_WORD.tid];
    const beats = Atomics.load(this.#words, REHEARSAL_WORD.beats);
    // It has not reached the module yet.
    if (beats === 0 || this.#isOver) return;
    if (beats !== this.#beats) this.#stay.reset();
    this.#beats = beats;
    for (const clock of [this.#stay, this.#whole]) clock.tick([{ thread: 0, tid }], TICK_MS);
    const { moduleMs, loadMs } = this.#limits;
    if (this.#stay.servedMs(0) >= moduleMs) void this.#object(`it does not end in ${inWords(moduleMs)}`);
    else if (this.#whole.servedMs(0) >= loadMs) this.#finish(`it was not loaded after ${inWords(loadMs)}`);
  }

  /** Finds out where the module is, while it is there. */
  async #object(why: string): Promise<void> {
    this.#isOver = true;
    try {
      const frames = await workerStack(this.#worker.threadId);
      const theirs = frames.filter((frame) => !/\(lib[\\/]harness[\\/]/.test(frame));
      this.#finish([why, ...theirs.slice(0, FRAMES_MAX)].join(', '));
    } catch {
      this.#finish(why);
    }
  }

  #finish(objection: Objection, isGone = false): void {
    if (this.#hasFinished) return;
    this.#hasFinished = true;
    this.#timer.end();
    // Nobody needs it any more; if it does not end, lib/cli/ending.ts has to know of it.
    if (!isGone) leaveThread(this.#worker);
    void this.#worker.terminate();
    this.#done(objection);
  }
}

/** Formats a limit as formatDuration() of the command line does. */
function inWords(ms: number): string {
  return ms < 1000 ? `${ms}ms` : `${ms / 1000}s`;
}
