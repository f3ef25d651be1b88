/** Makes the steps of an order for a document. Called by explore.ts and classes.ts. */

import type { Witness } from '../../explore/explore.js';
import type { Model } from '../../explore/states/model.js';
import { TRANSITION } from '../../explore/states/transitions.js';
import { textOfStep } from '../../explore/words.js';
import { lineOf } from '../../explore/trees/step.js';
import { functionName } from '../../machine/callStack.js';
import type { ActorRace } from '../../race/race.js';
import type { OrderStep } from '../../report/explore/document.js';

const DOES: Readonly<Record<number, string>> = {
  [TRANSITION.STEP]: 'step',
  [TRANSITION.TAKES_CALL]: 'takes a call',
  [TRANSITION.TAKES_LINE]: 'takes an interrupt',
  [TRANSITION.DRAINS]: 'drains',
};

export function stepsOf(race: ActorRace, { steps }: Witness, model: Model): OrderStep[] {
  return steps.map(({ does, place, value }) => ({
    cpu: place.cpu,
    does: DOES[does],
    label: place.label === 0 ? '' : race.steps[place.label - 1],
    fn: place.fn === 0 ? '' : functionName(place.fn),
    text: does === TRANSITION.TAKES_LINE ? model.lineName(lineOf(value)) : textOfStep(model, place, value),
  }));
}
