/**
 * Makes a script for real threads of the shortest order of a failure. Called by witness.ts.
 *
 * A script has a step for each record that a machine makes; the order has one for each step of the search.
 */

import type { Witness } from '../../explore/explore.js';
import { TRANSITION } from '../../explore/states/transitions.js';
import { STEP, WAITS_FOR, givenBy, lineOf, type ActorPlace } from '../../explore/trees/step.js';
import type { ScriptedStep } from '../../harness/replay/recordScript.js';
import { CONDITION_IS } from '../../machine/condition.js';

/** Steps that a machine does not record, and that have no place in a script. */
const UNRECORDED: readonly number[] = [STEP.POLL, STEP.DRAW, STEP.EVERY, STEP.EXPIRED, STEP.DRAINED, STEP.AWAIT_CPU];

/** Whether a step is a look in vain with which a task begins to sleep. */
function beginsSleep(steps: Witness['steps'], last: Witness['last'], i: number): boolean {
  const { actor, place, does } = steps[i];
  if (does !== TRANSITION.STEP || place.step !== STEP.READ) return false;
  return sleeps(steps.find((step, n) => n > i && step.actor === actor)?.place ?? last[actor]);
}

/** Whether the task leaves its CPU in the sleep that begins there: the look has a turn of its own only then. */
function leavesCpu(steps: Witness['steps'], i: number, tasks: number): boolean {
  const { actor } = steps[i];
  const end = steps.find(
    ({ actor: other, does, place }, n) => n > i && other === actor && does === TRANSITION.STEP && sleeps(place),
  );
  return end !== undefined && givenBy(end.value, tasks) !== null;
}

function sleeps({ waits, how }: ActorPlace): boolean {
  return waits === WAITS_FOR.WORD && (how & CONDITION_IS.SLEEPS) !== 0;
}

/** Returns what each CPU does, one step after another. `tasks`: how many there are. */
export function scriptedSteps({ steps, last, failing }: Witness, tasks: number): ScriptedStep[] {
  const made = steps.flatMap(({ does, place, value }, i): ScriptedStep[] => {
    const given = does === TRANSITION.STEP ? givenBy(value, tasks) : null;
    if (given !== null) return [{ cpu: place.cpu, does: 'switches', to: given.thread }];
    if (beginsSleep(steps, last, i) && !leavesCpu(steps, i, tasks)) return [];
    if (does === TRANSITION.TAKES_CALL) return [{ cpu: place.cpu, does: 'takes a call' }];
    if (does === TRANSITION.TAKES_LINE) return [{ cpu: place.cpu, does: 'takes an interrupt', of: lineOf(value) }];
    if (does === TRANSITION.DRAINS) return [{ cpu: place.cpu, does: 'drains' }];
    // The thread whose CPU was taken makes its next record on the other one.
    if (UNRECORDED.includes(place.step) || (place.step === STEP.ASIDE && value !== 0)) return [];
    return [{ cpu: place.cpu, does: 'access' }];
  });
  if (last[failing].step === STEP.FAIL) return [...made, { cpu: last[failing].cpu, does: 'access' }];
  // Each CPU that waits has looked in vain; then one proves that it waits for ever, and all give up.
  const waiting = last.filter(({ step }) => step < STEP.END);
  const looks = waiting.map(({ cpu }): ScriptedStep => ({ cpu, does: 'access' }));
  const prover = last[failing];
  const others = waiting.filter((place) => place !== prover);
  return [...made, ...looks, ...[prover, ...others].map(({ cpu }): ScriptedStep => ({ cpu, does: 'gives up' }))];
}
