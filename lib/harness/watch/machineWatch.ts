/** Watches one machine for hangs. Used on the host by watchdog.ts. */

import { LINE_WORDS } from '../../sharedarraybuffer-utils/index.js';
import { blockOf } from '../../machine/cpu.js';
import { CPU, MACHINE, PROGRESS } from '../../machine/layout.js';
import { trialTag, outcomeTag } from '../../machine/outcome.js';
import { Accuser } from './accuser.js';
import { awaitedThreads, threadsNotBegun } from './awaited.js';
import { Departures, type Departure } from './departures.js';
import type { HostMachine } from '../host/machine.js';
import type { Plan } from '../plan.js';
import { Suspects, type Suspect } from './suspects.js';
import { HOST_ACCOUNTS, TrialClock, type ThreadAccounts } from './trialClock.js';

/** An upper bound of what one iteration of a delay takes. */
const SPIN_MS_MAX = 2e-6;
/** A CPU starves if it has waited for one and the same thing for this share of the limit. */
const STARVING_SHARE = 1 / 4;
/** A thread does not respond if it has not answered for this share of the limit. */
const DEAF_SHARE = 1 / 4;
/** With no more than this share of the processor nobody runs: those that wait in vain wake up now and then. */
const IDLE_SHARE = 1 / 4;
/** How many limits of the trial's own time a thread is waited for that has not begun it. */
const LATE_LIMITS = 8;
/** No trial is said to hang earlier than that, where the limit does not say it. */
export const SEEMS_HUNG_MS = 500;

/**
 * The watch over one machine. It starts when no trial has ended between two ticks, and goes by the trial's own clock from then on
 * (trialClock.ts): a CPU that got no processor is not hung, whatever the host's clock says, and one that sleeps is.
 *
 *     half the limit   every CPU in the code of the race is asked whether it still obeys
 *     the limit        those that have not answered are ended; otherwise one that waits starves, or all move and make no progress
 */
export class MachineWatch {
  /** As in WatchFigures. */
  stalls = 0;
  stallMs = 0;
  readonly #machine: HostMachine;
  readonly #plan: Plan;
  readonly #limitMs: number;
  readonly #tickMs: number;
  readonly #clock: TrialClock;
  readonly #suspects: Suspects;
  readonly #accuser: Accuser;
  readonly #departures: Departures;
  /** Number of the newest meeting and trial of each CPU, as one number. */
  #fingerprint = NaN;
  #ticks = 0;
  /** The longest standstill that has ended. */
  #longestMs = 0;
  /** Milliseconds of this standstill that are counted as a stall of the host; null while it is none. */
  #stalledMs: number | null = null;

  /** `limitMs`: as WATCHDOG_MS; Infinity for a watch that only looks. `accounts`: what the host says of its threads. */
  constructor(
    machine: HostMachine,
    plan: Plan,
    limitMs: number,
    tickMs: number,
    accounts: ThreadAccounts = HOST_ACCOUNTS,
  ) {
    this.#machine = machine;
    this.#plan = plan;
    this.#limitMs = limitMs + delaysMs(plan);
    this.#tickMs = tickMs;
    this.#clock = new TrialClock(accounts);
    this.#suspects = new Suspects(machine, this.#clock);
    this.#accuser = new Accuser(machine, (cpu) => this.#tagOf(cpu));
    this.#departures = new Departures(machine);
  }

  /** Whether the host gives the trial no processor. */
  get isStalled(): boolean {
    return this.#stalledMs !== null;
  }

  /** Returns for how long the trial has not ended, by its own clock. */
  get trialMs(): number {
    return this.#clock.trialMs;
  }

  /** Returns the same by the ticks of the host. */
  get stoodMs(): number {
    return this.#ticks * this.#tickMs;
  }

