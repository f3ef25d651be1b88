/** defineRace(): checks the definition of a race, fills in what it leaves out, and guards its functions. */

import { SIGNATURES_MAX } from '../machine/layout.js';
import { OFFLINE_CPUS_MAX } from '../machine/offline.js';
import { signaturesOf } from '../machine/signatures.js';
import { completeRace } from './complete.js';
import { noteModule } from './definedIn.js';
import type { RaceDefinition, UsualConfig, VariantDefinition } from './definition.js';
import { checkExpectation, type Knobs } from './expectation.js';
import { guardedRace } from './guardedRace.js';
import type { Knob } from './knobs.js';
import { checkMutants } from './mutants.js';
import type { ActorFacts, ActorRace, RaceFacts } from './race.js';
import { checkDefinition } from './raceChecks.js';
import { refuseAsync } from './synchronous.js';

/**
 * Makes a race of its definition:
 *
 *     export default defineRace({
 *       name: 'lost-update',
 *       state: STATE,
 *       variants: { buggy: { fails: 'lost-update' }, atomic: {} },
 *       actors: { counter(cpu, at, { variant }) { ... } },
 *       check(cpu, at) { if (READ_ONCE(cpu, at + STATE.count) !== cpu.cpus) fail(cpu, 'lost-update', ...); },
 *     });
 *
 * 1. Every part is checked, for itself (raceChecks.ts) and against the others.
 * 2. What is left out gets a default (complete.ts).
 * 3. What its functions throw is kept apart from faults of the harness (guardedRace.ts).
 *
 * Throws Error, one line, naming the race, the field, what was found, and what is allowed.
 */
export function defineRace<
  const V extends Readonly<Record<string, VariantDefinition>>,
  const K extends Readonly<Record<string, Knob>> = never,
  C = UsualConfig<V, K>,
>(definition: RaceDefinition<V, K, C>): ActorRace<C> {
  checkDefinition(definition);
  const wrong = (what: string): never => {
    throw new Error(`race ${definition.name}: ${what}`);
  };
  const handlers = Object.values(definition.lines ?? {}).map(({ handler }) => handler);
  refuseAsync({ ...definition, interrupts: [...(definition.interrupts ?? []), ...handlers] }, wrong);
  const race = completeRace(definition);
  if (race.hotplug !== null) checkHotpluggedCpus(race, wrong);
  checkParts(race, wrong);
  const made = guardedRace<C, ActorRace<C>>(race);
  noteModule(made);
  return made;
}

/** Checks what the parts of a race say of each other. */
function checkParts(
  race: ActorFacts & Pick<ActorRace, 'tasks' | 'mutants' | 'configure'>,
  wrong: (what: string) => never,
): void {
  checkSignatures(Object.keys(race.signatures), wrong);
  if (!Object.hasOwn(race.variants, race.merged)) wrong(`merged names no variant: ${race.merged}`);
  for (const [name, knob] of Object.entries(race.knobs)) {
    if (!knob.values.includes(knob.default)) wrong(`knob ${name}: its default ${knob.default} is none of its values`);
  }
  for (const [name, variant] of Object.entries(race.variants)) {
    checkKnobs(race, `variant ${name}`, variant.needs ?? {}, wrong);
    for (const expectation of variant.expects) {
      for (const knobs of [expectation.when ?? {}, expectation.twin?.knobs ?? {}])
        checkKnobs(race, `variant ${name}`, knobs, wrong);
      checkExpectation(race, `variant ${name}`, expectation, wrong);
    }
    if (variant.expects.at(-1)?.when !== undefined)
      wrong(`variant ${name}: its last expectation must have no condition`);
  }
  for (const knobs of race.free === undefined ? [] : [race.free.knobs, ...race.free.allowed])
    checkKnobs(race, 'free', knobs, wrong);
  const { failsAtLeast = 0.5 } = race;
  if (!(failsAtLeast > 0 && failsAtLeast < 1)) wrong(`failsAtLeast ${failsAtLeast}: must be between 0 and 1`);
  checkRows(race, wrong);
  for (const [name, { knobs = {}, cpus, ...expectation }] of Object.entries(race.mutants)) {
    checkKnobs(race, `mutant ${name}`, knobs, wrong);
    checkCpus(race, `mutant ${name}`, cpus, wrong);
    checkExpectation(race, `mutant ${name}`, expectation, wrong);
  }
  checkMutants(race, wrong);
}

/** Checks that the signatures of a race, those of its variants and of its hotplug too, have room beside the machine's. */
function checkSignatures(declared: readonly string[], wrong: (what: string) => never): void {
  const own = signaturesOf(declared).length - declared.length;
  if (declared.length + own > SIGNATURES_MAX)
    wrong(
      `signatures has ${declared.length} names, at most ${SIGNATURES_MAX - own} are allowed beside the machine's ${own}`,
    );
}

/** Checks that each CPU of a race with hotplug has a bit in the mask. */
function checkHotpluggedCpus({ cpus }: ActorFacts, wrong: (what: string) => never): void {
  for (const [field, count = 0] of Object.entries(cpus))
    if (count > OFFLINE_CPUS_MAX)
      wrong(
        `cpus.${field} is ${count}, and must be at most ${OFFLINE_CPUS_MAX}: hotplug has a bit for each of ${OFFLINE_CPUS_MAX} CPUs`,
      );
}

function checkRows(race: ActorFacts & Pick<ActorRace, 'tasks'>, wrong: (what: string) => never): void {
  const names = new Set<string>();
  for (const { name, variant, knobs = {}, cpus = race.cpus.default, sync } of race.rows) {
    if (name.trim() === '' || names.has(name)) wrong(`row "${name}": each row needs a name of its own`);
    names.add(name);
    if (!Object.hasOwn(race.variants, variant)) wrong(`row "${name}": ${variant} is no variant`);
    checkKnobs(race, `row "${name}"`, knobs, wrong);
    checkCpus(race, `row "${name}"`, cpus, wrong);
    if (race.tasks !== null && sync !== undefined && sync !== 'rendezvous')
      wrong(
        `row "${name}": sync is ${sync}, and a race with tasks only has rendezvous: they begin and end with a trial`,
      );
    if (sync === 'free' && race.free === undefined) wrong(`row "${name}": the race cannot run without meetings`);
  }
}

function checkCpus(
  { cpus: { min, default: usual, max } }: RaceFacts,
  where: string,
  cpus = usual,
  wrong: (what: string) => never,
): void {
  if (cpus < min) wrong(`${where}: ${cpus} CPUs are fewer than the race's actors`);
  if (cpus > (max ?? cpus)) wrong(`${where}: ${cpus} CPUs are more than the race can have`);
}

function checkKnobs(race: RaceFacts, where: string, knobs: Knobs, wrong: (what: string) => never): void {
  for (const [knob, value] of Object.entries(knobs)) {
    if (!Object.hasOwn(race.knobs, knob) || !race.knobs[knob].values.includes(value))
      wrong(`${where}: ${knob}=${value} is no knob value`);
  }
}
