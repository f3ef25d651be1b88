/**
 * Mutants: fixes of a race with one fault each, and what must come of it. They show what a verification is worth. Declared by races,
 * checked by defineRace(), run by `verify --mutants`.
 */

import type { MemoryModel } from '../machine/memoryModel.js';
import type { Knobs } from './expectation.js';

/** A variant of which one thing is otherwise. C: what configure() returns. */
export interface Mutant<C = unknown> {
  /** The variant that is mutated. */
  readonly of: string;
  /** Knob values under which it shows, beside those that the variant needs. */
  readonly knobs?: Knobs;
  /** The race's default number, if absent. */
  readonly cpus?: number;
  /** As `verify` is asked for, if absent. */
  readonly memory?: MemoryModel;
  /** Fields of what configure() returns, with other values. */
  readonly change: Partial<C>;
  /** One sentence: what is wrong. */
  readonly about: string;
  /** The signature that it must fail with; absent if it survives. */
  readonly fails?: string;
  /** What else it may fail with. */
  readonly alsoFails?: readonly string[];
  /** Why nothing can fail although something is wrong. */
  readonly survives?: string;
}

/** Mutants by name. */
export type Mutants<C = unknown> = Readonly<Record<string, Mutant<C>>>;
