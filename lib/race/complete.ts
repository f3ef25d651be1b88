/*
 * The defaults of a race: what its definition leaves out. The definition has been checked field by field before
 * (raceChecks.ts). Called by defineRace().
 */

import { OFFLINE_CPUS_MAX } from '../machine/offline.js';
import { IPI_OFFLINE, isOfMachine } from '../machine/signatures.js';
import { fieldAt } from '../sharedarraybuffer-utils/index.js';
import type { RaceDefinition, UsualConfig, VariantDefinition } from './definition.js';
import type { Expectation } from './expectation.js';
import { OFFLINE_MASK, firstMask, maskAt } from './hotplug.js';
import { typedKnobs, type Knob, type KnobValues } from './knobs.js';
import { RETURNED, actorsWithCheck, returnedAt, wordsWithCheck } from './lastCheck.js';
import type { Mutants } from './mutant.js';
import { mutatedConfig } from './mutants.js';
import type { ActorRace, Variant, VerifyRow } from './race.js';
import { cpusForTasks, placedActors, type Tasks } from './tasks.js';

type Variants = Readonly<Record<string, VariantDefinition>>;
type KnobTable = Readonly<Record<string, Knob>>;

/** Returns the race with every field. */
export function completeRace<V extends Variants, K extends KnobTable, C>(
  definition: RaceDefinition<V, K, C>,
): ActorRace<C> {
  const { name, actors, failsAtLeast, free, group, recover, year } = definition;
  const variants = completeVariants(definition.variants);
  const count = Math.max(2, Object.keys(actors).length);
  const memory = definition.state === undefined ? ownMemory(definition) : memoryOf(definition, definition.state);
  return {
    kind: 'actors',
    name,
    question: definition.question ?? usualQuestion(name, variants),
    mail: definition.mail ?? '',
    commits: definition.commits ?? [],
    explain: definition.explain ?? '',
    steps: definition.steps ?? [],
    windows: definition.windows ?? [],
    signatures: {
      ...signaturesOfHotplug(definition),
      ...signaturesOfMachine(variants, definition.mutants ?? {}),
      ...(definition.signatures ?? signaturesOfVariants(variants)),
    },
    knobs: definition.knobs ?? {},
    variants,
    mutants: definition.mutants ?? {},
    merged: definition.merged ?? firstThatHolds(variants),
    rows: definition.rows ?? rowsOfVariants(variants),
    interrupts: definition.interrupts ?? [],
    lines: definition.lines ?? {},
    polls: definition.polls ?? false,
    cpus: cpusOf(definition, count),
    phases: definition.phases ?? {},
    delays: definition.delays ?? {},
    configure: configureOf(definition),
    tasks: definition.tasks ?? null,
    own: definition.own ?? null,
    role: definition.role ?? usualRole(Object.keys(actors), definition.tasks ?? null),
    ...memory,
    hotplug: hotplugOf(definition),
    ...(failsAtLeast === undefined ? {} : { failsAtLeast }),
    ...(group === undefined ? {} : { group }),
    ...(year === undefined ? {} : { year }),
    ...(free === undefined ? {} : { free }),
    ...(recover === undefined ? {} : { recover }),
  };
}

/** Returns how many CPUs the race can have: no more than have a bit in the mask of those that are offline, if it has one. */
function cpusOf<V extends Variants, K extends KnobTable, C>(
  { name, actors, tasks, cpus, hotplug }: RaceDefinition<V, K, C>,
  count: number,
): ActorRace<C>['cpus'] {
  if (tasks !== undefined && tasks !== null) return cpusForTasks(name, Object.keys(actors), tasks, cpus);
  const own = cpus ?? { min: count, default: count };
  return hotplug === undefined || hotplug === null ? own : { ...own, max: own.max ?? OFFLINE_CPUS_MAX };
}

/** What of a race depends on its memory. */
type Memory<C> = Pick<ActorRace<C>, 'actors' | 'instanceWords' | 'reset' | 'symbol' | 'report'>;

/** Returns the functions of a race that lays out its instances itself. raceChecks.ts has seen that the three functions are there. */
function ownMemory<V extends Variants, K extends KnobTable, C>(definition: RaceDefinition<V, K, C>): Memory<C> {
  const { actors, instanceWords, reset, symbol, report } = definition as Required<RaceDefinition<V, K, C>>;
  return { actors, instanceWords, reset, symbol, report: report ?? usualReport(instanceWords, symbol) };
}

/** Lays out an instance as a struct, and behind it the count of actors that have returned if somebody asks for a check. */
function memoryOf<V extends Variants, K extends KnobTable, C>(
  { actors, check, init, ...own }: RaceDefinition<V, K, C>,
  state: Readonly<Record<string, number>>,
): Memory<C> {
  const at = returnedAt(state.WORDS);
  const behind = check === undefined ? state.WORDS : wordsWithCheck(state.WORDS);
  const mask = own.hotplug === undefined || own.hotplug === null ? undefined : maskAt(behind);
  const words = mask === undefined ? behind : mask + 1;
  const symbol = (offset: number): string => {
    if (offset === mask) return OFFLINE_MASK;
    return offset === at && check !== undefined ? RETURNED : fieldAt(state, offset);
  };
  return {
    actors: check === undefined ? actors : actorsWithCheck(actors, at, check),
    instanceWords: own.instanceWords ?? (() => words),
    reset:
      own.reset ??
      ((mem, instance, config) => {
        for (let w = instance; w < instance + words; w++) mem[w] = 0;
        if (mask !== undefined && own.hotplug) mem[instance + mask] = firstMask(own.hotplug);
        init?.(mem, instance, config);
      }),
    symbol: own.symbol ?? symbol,
    report: own.report ?? usualReport(() => state.WORDS, own.symbol ?? symbol),
  };
}

