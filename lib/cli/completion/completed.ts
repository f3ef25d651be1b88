/** What a shell completes, taken from the tables of options. Called by completion.ts; the scripts of all shells are made of it. */

import type { CommandSpec, Operand } from '../options/command.js';
import type { Option } from '../options/option.js';
import { shownOptions } from '../options/parser.js';
import { SHELLS } from './options.js';

/** Words, or one of two kinds: races with their variants beside files, and files alone. */
export type Completed = readonly string[] | 'races' | 'files' | 'anything';

export interface CompletedFlag {
  /** `--output`, `-o`. */
  readonly names: readonly string[];
  readonly help: string;
  /** Null for a flag without a value, or with one that may be left out. */
  readonly value: Completed | null;
}

export interface CompletedCommand {
  /** `soak status`. */
  readonly name: string;
  readonly about: string;
  readonly flags: readonly CompletedFlag[];
  readonly operands: Completed;
}

export function completedCommand({ name, about, options, operands }: CommandSpec): CompletedCommand {
  const flags = Object.entries(options).flatMap(([field, option]) => flagsOf(field, option));
  const help: CompletedFlag = { names: ['--help', '-h'], help: 'display help for command', value: null };
  return { name, about, flags: [...flags, help], operands: operands.length === 0 ? [] : operandOf(operands[0]) };
}

function flagsOf(field: string, option: Option<unknown>): CompletedFlag[] {
  return shownOptions(field, option).map(({ flags, help }, i) => {
    const [, names, value] = /^(.*?)(?: ([<[].*))?$/.exec(flags)!;
    const takes = i > 0 || value === undefined || value.startsWith('[') ? null : valueOf(option, value);
    return { names: names.split(', ').toReversed(), help, value: takes };
  });
}

function valueOf({ words }: Option<unknown>, value: string): Completed {
  if (words !== undefined) return words;
  return /^<(?:file|folder)>$/.test(value) ? 'files' : 'anything';
}

function operandOf({ name }: Operand): Completed {
  if (name === '<shell>') return SHELLS;
  if (/race/.test(name)) return 'races';
  return /file|store|first/.test(name) ? 'files' : 'anything';
}
