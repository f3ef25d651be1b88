/**
 * Changes settings of a machine between two of its rounds. The host asks for them (lib/tune/rig.ts); CPU 0 and then
 * every CPU take them over (cpu/rounds.ts).
 */

import type { Cpu } from '../machine/cpu.js';
import { MACHINE } from '../machine/layout.js';
import type { ActorRace } from '../race/race.js';
import type { Settings, SpinRange } from '../race/settings.js';
import { LIVE, SETTING } from './liveLayout.js';
import type { HostMachine } from './host/machine.js';
import { SYNC_MODES, waitingOf, type Plan } from './plan.js';
import type { TrialWork } from './cpu/trial.js';

/** What of a plan can change while it runs. */
export type LiveSettings = Omit<Settings, 'cpus' | 'machines'>;

/** How the CPUs of a machine run the next round. */
export interface RoundSettings {
  sync: Plan['sync'];
  /** Trials in a round; no more than the machine has instances. */
  round: number;
}

/** Longest sleep of a machine that is held: then it looks whether the run has ended. */
const HELD_MS = 20;

/** Has the machine run by these settings from its next round on. Call `settingsApplied` before it is asked again. */
export function askSettings(race: ActorRace, plan: Plan, machine: HostMachine, settings: LiveSettings): void {
  const { mem, map } = machine;
  const at = map.settings + LIVE.wanted;
  mem[at + SETTING.sync] = SYNC_MODES.indexOf(settings.sync);
  mem[at + SETTING.round] = settings.round;
  mem[at + SETTING.spinMin] = settings.spin.min;
  mem[at + SETTING.spinMax] = settings.spin.max;
  race.windows.forEach((name, w) => putRange(mem, at + SETTING.windows + 2 * w, settings.windows[name]));
  const config = race.configure(plan.variant, plan.knobs);
  for (let cpu = 0; cpu < plan.places; cpu++) {
    putRange(mem, at + SETTING.phases + 2 * cpu, settings.phases[race.role(cpu, plan.cpus, config).actor]);
  }
  Atomics.store(mem, map.settings + LIVE.held, 0);
  Atomics.add(mem, map.settings + LIVE.asked, 1);
  Atomics.notify(mem, map.settings + LIVE.held);
}

/** Whether the machine runs by the settings that were asked for last. */
export function settingsApplied({ mem, map }: HostMachine): boolean {
  return Atomics.load(mem, map.settings + LIVE.applied) === Atomics.load(mem, map.settings + LIVE.asked);
}

/** Has the machine stand still after its round, until it is asked to run by settings. */
export function hold({ mem, map }: HostMachine): void {
  Atomics.store(mem, map.settings + LIVE.held, 1);
}

function putRange(mem: Int32Array, at: number, range = { min: 0, max: 0 }): void {
  mem[at] = range.min;
  mem[at + 1] = range.max;
}

/** Waits while the machine is held, and takes over what is asked for; returns whether anything was. Called on CPU 0, between two rounds. */
export function takeOver({ mem, map }: Cpu): boolean {
  const live = map.settings;
  while (Atomics.load(mem, live + LIVE.held) !== 0 && Atomics.load(mem, map.machine + MACHINE.stop) === 0) {
    // To the host this is the end of the run: nothing is expected to move.
    mem[map.machine + MACHINE.roundTrials] = 0;
    Atomics.wait(mem, live + LIVE.held, 1, HELD_MS);
  }
  const asked = Atomics.load(mem, live + LIVE.asked);
  if (asked === Atomics.load(mem, live + LIVE.applied)) return false;
  mem.copyWithin(live + LIVE.current, live + LIVE.wanted, live + LIVE.wanted + SETTING.WORDS);
  Atomics.store(mem, live + LIVE.applied, asked);
  return true;
}

/** Makes one CPU use the settings that CPU 0 has taken over: how it runs its rounds, and how it waits. */
export function takeUp(plan: Plan, cpu: Cpu, round: RoundSettings): void {
  const { mem, map } = cpu;
  const at = map.settings + LIVE.current;
  round.sync = SYNC_MODES[mem[at + SETTING.sync]];
  round.round = mem[at + SETTING.round];
  cpu.waiter.useBudget({
    min: mem[at + SETTING.spinMin],
    max: mem[at + SETTING.spinMax],
    parkMsMax: waitingOf(plan).parkMsMax,
  });
}

/** Makes the trials of one CPU use the delays that CPU 0 has taken over. */
export function takeUpDelays(work: TrialWork): void {
  const { mem, map, home } = work.cpu;
  const at = map.settings + LIVE.current;
  work.phase = rangeAt(mem, at + SETTING.phases + 2 * home);
  work.windows = work.windows.map((_, w) => rangeAt(mem, at + SETTING.windows + 2 * w));
}

function rangeAt(mem: Int32Array, at: number): SpinRange {
  return { min: mem[at], max: mem[at + 1] };
}

/** Returns the number of the settings that CPU 0 has taken over last; 0 for the plan's own. */
export function appliedSettings({ mem, map }: Cpu): number {
  return Atomics.load(mem, map.settings + LIVE.applied);
}
