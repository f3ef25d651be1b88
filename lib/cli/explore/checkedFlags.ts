/** Says what the flags of `explore` ask for. Called by explore.ts. */

import { usualSync } from '../../harness/makePlan.js';
import { EXPLORE_LIMITS, type ExploreRequest } from '../../run/exploreRequest.js';
import type { ChosenRace } from '../../run/namedRace.js';
import { knobsUnder } from '../../run/request.js';
import { cpusFault } from '../../run/shape.js';
import { UsageError } from '../../run/usageError.js';
import { parseKnobs } from '../run/checkedFlags.js';
import type { ExploreFlags } from './options.js';

/** Returns a request for each variant. Throws UsageError. */
export function exploreRequestsOf(chosen: ChosenRace, flags: ExploreFlags): ExploreRequest[] {
  const { race } = chosen;
  const { memory, states, memoryLimit, accesses, interrupts } = flags;
  const cpus = flags.cpus ?? race.cpus.default;
  const wrong = cpusFault(race, cpus);
  if (wrong !== null) throw new UsageError(`--cpus ${cpus}: ${wrong}`);
  const asked = parseKnobs(race, flags.knob);
  const [buggy] = Object.keys(race.variants);
  const variants = chosen.variant === undefined ? [...new Set([buggy, race.merged])] : [chosen.variant];
  const limits = {
    states: states ?? EXPLORE_LIMITS.states,
    bytes: memoryLimit === undefined ? EXPLORE_LIMITS.bytes : memoryLimit * 1e6,
    accesses: accesses ?? EXPLORE_LIMITS.accesses,
    interrupts: interrupts ?? EXPLORE_LIMITS.interrupts,
  };
  return variants.map((variant) => ({
    variant,
    knobs: knobsUnder(race, variant, usualSync(race), asked),
    cpus,
    memory,
    limits,
    instrument: flags.instrument,
    evidence: flags.evidence,
  }));
}
