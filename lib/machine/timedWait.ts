/**
 * Waits for a word until a time is up. Called on a CPU's thread by lib/js.
 *
 * Such a wait ends by itself, so nobody is proved to wait for its CPU. It leaves no record: the caller records what it finds behind it.
 */

import { CONDITION_IS, writeCondition } from './condition.js';
import type { Cpu } from './cpu.js';
import { lookAway } from './looks.js';
import { abandon, hasFailed } from './outcome.js';
import { standsButFor } from './standstill.js';
import { WAIT, beginWait, publishWait, waitKind } from './wait.js';
import { endSleep, othersOf, sleepUntilStored } from './waitOn.js';
import { noteSleeper } from './wordBell.js';

/** Looks at the word, a power of two, behind which it looks once whether anybody is left. */
const LOOKS_MASK = 64 - 1;

/**
 * Waits until `(word & mask) === value`, or `isUp()`; or until nobody is left who could go on, if `isNext()`: nothing but the time can
 * happen then.
 */
export function waitUntilUp(
  cpu: Cpu,
  address: number,
  mask: number,
  value: number,
  isUp: () => boolean,
  isNext: () => boolean,
): void {
  const { mem, waiter } = cpu;
  const publish = (): void => publishTimed(cpu, address, mask, value);
  beginWait(cpu);
  publish();
  waiter.begin();
  let looks = 0;
  while ((Atomics.load(mem, address) & mask) !== value && !isUp()) {
    if (hasFailed(cpu)) {
      endSleep(cpu);
      abandon(cpu, address);
    }
    if (mem[cpu.irr] !== 0) {
      cpu.trap(cpu);
      if (!waiter.armed) noteSleeper(cpu, false);
      if (waitKind(mem[cpu.wait]) === WAIT.RUN) publish();
    }
    if ((waiter.armed || (++looks & LOOKS_MASK) === 0) && isNext() && standsButFor(cpu)) break;
    sleepUntilStored(cpu, waiter.armed ? 1 : lookAway(cpu));
  }
  endSleep(cpu);
  publishWait(cpu, WAIT.RUN, 0);
}

/** Ends such a wait in lockstep, where a turn says so; or leaves the trial there, where it has failed meanwhile: as from any other wait. */
export function endInLockstep(cpu: Cpu, address: number, mask: number, value: number): void {
  publishTimed(cpu, address, mask, value);
  do cpu.trap(cpu);
  while (cpu.lockstep?.scripted?.() === 'proof');
  publishWait(cpu, WAIT.RUN, 0);
}

function publishTimed(cpu: Cpu, address: number, mask: number, value: number): void {
  writeCondition(cpu, CONDITION_IS.LOOP, mask, value, othersOf(cpu, 0), othersOf(cpu, 1));
  publishWait(cpu, WAIT.WORD, address);
}
