/** Checks mutants, configures them, and puts them among the variants of their race. Called by defineRace(), by commands and by lib/run. */

import { checkFields, checkObject, checkText, namedParts, shown, IDENTIFIER, type Refuse } from './fieldChecks.js';
import type { Mutant, Mutants } from './mutant.js';
import type { ActorRace, Race, Variant } from './race.js';

/** What of a race its mutants are checked against. */
type Mutated = Pick<ActorRace, 'variants' | 'mutants' | 'configure' | 'cpus'>;

const FIELDS = {
  required: ['of', 'change', 'about'],
  optional: ['knobs', 'cpus', 'memory', 'fails', 'alsoFails', 'survives'],
};

/** Returns what the changed variant is configured as. Called on the host and on each CPU's thread: all must have the same. */
export function mutatedConfig<C>(config: C, { change }: Mutant<C>): C {
  return Object.freeze({ ...config, ...change });
}

/** Returns the race with its mutants among its variants, so that they can be run and explored as those. */
export function withMutants(race: Race): Race {
  if (race.kind === 'litmus') return race;
  const { variants, mutants } = race;
  const more = Object.entries(mutants).map(([name, mutant]) => [name, variantOf(variants[mutant.of], mutant)] as const);
  return { ...race, variants: { ...variants, ...Object.fromEntries(more) } };
}

/** Returns the mutants of a race of either kind. */
export function mutantsOf(race: Race): Mutants {
  return race.kind === 'litmus' ? {} : race.mutants;
}

function variantOf({ needs }: Variant, { of, knobs, about, fails, alsoFails = [] }: Mutant): Variant {
  return {
    about: `mutant of ${of}: ${about}`,
    source: '',
    needs: { ...needs, ...knobs },
    expects: [fails === undefined ? {} : { fails, alsoFails }],
  };
}

/** Checks the fields of mutants, each for itself. */
export function checkMutantFields(field: string, mutants: unknown, wrong: Refuse): void {
  for (const [where, , mutant] of namedParts(field, 'mutant', mutants, IDENTIFIER, wrong)) {
    checkFields(where, mutant, FIELDS, wrong);
    for (const text of ['of', 'about', 'fails', 'survives'])
      if (mutant[text] !== undefined) checkText(`${where}: ${text}`, mutant[text], wrong);
    checkObject(`${where}: change`, mutant.change, wrong);
    if ((mutant.fails === undefined) === (mutant.survives === undefined))
      wrong(`${where}: must have either fails, with the signature, or survives, with the reason`);
  }
}

/** Checks what the mutants of a race say of its variants. Knobs, signatures and numbers of CPUs are checked as those of rows. */
export function checkMutants(race: Mutated, wrong: (what: string) => never): void {
  for (const [name, mutant] of Object.entries(race.mutants)) {
    const { of } = mutant;
    if (Object.hasOwn(race.variants, name)) wrong(`mutant ${name}: a variant has this name`);
    if (!Object.hasOwn(race.variants, of))
      wrong(`mutant ${name}: ${of} is no variant (known: ${Object.keys(race.variants).join(', ')})`);
    checkChange(name, mutant, race.configure(of, { ...race.variants[of].needs, ...mutant.knobs }), wrong);
  }
}

/** Checks that a change is one of what configure() returns, each field of the type that it has there. */
function checkChange(name: string, { of, change }: Mutant, config: unknown, wrong: Refuse): void {
  checkObject(`mutant ${name}: what configure() returns for ${of}`, config, wrong);
  const changes = Object.entries<unknown>(change);
  for (const [field, value] of changes) {
    if (!Object.hasOwn(config, field))
      wrong(
        `mutant ${name}: configure() returns no field ${shown(field)} to change (known: ${Object.keys(config).join(', ')})`,
      );
    if (typeof value !== typeof config[field])
      wrong(`mutant ${name}: change.${field} is ${shown(value)}, and ${shown(config[field])} in ${of}`);
  }
  if (changes.every(([field, value]) => value === config[field]))
    wrong(`mutant ${name}: its change leaves everything as it is in ${of}`);
}
