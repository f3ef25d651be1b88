/**
 * The host's side of a run: its clock, progress, interrupt, and the watch over its CPUs. Used by
 * lib/harness/host/run.ts.
 */

import { HANGS } from '../../machine/signatures.js';
import { CoreBinding } from '../host/coreBinding.js';
import type { Crew } from '../host/crew.js';
import type { HostMachine } from '../host/machine.js';
import type { CpuThreads } from '../host/pool.js';
import { carryOut, type Departure } from './departures.js';
import { SEEMS_HUNG_MS } from './machineWatch.js';
import { PLACE_WORDS } from '../places.js';
import type { Stay } from './placeWatch.js';
import { ProcessorShare } from '../host/processorShare.js';
import { ProgressWatch } from './progressWatch.js';
import type { Plan } from '../plan.js';
import { hangOf } from '../raceCall.js';
import { Samples, type Sample } from '../host/samples.js';
import { spoiltBy } from '../host/spoilt.js';
import { guarded } from '../host/guarded.js';
import { every, type Timer } from '../host/timers.js';
import { totalsOf, type Totals } from '../host/totals.js';
import { WATCHDOG_MS, Watchdog, type WatchFigures } from './watchdog.js';
import { workerStack } from './workerStack.js';

/** What the caller can see and do during a run. */
export interface RunHooks {
  /** Called before the CPUs begin, with their machines: a plan that is live has its settings changed there. */
  onMachines?(machines: readonly HostMachine[]): void;
  /** Called about ten times a second. */
  onProgress?(totals: Totals, seconds: number): void;
  /** Ends the run early, as an interrupt does: somebody waits for the end. */
  readonly signal?: AbortSignal;
  /** Ends the run early, since its counts are enough: what hangs then is still told apart. */
  readonly enough?: AbortSignal;
  /** Ends the threads wherever they are. What they have counted up to then stands, and it is no harness error. */
  readonly giveUp?: AbortSignal;
  /** Ends the run after this time; without it the plan's trials do. */
  readonly durationMs?: number;
  /** How long a trial may have the processor before it counts as hung: WATCHDOG_MS if absent; null for no watchdog. */
  readonly watchdogMs?: number | null;
  /** How long no CPU may make progress before the run is ended as a harness error. */
  readonly noProgressMs?: number;
  /** How long the CPUs may continue after they were asked to end. It is a harness error if no trial ends by then. */
  readonly endingMs?: number;
  /** The threads to use, one for each CPU, which the run destroys at its end; without it the run starts its own. */
  readonly threads?: CpuThreads;
}

export const NO_PROGRESS_MS = 5000;
/** How long the CPUs have to finish their round. Where many share few cores a round takes longer, and is left unfinished. */
const ENDING_MS = 1200;
/** Where the host gives a trial that does not end hardly any processor, it is waited for longer, to tell whether it hangs. */
const STARVED_ENDING_MS = 8000;
/** Without a watchdog a trial may take long, but not for ever. */
const TRIAL_MS_MAX = 60_000;
const TICK_MS = 100;
/** How long a machine that was stored over is given to say by whom. */
const SPOILT_TICKS_MAX = 5;
const WATCH_TICK_MS = 50;
const SHARE_TICK_MS = 1000;
/** How exactly the clock starts with the first trial: threads take longer to start than some runs last. */
const START_TICK_MS = 2;

/** The CPUs do not finish their trial: what each was doing then belongs to the message. */
export class Hang extends Error {}

interface Supervised {
  readonly machines: readonly HostMachine[];
  readonly crew: Crew;
  readonly plan: Plan;
  readonly hooks: RunHooks;
  /** Takes what the CPUs have captured; called with every tick. */
  readonly collect: () => void;
}

