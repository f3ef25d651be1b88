/** What a command is: its operands, its table of options, and what its help says. Called by the files of tables and the parser. */

import { flagOf } from '../../run/flagName.js';
import type { Option, OptionTable } from './option.js';

/** A word behind the command, as it stands in the usage: `<race>` is required, `[file...]` may be left out. */
export interface Operand {
  readonly name: string;
  readonly help: string;
}

export interface CommandSpec<O extends OptionTable = OptionTable> {
  /** `run`; `soak status` for a command of another one. */
  readonly name: string;
  /** Begins with a verb. */
  readonly about: string;
  readonly operands: readonly Operand[];
  readonly options: O;
  /** Names that it had before: they work, and no help shows them. */
  readonly formerly?: readonly string[];
  /** Lines behind the options. */
  readonly notes?: readonly string[];
}

/** What a command gets: the values of its options. */
export type Flags<S extends CommandSpec> = {
  readonly [K in keyof S['options']]: S['options'][K] extends Option<infer T> ? T : never;
};

/** Returns what a command gets if no option is typed. */
export function defaultsOf<S extends CommandSpec>(spec: S): Flags<S> {
  return Object.fromEntries(
    Object.entries(spec.options).map(([name, { read }]) => [name, read(undefined, flagOf(name))]),
  ) as Flags<S>;
}

/** Keeps the type of the table. */
export function command<const O extends OptionTable>(spec: CommandSpec<O>): CommandSpec<O> {
  return spec;
}