/** Returns the signature that a race fails with which refuses IPIs to CPUs that are offline. */
function signaturesOfHotplug<V extends Variants, K extends KnobTable, C>({
  hotplug,
}: RaceDefinition<V, K, C>): Record<string, string> {
  return hotplug?.ipi === 'refused' ? { [IPI_OFFLINE]: 'an IPI to a CPU that is offline' } : {};
}

/** Returns the machine's signatures that variants and mutants of a race name: it need not declare those. */
function signaturesOfMachine<C>(
  variants: Readonly<Record<string, Variant>>,
  mutants: Mutants<C>,
): Record<string, string> {
  const named = { ...signaturesExpected(Object.entries(mutants)), ...signaturesOfVariants(variants) };
  return Object.fromEntries(Object.entries(named).filter(([signature]) => isOfMachine(signature)));
}

/** Returns where the mask of offline CPUs is: behind the state, or where a race with a layout of its own has it. */
function hotplugOf<V extends Variants, K extends KnobTable, C>({
  hotplug,
  state,
  check,
}: RaceDefinition<V, K, C>): ActorRace<C>['hotplug'] {
  if (hotplug === undefined || hotplug === null) return null;
  if (state === undefined) return { ...hotplug, at: hotplug.at ?? 0 };
  return { ...hotplug, at: maskAt(check === undefined ? state.WORDS : wordsWithCheck(state.WORDS)) };
}

function configureOf<V extends Variants, K extends KnobTable, C>({
  knobs: declared = {} as K,
  configure,
  mutants = {},
}: RaceDefinition<V, K, C>): ActorRace<C>['configure'] {
  const usual = (variant: string, knobs: KnobValues<K>): C =>
    Object.freeze({ variant, ...knobs } satisfies UsualConfig<V, K>) as C;
  const named: Mutants<C> = mutants;
  const own = configure ?? usual;
  return (variant, knobs) => {
    const typed = typedKnobs(declared, knobs);
    if (!Object.hasOwn(named, variant)) return own(variant, typed);
    return mutatedConfig(own(named[variant].of, typed), named[variant]);
  };
}

function completeVariants(variants: Variants): Record<string, Variant> {
  return Object.fromEntries(
    Object.entries(variants).map(([name, { about, source, needs, expects, ...expectation }]) => [
      name,
      {
        about: about ?? name,
        source: source ?? '',
        ...(needs === undefined ? {} : { needs }),
        expects: expects ?? [expectation],
      },
    ]),
  );
}

function usualQuestion(name: string, variants: Readonly<Record<string, Variant>>): string {
  const [signature] = Object.keys(signaturesOfVariants(variants));
  return signature === undefined ? `Does ${name} hold?` : `Can ${signature} happen?`;
}

function signaturesOfVariants(variants: Readonly<Record<string, Variant>>): Record<string, string> {
  return signaturesExpected(
    Object.entries(variants).flatMap(([name, { expects }]) => expects.map((one) => [name, one] as const)),
  );
}

/** Returns the signatures that are expected, each with the name of what fails with it first. */
function signaturesExpected(
  expected: readonly (readonly [string, { readonly fails?: string; readonly alsoFails?: readonly string[] }])[],
): Record<string, string> {
  const signatures: Record<string, string> = {};
  for (const [name, { fails, alsoFails = [] }] of expected) {
    for (const signature of fails === undefined ? alsoFails : [fails, ...alsoFails])
      signatures[signature] ??= `expected of ${name}`;
  }
  return signatures;
}

function firstThatHolds(variants: Readonly<Record<string, Variant>>): string {
  const holds = ({ expects }: Variant): boolean => expects.every(({ fails }: Expectation) => fails === undefined);
  const names = Object.keys(variants);
  return names.find((name) => holds(variants[name])) ?? names[0];
}

function rowsOfVariants(variants: Readonly<Record<string, Variant>>): VerifyRow[] {
  return Object.keys(variants).map((variant) => ({ name: variant, variant }));
}

/** Returns the usual role: CPU i runs actor i modulo their number; of tasks, each actor is one. */
function usualRole(
  actors: readonly string[],
  tasks: Tasks | null,
): (cpu: number, cpus: number) => { readonly actor: string; readonly comm: string } {
  return (cpu, cpus) => {
    const actor = tasks === null ? actors[cpu % actors.length] : placedActors(actors, tasks, cpus)[cpu];
    return { actor, comm: `${actor}/${cpu}` };
  };
}

/** Reports the message, and the words of the instance that are not 0. */
function usualReport<C>(
  words: (config: C) => number,
  symbol: (offset: number, config: C) => string,
): ActorRace<C>['report'] {
  return (snapshot, config) => {
    const offsets = Array.from({ length: words(config) }, (_, offset) => offset);
    const value = (offset: number): number => snapshot.word(snapshot.instance + offset);
    const values = offsets.filter((o) => value(o) !== 0).map((o) => `  ${symbol(o, config)} is ${value(o)}`);
    return [snapshot.message, ...values];
  };
}