/** The host's side of a running run: the clock, the display, the interrupt, and the watch over its CPUs. */
export class Supervision {
  /** Never resolves; rejects when a machine makes no progress. */
  readonly failed: Promise<never>;
  /** Resolves when nobody is to wait for the CPUs any more. */
  readonly givenUp: Promise<void>;
  readonly samples = new Samples();
  /** The CPU time that the threads had and wanted; complete once the run has ended. */
  readonly processor: ProcessorShare;
  readonly #s: Supervised;
  readonly #watch: ProgressWatch;
  readonly #watchdog: Watchdog;
  readonly #binding: CoreBinding | null;
  readonly #timers: Timer[] = [];
  readonly #onAbort = this.#guarded(() => {
    this.#isUrgent = true;
    this.#stop();
  });
  readonly #onEnough = this.#guarded(() => this.#stop());
  readonly #onGiveUp = this.#guarded(() => {
    this.#isUrgent = true;
    this.#leave('given up');
  });
  #reject: (reason: Error) => void = () => {};
  #begunMs = Infinity;
  // In ticks, as the watch counts them: a process that was stopped has not hung.
  #endingMs = -Infinity;
  #stack: readonly string[] | null = null;
  #giveUp: () => void = () => {};
  /** Whether somebody waits for the end; otherwise it is the plan's. */
  #isUrgent = false;
  #isFailing = false;
  #spoiltTicks = 0;

  constructor(s: Supervised) {
    this.#s = s;
    this.processor = new ProcessorShare(s.machines);
    this.failed = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    // Nobody may be left to listen when the run has ended first.
    this.failed.catch(() => {});
    const { watchdogMs = WATCHDOG_MS, noProgressMs = NO_PROGRESS_MS, signal, enough, giveUp } = s.hooks;
    this.givenUp = new Promise((done) => {
      this.#giveUp = done;
    });
    this.#watchdog = new Watchdog(s.machines, s.plan, watchdogMs ?? Infinity, WATCH_TICK_MS);
    // Whatever the watchdog waits for before it speaks, it speaks before the harness gives up.
    const patienceMs = watchdogMs === null ? noProgressMs : Math.max(noProgressMs, 4 * watchdogMs);
    const isStalled = (machine: number): boolean => this.#watchdog.over(machine).isStalled;
    this.#watch = new ProgressWatch(s.machines, patienceMs, TICK_MS, isStalled);
    this.#binding = !s.plan.bindCores ? null : new CoreBinding(s.machines, s.plan);
    const start = this.#every(START_TICK_MS, () => {
      void this.#binding?.bind();
      if (!this.#haveBegun()) return;
      this.#begunMs = performance.now();
      this.processor.look();
      start.end();
    });
    this.#every(TICK_MS, () => this.#tick());
    this.#every(SHARE_TICK_MS, () => this.#haveBegun() && this.processor.look());
    this.#every(WATCH_TICK_MS, () => {
      for (const finding of this.#watchdog.tick()) this.#replace(finding).catch((error: unknown) => this.#fail(error));
      const stay = this.#watchdog.tickPlaces();
      if (stay !== null) this.#failAt(stay);
    });
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    enough?.addEventListener('abort', this.#onEnough, { once: true });
    giveUp?.addEventListener('abort', this.#onGiveUp, { once: true });
  }

  /** Whether somebody waits for the end of the run, and for nothing else. */
  get isUrgent(): boolean {
    return this.#isUrgent;
  }

  /** Returns the JavaScript stack of the first worker that was replaced, as it stood. */
  get stack(): readonly string[] {
    return this.#stack ?? [];
  }

  /** Returns what the watchdog saw; null without one. */
  figures(): WatchFigures | null {
    return this.#s.hooks.watchdogMs === null ? null : this.#watchdog.figures(this.#s.crew.replaced);
  }

  /** Returns the cores that the threads are bound to; empty if they are not. */
  get boundTo(): readonly number[] {
    return this.#binding?.cores ?? [];
  }

  /**
   * Returns the number of seconds since the CPUs of all machines have begun; 0 before that. A run may be over before
   * the clock has noticed that.
   */
  seconds(): number {
    return this.#haveBegun() ? Math.max(START_TICK_MS, performance.now() - this.#begunMs) / 1000 : 0;
  }

  end(): void {
    if (this.#haveBegun()) this.processor.look();
    for (const timer of this.#timers) timer.end();
    this.#s.hooks.signal?.removeEventListener('abort', this.#onAbort);
    this.#s.hooks.enough?.removeEventListener('abort', this.#onEnough);
    this.#s.hooks.giveUp?.removeEventListener('abort', this.#onGiveUp);
  }

  /** Settles when no process is left that it has started; none is, some milliseconds behind the end. */
  async settled(): Promise<void> {
    await this.#binding?.settled();
  }

  /** Calls `work` regularly. The run fails with what it throws. */
  #every(ms: number, work: () => void): Timer {
    const timer = every(ms, work, (error) => this.#fail(error));
    this.#timers.push(timer);
    return timer;
  }

  /** Makes a handler. The run fails with what it throws. */
  #guarded(work: () => void): () => void {
    return guarded(work, (error) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#reject(error instanceof Error ? error : new Error(String(error)));
  }

  #haveBegun(): boolean {
    return this.#s.machines.every((machine) => machine.hasBegun());
  }

  #stop(): void {
    this.#endingMs = Math.max(this.#endingMs, 0);
    for (const machine of this.#s.machines) machine.stop();
  }

  #tick(): void {
    const { machines, plan, hooks } = this.#s;
    void this.#binding?.bind();
    const seconds = this.seconds();
    if (seconds * 1000 >= (hooks.durationMs ?? Infinity)) this.#stop();
    const totals = totalsOf(machines);
    // Looked at behind the counts: what is shown, and what a soak adds up, was not stored over when it was read.
    const fault = spoiltBy(plan, machines, false);
    if (fault !== null) {
      // A CPU that says so itself knows more: in the first round it was `reset`.
      if (totals.trials > 0 || ++this.#spoiltTicks === SPOILT_TICKS_MAX) this.#fail(fault);
      return;
    }
    // A machine ends by itself after its first failure, or hang; the others do not hear of it.
    if (plan.stopOnFirst && totals.failures > 0) this.#stop();
    if (plan.onHang === 'stop' && totals.outcomes.some((o) => HANGS.includes(o.signature))) this.#stop();
    if (this.#haveBegun()) this.samples.take(sampleOf(totals, seconds));
    this.#s.collect();
    hooks.onProgress?.(totals, seconds);
    const stuckMs = this.#watch.stuckMs();
    if (stuckMs > 0) this.#reject(new Hang(`no CPU of a machine made progress for ${stuckMs / 1000} s`));
    if (machines.some((_, m) => this.#watchdog.over(m).trialMs >= TRIAL_MS_MAX))
      this.#reject(new Hang(`no trial has ended for ${TRIAL_MS_MAX / 1000} s`));
    this.#endingMs += TICK_MS;
    if (this.#endingMs > (hooks.endingMs ?? ENDING_MS)) this.#leave('asked to end');
  }

  /**
   * Gives up waiting for the CPUs. What they have counted stands, unless it is a hang that keeps them. While the host
   * gives too little processor to tell, the wait is longer if nobody is in a hurry; but a run that did not end is no
   * pass.
   */
  #leave(why: string): void {
    const watches = this.#s.machines.map((_, m) => this.#watchdog.over(m));
    const starved = watches.find((watch) => watch.stoodMs >= SEEMS_HUNG_MS);
    const hung = watches.find((watch) => watch.seemsHung);
    const stay = this.#s.machines.map((_, m) => this.#watchdog.stayOn(m)).find((longest) => longest !== null);
    if (hung !== undefined && stay !== undefined) this.#failAt(stay);
    else if (hung !== undefined && this.#mayBeJudged(hung)) {
      // The watchdog says soon what it is. Nobody who waits for the end waits for that.
      if (this.#isUrgent) this.#giveUp();
    } else if (hung !== undefined)
      this.#reject(new Hang(`${why}, but the trial does not end: it has run for ${inSeconds(hung.trialMs)} so far`));
    else if (starved === undefined || this.#isUrgent) this.#giveUp();
    else if (this.#endingMs >= STARVED_ENDING_MS) {
      const [had, stood] = [inSeconds(starved.trialMs), inSeconds(starved.stoodMs)];
      this.#reject(new Hang(`${why}, but the trial does not end: the host gave it ${had} of CPU time in ${stood}`));
    }
  }

  /** Whether the host has given a trial that hangs too little processor for the watchdog's outcome up to now. */
  #mayBeJudged({ trialMs, stoodMs }: { readonly trialMs: number; readonly stoodMs: number }): boolean {
    const hasWatchdog = this.#s.hooks.watchdogMs !== null;
    return hasWatchdog && trialMs < stoodMs / 2 && this.#endingMs < STARVED_ENDING_MS;
  }

  /**
   * Fails the run: a thread does not leave the race's code outside the trials, where no trial fails with it and no
   * other thread can take its place.
   */
  #failAt({ threadId, thread, place, mostMs }: Stay): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    const what = `race ${this.#s.plan.race}: ${PLACE_WORDS[place]} does not end on CPU ${thread} in ${mostMs / 1000} s`;
    workerStack(threadId)
      .then((frames) => this.#fail(hangOf(what, frames)))
      .catch((error: unknown) => this.#fail(error));
  }

  /** Ends a thread that is condemned, and has another one continue in its place, unless it has come back by the time its stack is read. */
  async #replace(finding: Departure): Promise<void> {
    const isFirst = this.#stack === null;
    this.#stack ??= [];
    const stack = isFirst ? await workerStack(finding.threadId) : [];
    const ends = carryOut(finding);
    if (isFirst) this.#stack = ends ? stack : null;
    if (ends) await this.#s.crew.replace(finding.machine, finding.thread);
  }
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

export function sampleOf({ trials, failures }: Totals, seconds: number): Sample {
  return { ms: Math.round(seconds * 1000), trials, failures };
}
