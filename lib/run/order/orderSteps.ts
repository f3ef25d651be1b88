/** Makes the steps of an order for a document. Called by explore.ts and classes.ts. */

import type { Witness } from '../../explore/explore.js';
import type { Model } from '../../explore/states/model.js';
import { TRANSITION } from '../../explore/states/transitions.js';
import { textOfStep } from '../../explore/words.js';
import { functionName } from '../../machine/callStack.js';
import type { ActorRace } from '../../race/race.js';
import type { OrderStep } from '../../report/explore/document.js';

export function stepsOf(race: ActorRace, { steps }: Witness, model: Model): OrderStep[] {
  return steps.map(({ does, place, value }) => ({
    cpu: place.cpu,
    does: does === TRANSITION.STEP ? 'step' : does === TRANSITION.DRAINS ? 'drains' : 'takes a call',
    label: place.label === 0 ? '' : race.steps[place.label - 1],
    fn: place.fn === 0 ? '' : functionName(place.fn),
    text: textOfStep(model, place, value),
  }));
}
