/**
 * What a race declares of its variants under their knobs: how they fail, or that they hold, and what would show if they
 * did not. Read on the host by lib/run, the commands and reports.
 */

import type { MemoryModel } from '../machine/memoryModel.js';

/** The knobs of a run: every knob of the race with one of its values. */
export type Knobs = Readonly<Record<string, string>>;

/** What a variant is expected to do when the knobs in `when` have these values; without `when`, always. */
export interface Expectation {
  readonly when?: Knobs;
  /** Only where the machine orders memory so: with any model if absent. */
  readonly memory?: MemoryModel;
  /** The signature it fails with; absent if it holds. */
  readonly fails?: string;
  /** What else it may fail with. Any other signature is VIOLATED, whether the race declares it or not. */
  readonly alsoFails?: readonly string[];
  /** Why `fails` may be fewer than half of the failures, in a few words. Without it that is VIOLATED. */
  readonly minority?: string;
  /**
   * Where it holds, its buggy twin, whose rate shows what no failure is worth: another variant, other knobs, or both. Without it,
   * or where that one is expected to hold, the first variant under the same knobs.
   */
  readonly twin?: { readonly variant?: string; readonly knobs?: Knobs };
}

/** What of a race decides what is expected. */
export interface Declared {
  /** The first variant is the buggy form. */
  readonly variants: Readonly<Record<string, { readonly expects: readonly Expectation[] }>>;
  readonly signatures: Readonly<Record<string, string>>;
}

/** A variant, all its knobs, and the memory model of the machine: `sc` if absent. */
export interface Form {
  readonly variant: string;
  readonly knobs: Knobs;
  readonly memory?: MemoryModel;
}

/** Returns what the variant declares for these knobs and this memory model. */
function expectationFor(race: Declared, { variant, knobs, memory = 'sc' }: Form): Expectation {
  const match = race.variants[variant].expects.find(
    ({ when = {}, memory: only = memory }) => only === memory && Object.entries(when).every(([k, v]) => knobs[k] === v),
  );
  return match ?? {};
}

/**
 * Returns what the variant is expected to do under these knobs: how it fails (null: it holds), how else it may fail,
 * and why that may be more often.
 */
export function expectedOf(race: Declared, variant: string, knobs: Knobs, memory?: MemoryModel) {
  const { fails = null, alsoFails = [], minority = null } = expectationFor(race, formOf(variant, knobs, memory));
  return { fails, alsoFails, minority };
}

/** Returns the signature that the variant is expected to fail with under these knobs, or null if it holds. */
export function expectedOutcome(race: Declared, variant: string, knobs: Knobs, memory?: MemoryModel): string | null {
  return expectationFor(race, formOf(variant, knobs, memory)).fails ?? null;
}

function formOf(variant: string, knobs: Knobs, memory: MemoryModel = 'sc'): Form {
  return { variant, knobs, memory };
}

/** Returns what fails if the fix is undone: the buggy twin of a variant that should hold under these knobs. Null if nothing is to fail. */
export function twinOf(race: Declared, { variant, knobs, memory = 'sc' }: Form): Form | null {
  const [first] = Object.keys(race.variants);
  const { twin } = expectationFor(race, { variant, knobs, memory });
  const declared = { variant: twin?.variant ?? first, knobs: { ...knobs, ...twin?.knobs } };
  const fails = (form: Form): boolean => expectedOutcome(race, form.variant, form.knobs, memory) !== null;
  return [declared, { variant: first, knobs }].find(fails) ?? null;
}

/** Refuses an expectation that contradicts itself, or names what the race does not have. */
export function checkExpectation(
  race: Declared,
  where: string,
  { fails, alsoFails = [], minority, twin }: Expectation,
  wrong: (what: string) => never,
): void {
  for (const signature of fails === undefined ? alsoFails : [fails, ...alsoFails]) {
    if (!Object.hasOwn(race.signatures, signature)) wrong(`${where} fails as ${signature}, which is no signature`);
  }
  if (fails === undefined && (alsoFails.length > 0 || minority !== undefined))
    wrong(`${where}: alsoFails and minority go with fails: what holds fails in no way`);
  if (fails !== undefined && alsoFails.includes(fails)) wrong(`${where}: ${fails} is in fails and in alsoFails`);
  if (fails !== undefined && twin !== undefined)
    wrong(`${where}: a twin goes with what holds, and this fails as ${fails}`);
  if (twin?.variant !== undefined && !Object.hasOwn(race.variants, twin.variant))
    wrong(`${where}: its twin ${twin.variant} is no variant`);
}
