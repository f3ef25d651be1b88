/**
 * Makes a script for real threads of the shortest order of a failure. Called by witness.ts.
 *
 * A script has a step for each record that a machine makes; the order has one for each step of the search. An order that ends in
 * loops of reads ends where a machine takes each of them for a wait, and proves that the wait has no end.
 */

import type { Witness } from '../../explore/explore.js';
import type { WitnessStep } from '../../explore/states/cycleSteps.js';
import type { Boot } from '../../explore/trees/boot.js';
import { TRANSITION } from '../../explore/states/transitions.js';
import { STEP, WAITS_FOR, givenBy, isOwn, leavesWord, lineOf, type ActorPlace } from '../../explore/trees/step.js';
import type { ScriptedStep } from '../../harness/replay/recordScript.js';
import { CONDITION_IS } from '../../machine/condition.js';
import { LOOP_READS, LOOP_WORDS } from '../../machine/readLoop.js';

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

/** Returns what each CPU does, one step after another; null if the order has no end and no wait is one. */
export function scriptedSteps(witness: Witness, boot: Boot): ScriptedStep[] | null {
  const { steps, last, failing, cycle } = witness;
  const loops = cycle === 0 ? [] : loopsOf(witness);
  if (loops === null) return null;
  const made = steps.slice(0, steps.length - cycle).flatMap((_, i) => scripted(witness, i, boot));
  if (last[failing].step === STEP.FAIL) return [...made, access(last[failing])];
  // Each CPU that waits has looked in vain; then one proves that it waits for ever, and all give up.
  const waiting = last.filter(({ step }) => step < STEP.END);
  const prover = last[failing];
  const others = waiting.filter((place) => place !== prover);
  const ends = [prover, ...others].map(({ cpu }): ScriptedStep => ({ cpu, does: 'gives up' }));
  return [...made, ...loops, ...waiting.map(access), ...ends];
}

/** Returns what a CPU does in the i-th step of an order: nothing that a machine records, or one thing; an operation of code of its own may be several. */
function scripted({ steps, last }: Witness, i: number, { places: tasks, own }: Boot): ScriptedStep[] {
  const { does, place, value } = steps[i];
  const given = does === TRANSITION.STEP ? givenBy(value, tasks) : null;
  if (given !== null) return [{ cpu: place.cpu, does: 'switches', to: given.thread }];
  if (beginsSleep(steps, last, i) && !leavesCpu(steps, i, tasks)) return [];
  if (does === TRANSITION.TAKES_CALL) return [{ cpu: place.cpu, does: 'takes a call' }];
  if (does === TRANSITION.TAKES_LINE) return [{ cpu: place.cpu, does: 'takes an interrupt', of: lineOf(value) }];
  if (does === TRANSITION.DRAINS) return [{ cpu: place.cpu, does: 'drains' }];
  // The thread whose CPU was taken makes its next record on the other one.
  if (UNRECORDED.includes(place.step) || (place.step === STEP.ASIDE && value !== 0)) return [];
  const records = isOwn(place.step) ? (own?.operation(place.a).records(value) ?? 1) : 1;
  return Array.from({ length: records }, () => access(place));
}

function access({ cpu }: ActorPlace): ScriptedStep {
  return { cpu, does: 'access' };
}

/**
 * Returns the accesses of the CPUs that go round in loops of reads, until the machine takes each for a wait; null if one of them
 * does something else there.
 */
function loopsOf({ steps, cycle }: Witness): ScriptedStep[] | null {
  const path = steps.slice(0, steps.length - cycle);
  const again = steps.slice(-cycle);
  const made: ScriptedStep[] = [];
  for (const actor of new Set(again.map((step) => step.actor))) {
    const loop = again.filter((step) => step.actor === actor);
    if (loop.length > LOOP_WORDS || !loop.every(isReadOfLoop)) return null;
    const done = readsBefore(
      path.filter((step) => step.actor === actor),
      loop,
    );
    for (let i = done; i < LOOP_READS; i++) made.push(access(loop[0].place));
  }
  return made;
}

function isReadOfLoop({ does, place, value }: WitnessStep): boolean {
  return does === TRANSITION.STEP && place.step <= STEP.TRY_LOCK && leavesWord(place, value);
}

/** Returns how many of the last steps of an actor are of the loop that it goes round next. */
function readsBefore(steps: readonly WitnessStep[], loop: readonly WitnessStep[]): number {
  const isOfLoop = ({ does, place, value }: WitnessStep, i: number): boolean => {
    const read = loop[loop.length - 1 - (i % loop.length)];
    const isAlike = read.place.step === place.step && read.place.address === place.address;
    return does === TRANSITION.STEP && isAlike && read.value === value;
  };
  const other = steps.toReversed().findIndex((step, i) => !isOfLoop(step, i));
  return other < 0 ? steps.length : other;
}