  /** Whether the trial that has not ended would count as hung if it were aborted: none took nearly as long. */
  get seemsHung(): boolean {
    const mostMs = Math.min(this.#limitMs, Math.max(SEEMS_HUNG_MS, 2 * this.#longestMs));
    return this.#departures.any || this.#clock.trialMs >= mostMs;
  }

  /** Call once a tick. Returns the threads that do not respond. */
  tick(): readonly Departure[] {
    const now = this.#progress();
    if (now !== this.#fingerprint || !this.#machine.hasBegun() || this.#machine.isEnding()) {
      this.#fingerprint = now;
      this.#begin();
      return [];
    }
    this.#ticks++;
    if (this.#departures.any) {
      this.#departures.look();
      if (!this.#departures.any) this.#begin();
      return [];
    }
    this.#clock.tick(awaitedThreads(this.#machine), this.#tickMs);
    this.#noteStall();
    this.#suspects.look();
    return this.#suspects.all.length === 0 || this.#limitMs === Infinity ? [] : this.#judge();
  }

  /** Begins to watch anew: trials end again. */
  #begin(): void {
    this.#longestMs = Math.max(this.#longestMs, this.#clock.trialMs);
    this.#ticks = 0;
    this.#stalledMs = null;
    this.#clock.reset();
    this.#suspects.forget();
    this.#accuser.forget();
  }

  #progress(): number {
    const { mem, map } = this.#machine;
    let all = 0;
    for (let c = 0; c < map.shape.cpus; c++) {
      all = (Math.imul(all, 33) + mem[map.progress + c * LINE_WORDS + PROGRESS.meeting]) | 0;
      all = (Math.imul(all, 33) + mem[blockOf(map, c) + CPU.trial]) | 0;
    }
    return all;
  }

  #judge(): readonly Departure[] {
    const { trialMs } = this.#clock;
    const failed = this.#hasFailed();
    if (!failed && this.#accuser.findFromOutside(this.#suspects.all)) return [];
    if (trialMs < this.#limitMs / 2) return [];
    this.#suspects.probe();
    if (trialMs < this.#limitMs) return [];
    const deaf = this.#suspects.deafFor(this.#limitMs * DEAF_SHARE);
    if (deaf.length > 0) return this.#departures.condemn(deaf, (suspect) => this.#suspects.isAsleep(suspect));
    // One that has not answered may have ended its plain code meanwhile, or never will: each is a hang of its own kind.
    if (!failed && this.#suspects.haveAnswered()) this.#blame(trialMs);
    return [];
  }

  /**
   * Accuses a CPU where there is no cycle, no orphan and no deaf thread: a CPU starves, or all move and make no
   * progress. A CPU that has had no CPU time to begin the trial may still wait in it: which of the two it is shows only
   * then.
   */
  #blame(trialMs: number): void {
    const isLate = (thread: number): boolean => this.#clock.servedMs(thread) < this.#limitMs * STARVING_SHARE;
    if (trialMs < LATE_LIMITS * this.#limitMs && threadsNotBegun(this.#machine).some(isLate)) return;
    const busiest = this.#suspects.busiest();
    const ranMs = this.#clock.ranMs(busiest.thread);
    const [longest] = this.#suspects.waiting();
    if (longest === undefined) this.#accuser.livelock(busiest, ranMs);
    else if (longest.ms >= this.#limitMs * STARVING_SHARE)
      this.#accuser.starvation(longest.suspect, trialMs, ranMs < IDLE_SHARE * trialMs);
    // A wait that has just begun shows soon whether it ends. If others begin all the time, nobody starves.
    else if (isOneOfMany(longest) || trialMs - longest.suspect.seenMs >= 2 * this.#limitMs)
      this.#accuser.livelock(busiest, ranMs);
  }

  /** Counts a stall: the trial stands still for longer than it may, most of the time without the CPU time that it wants. */
  #noteStall(): void {
    const { stoodMs } = this;
    const withoutMs = Math.round(stoodMs - this.#clock.trialMs);
    if (this.#stalledMs === null) {
      if (stoodMs < this.#limitMs || withoutMs < stoodMs / 2) return;
      this.#stalledMs = 0;
      this.stalls++;
    }
    this.stallMs += Math.max(0, withoutMs - this.#stalledMs);
    this.#stalledMs = Math.max(withoutMs, this.#stalledMs);
  }

  /** Whether the trial that does not end has its outcome already. */
  #hasFailed(): boolean {
    const outcome = Atomics.load(this.#machine.mem, this.#machine.map.machine + MACHINE.outcome);
    return outcome !== 0 && outcomeTag(outcome) === this.#tagOf(this.#suspects.all[0].cpu);
  }

  #tagOf(cpu: number): number {
    const { mem, map } = this.#machine;
    const own = this.#plan.sync === 'rendezvous';
    return trialTag(own ? mem[blockOf(map, cpu) + CPU.trial] : mem[map.machine + MACHINE.roundFirst]);
  }
}

/** Whether a wait has just begun, and was not the first. */
function isOneOfMany({ suspect, ms }: { readonly suspect: Suspect; readonly ms: number }): boolean {
  return ms === 0 && suspect.waits > 1;
}

/** Returns what the delays that were asked for may take in one trial. */
function delaysMs({ phases, windows }: Plan): number {
  const longest = [...Object.values(phases), ...Object.values(windows)].reduce((sum, { max }) => sum + max, 0);
  return longest * SPIN_MS_MAX;
}
