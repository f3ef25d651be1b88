/**
 * Says what a machine calls a state in which CPUs wait for ever. Called by search.ts for states without a transition, and by cycleName.ts.
 *
 * The state is shown as the memory of a machine, and each CPU that waits in it looks as it does in a run (lib/machine/cycle.ts): for a
 * cycle, then for an owner that has exited, then for a word that nobody will store. What waits and is none of these is a livelock.
 */

import { provenSignature } from '../../machine/cycle.js';
import { lockOwner } from '../../machine/lockWord.js';
import { DEADLOCK, LIVELOCK } from '../../machine/signatures.js';
import { DOES } from '../../machine/standing.js';
import type { Model } from '../states/model.js';
import { STEP, WAITS_FOR, type ActorPlace } from '../trees/step.js';
import { type ReadLoopPlaces, type StuckMachine } from '../states/stuckMachine.js';
import type { Transitions } from '../states/transitions.js';

/** Returns the signatures by which the CPUs that wait in the state at hand may fail the trial, each with an actor that would. */
export function signaturesOfStuck(model: Model, state: Transitions): Map<string, number> {
  return signaturesOfLooping(model, state, new Map());
}

/** Returns the same of a state in which these actors read words again and again, and all others wait or have ended. */
export function signaturesOfLooping(
  model: Model,
  state: Transitions,
  looping: ReadonlyMap<number, ReadLoopPlaces>,
): Map<string, number> {
  const machine = model.stuckMachine;
  const places = model.actors.map((_, c) => state.placeOf(c));
  const wordAt = (place: ActorPlace): number => state.word(model.slotAt(place));
  for (const [c, place] of places.entries()) {
    const loop = looping.get(c);
    if (loop !== undefined) machine.showLoop(loop, wordAt(loop[0]));
    else machine.show(place, place.waits === WAITS_FOR.NOTHING ? 0 : wordAt(place));
  }
  const found = new Map<string, number>();
  for (const [c, { step, waits, cpu }] of places.entries()) {
    if (step >= STEP.END) continue;
    const isOwn = waits === WAITS_FOR.LOCK && lockOwner(wordAt(places[c])) === cpu;
    const signature = isOwn ? DEADLOCK : signatureOf(machine, cpu);
    // One on a cycle is sure to find it: of a lock that its CPU holds itself nobody else does.
    if (signature !== null && (!found.has(signature) || isOwn || isOnPath(machine, cpu))) found.set(signature, c);
  }
  return found;
}

/** Returns what a CPU would fail as; null if it does not wait for ever. */
function signatureOf(machine: StuckMachine, cpu: number): string | null {
  const proved = provenSignature(machine, cpu);
  if (proved !== null) return proved;
  return machine.standing.does[cpu] === DOES.WAIT ? LIVELOCK : null;
}

/** Whether a CPU is on the cycle that was found last. */
function isOnPath({ path }: StuckMachine, cpu: number): boolean {
  return path.start >= 0 && path.indexOf(cpu) >= path.start;
}
