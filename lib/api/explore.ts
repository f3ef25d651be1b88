/** explore() for programs: what the command does, without a terminal. Imported by lib/index.ts when it is called. */

import { CPUS_MAX } from '../harness/plan.js';
import { usualSync } from '../harness/makePlan.js';
import type { ExploreDocument } from '../report/explore/document.js';
import { exploreVariant } from '../run/explore.js';
import { EXPLORE_LIMITS } from '../run/exploreRequest.js';
import { knobsUnder } from '../run/request.js';
import { cpusFault } from '../run/shape.js';
import { UsageError } from '../run/usageError.js';
import {
  checkedMemory,
  howLoaded,
  knobsOf,
  refuseUnknown,
  requireUnaborted,
  variantOf,
  wholeNumber,
} from './checked.js';
import { loadGiven } from './given.js';
import type { ExploreOptions, RaceGiven } from './options.js';

const OPTIONS = [
  'variant',
  'knobs',
  'cpus',
  'memory',
  'states',
  'accesses',
  'interrupts',
  'memoryLimit',
  'evidence',
  'instrument',
  'signal',
  'onProgress',
];

/** Explores one variant. Throws UsageError for wrong options, and ExploreRefusal for what a search would not see. */
export async function explore(given: RaceGiven, options: ExploreOptions): Promise<ExploreDocument> {
  refuseUnknown('explore', options, OPTIONS);
  requireUnaborted(options);
  const { instrument } = howLoaded(options);
  const named = await loadGiven(given, { instrument });
  const { race } = named;
  const { signal = new AbortController().signal, onProgress } = options;
  const variant = variantOf(race, options.variant);
  const cpus = wholeNumber('cpus', options.cpus ?? race.cpus.default, { min: 1, max: CPUS_MAX });
  const wrong = cpusFault(race, cpus);
  if (wrong !== null) throw new UsageError(`cpus ${cpus}: ${wrong}`);
  const limit = (name: 'states' | 'accesses' | 'memoryLimit', usual: number): number =>
    options[name] === undefined ? usual : wholeNumber(name, options[name], { min: 1, max: Number.MAX_SAFE_INTEGER });
  const limits = {
    states: limit('states', EXPLORE_LIMITS.states),
    accesses: limit('accesses', EXPLORE_LIMITS.accesses),
    interrupts:
      options.interrupts === undefined
        ? EXPLORE_LIMITS.interrupts
        : wholeNumber('interrupts', options.interrupts, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    bytes: limit('memoryLimit', EXPLORE_LIMITS.bytes / 1e6) * 1e6,
  };
  const knobs = knobsUnder(race, variant, usualSync(race), knobsOf(race, options.knobs));
  const memory = checkedMemory(options, race);
  return exploreVariant(
    named,
    { variant, knobs, cpus, memory, limits, evidence: options.evidence ?? null, instrument },
    {
      signal,
      onProgress: ({ found: { states, frontier } }, seconds) => onProgress?.({ states, frontier, seconds }),
    },
  );
}
