/*
 * Knobs: the run-time conditions of a race. The command line, documents and expectations know their values as text;
 * configure() gets them as the type that the knob declares. Called by the files of races, defineRace() and the harness.
 */

import type { Knobs } from './expectation.js';

/** A run-time condition that decides an outcome. A knob without a kind is a choice: configure() gets its text. */
export interface Knob {
  readonly values: readonly string[];
  readonly default: string;
  /** One sentence for `explain`. */
  readonly about: string;
  /** What configure() gets: for a flag whether the value is `1`, for a number the number that the value is. */
  readonly kind?: 'choice' | 'flag' | 'number';
}

/** The type that configure() gets for a knob. */
type KnobValue<K extends Knob> = K extends { readonly kind: 'flag' }
  ? boolean
  : K extends { readonly kind: 'number' }
    ? number
    : K['values'][number];

/** What configure() gets for all knobs of a race. */
export type KnobValues<K extends Readonly<Record<string, Knob>>> = { readonly [N in keyof K]: KnobValue<K[N]> };

/** Declares a knob that is one of some words. The first is the default, if no other is named. */
export function choice<const V extends readonly [string, ...string[]]>(
  values: V,
  about: string,
  usual: NoInfer<V[number]> = values[0],
): { readonly kind: 'choice'; readonly values: V; readonly default: V[number]; readonly about: string } {
  return Object.freeze({ kind: 'choice', values, default: usual, about });
}

/** Declares a knob that is `1` or `0`: configure() gets true or false. */
export function flag(usual: boolean, about: string): Knob & { readonly kind: 'flag' } {
  return Object.freeze({ kind: 'flag', values: ['0', '1'], default: usual ? '1' : '0', about });
}

/** Declares a knob that is one of some numbers, the first by default: configure() gets the number. */
export function oneOf(
  numbers: readonly [number, ...number[]],
  about: string,
  usual: number = numbers[0],
): Knob & { readonly kind: 'number' } {
  return Object.freeze({ kind: 'number', values: numbers.map(String), default: String(usual), about });
}

/** Returns the values as configure() gets them. A knob that is not named has its default. */
export function typedKnobs<K extends Readonly<Record<string, Knob>>>(declared: K, knobs: Knobs): KnobValues<K> {
  const typed = ({ kind }: Knob, value: string): string | number | boolean => {
    if (kind === 'flag') return value === '1';
    return kind === 'number' ? Number(value) : value;
  };
  const entries = Object.entries(declared).map(([name, knob]) => {
    return [name, typed(knob, Object.hasOwn(knobs, name) ? knobs[name] : knob.default)] as const;
  });
  return Object.fromEntries(entries) as KnobValues<K>;
}

/** Returns a value as the text that a knob knows: a flag is `1` or `0`. */
export function knobText(value: string | number | boolean): string {
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

/** What of a race decides the knobs of a run. */
interface Knobbed {
  readonly knobs: Readonly<Record<string, Knob>>;
  readonly variants: Readonly<Record<string, { readonly needs?: Knobs }>>;
}

/** Returns the knobs of a run: defaults, then what the variant needs, then what the user asked for. */
export function knobsFor(race: Knobbed, variant: string, asked: Knobs): Knobs {
  const defaults = Object.fromEntries(Object.entries(race.knobs).map(([name, knob]) => [name, knob.default]));
  return { ...defaults, ...race.variants[variant].needs, ...asked };
}
