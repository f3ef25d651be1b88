/** Figure of part `explore` of the bench: how good the estimate of the number of states is. Called by explore.ts. */

import { learning } from '../explore/trees/learned.js';
import { Model } from '../explore/states/model.js';
import { ExploreRefusal } from '../explore/trees/refusal.js';
import { Search } from '../explore/search.js';
import { builtInRaces, loadRace, raceUrl } from '../harness/host/loadRace.js';
import type { ActorRace } from '../race/race.js';
import { knobsFor } from '../race/knobs.js';
import { figure, type Figure } from './figure.js';

const LIMITS = { states: 200_000, bytes: 1e9, accesses: 300, interrupts: 1 };
/** Of a row with so few states nobody waits for the estimate. */
const STATES_MIN = 500;
/** The part of all states that are met when the estimate is made, and how far it may be wrong. */
const MET = 0.2;
const FACTOR = 2;

/** Measures the share of rows whose number of states is estimated well when a fifth of them have been met. */
export async function measureEstimates(): Promise<Figure> {
  const ratios: number[] = [];
  for (const name of builtInRaces()) {
    const { race } = await loadRace(raceUrl(name)!);
    if (race.kind === 'actors') ratios.push(...ratiosOf(race));
  }
  return estimateFigure(ratios);
}

/** Returns the figure, given by what factor each estimate was wrong. */
export function estimateFigure(ratios: readonly number[]): Figure {
  const good = ratios.filter((ratio) => ratio >= 1 / FACTOR && ratio <= FACTOR);
  return figure('explore.estimates_within_2', '%', [(100 * good.length) / Math.max(ratios.length, 1)], '>= 90');
}

function ratiosOf(race: ActorRace): number[] {
  return race.rows.flatMap(({ variant, knobs = {}, cpus = race.cpus.default, memory = 'sc' }) => {
    const all = knobsFor(race, variant, knobs);
    try {
      return learning((learned) => ratioOf(new Model({ race, variant, knobs: all, cpus, memory }, LIMITS, learned)));
    } catch (error) {
      if (error instanceof ExploreRefusal) return [];
      throw error;
    }
  });
}

/** Returns the estimate over the truth; nothing where one of them is not known. */
function ratioOf(model: Model): number[] {
  const search = new Search(model, LIMITS);
  while (!search.isComplete && !search.isFull) search.advance(10_000);
  const { states } = search.found;
  const estimated = search.isComplete && states >= STATES_MIN ? search.estimateFrom(MET * states) : null;
  return estimated === null ? [] : [estimated / states];
}
