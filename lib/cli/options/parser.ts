/** The parser of a command, made from its table of options. Called by program.ts. */

import { Command, CommanderError, Option as ParserOption } from 'commander';
import { flagOf, noFlagOf } from '../../run/flagName.js';
import { repeatWithoutConfig } from '../../run/repeat.js';
import { unknownWord } from '../../run/unknownWord.js';
import { UsageError } from '../../run/usageError.js';
import { colourWhen } from '../output.js';
import type { CommandSpec, Flags } from './command.js';
import { COLOR, CONFIG } from './manyCommands.js';
import type { Option, OptionTable, Typed } from './option.js';

/** What a command does with its operands and the values of its options. Returns the exit code. */
export type Act<S extends CommandSpec> = (operands: readonly string[], flags: Flags<S>) => number | Promise<number>;

/** Returns what a file says of a command, by the names of its table. */
export type ConfiguredBy = (spec: CommandSpec) => Promise<Readonly<Record<string, Typed>>>;

/** A command that can be added to a program. */
export interface ReadyCommand {
  readonly spec: CommandSpec;
  /** Under its name and those that it had before. `ended` gets the exit code; `configured` says what stands for flags that are not typed. */
  add(program: Command, ended: (exitCode: number) => void, configured?: ConfiguredBy): void;
}

export function ready<S extends CommandSpec>(own: S, act: Act<S>): ReadyCommand {
  const spec = { ...own, options: { ...own.options, color: COLOR, config: CONFIG } };
  return {
    spec,
    add(program, ended, configured) {
      addTo(program, spec, ended, async (operands, typed) => {
        const isAsked = configured !== undefined && CONFIG.read(typed['config'] as never, flagOf('config'));
        const said = isAsked ? untyped(spec, typed, await configured(spec)) : {};
        // Each time: one process may run commands one after the other.
        repeatWithoutConfig(typed['config'] === false || Object.keys(said).length > 0);
        const all = { ...typed, ...said };
        colourWhen(COLOR.read(all['color'] as never, flagOf('color')));
        return await act(operands, flagsFrom(own, all));
      });
    },
  };
}

type Called = (operands: readonly string[], typed: Readonly<Record<string, unknown>>) => Promise<number>;

function addTo(program: Command, spec: CommandSpec, ended: (exitCode: number) => void, call: Called): void {
  const words = spec.name.split(' ');
  const name = words.at(-1) ?? '';
  const parent = words.length === 1 ? program : program.commands.find((known) => known.name() === words[0])!;
  for (const each of [name, ...(spec.formerly ?? [])]) {
    // A subcommand's flags are its own, also where its parent has one of the same name.
    const made = parent
      .command(each, { hidden: each !== name })
      .enablePositionalOptions()
      .description(spec.about);
    for (const operand of spec.operands) made.argument(operand.name, operand.help);
    for (const option of parserOptionsOf(spec.options)) made.addOption(option);
    if (spec.notes !== undefined) made.addHelpText('after', `\n${spec.notes.join('\n')}`);
    made.action(async () => ended(await call(made.args, made.opts())));
  }
}

/** Returns what a file says where nothing is typed. What has only a `--no-NAME` is true for the parser until that is typed. */
function untyped(
  { options }: CommandSpec,
  typed: Readonly<Record<string, unknown>>,
  configured: Readonly<Record<string, Typed>>,
): Readonly<Record<string, Typed>> {
  return Object.fromEntries(
    Object.entries(configured).filter(
      ([name]) => typed[name] === undefined || (options[name].isNegative === true && typed[name] === true),
    ),
  );
}

/** Returns the values of the options, each read by its row of the table. Throws UsageError. */
function flagsFrom<S extends CommandSpec>(spec: S, typed: Readonly<Record<string, unknown>>): Flags<S> {
  const table: OptionTable = spec.options;
  return Object.fromEntries(
    Object.entries(table).map(([name, option]) => [name, option.read(typed[name] as never, flagOf(name))]),
  ) as Flags<S>;
}

/** An option as the help and the reference show it. */
export interface ShownOption {
  /** `--cpus <n>`. */
  readonly flags: string;
  /** With its default. */
  readonly help: string;
}

/** Returns what is shown of an option: two lines for one that has a `--no-` form beside it. */
export function shownOptions(name: string, option: Option<unknown>): ShownOption[] {
  const { value, short, usual, off, isNegative = false, isRepeatable = false } = option;
  const first = [short, isNegative ? noFlagOf(name) : flagOf(name)].filter((flag) => flag !== undefined).join(', ');
  const flags = value === undefined ? first : `${first} ${value}`;
  const help = `${option.help}${isRepeatable ? '; repeatable' : ''}${usual === undefined ? '' : ` (default: ${usual})`}`;
  return [{ flags, help }, ...(off === undefined ? [] : [{ flags: noFlagOf(name), help: off }])];
}

function parserOptionsOf(table: OptionTable): ParserOption[] {
  return Object.entries(table).flatMap(([name, option]) => [
    ...parserOptions(name, option),
    ...(option.formerly ?? []).flatMap((old) => parserOptions(old, option).map((made) => standingFor(name, made))),
  ]);
}

function parserOptions(name: string, option: Option<unknown>): ParserOption[] {
  return shownOptions(name, option).map(({ flags, help }) => {
    const made = new ParserOption(flags, help);
    return option.isRepeatable === true ? made.argParser(collect) : made;
  });
}

/** Returns an option under a former name: hidden, and its value is that of today's, whichever is typed last. */
function standingFor(name: string, made: ParserOption): ParserOption {
  made.attributeName = () => name;
  return made.hideHelp();
}

/** Gathers the values of an option that may be given more than once. */
function collect(text: string, texts: readonly string[] = []): string[] {
  return [...texts, text];
}

/** Returns the parser's error in the words of our own: one line, with the nearest valid word. */
export function usageErrorOf(error: CommanderError, command: Command): UsageError {
  const [line] = error.message.replace(/^error: /, '').split('\n');
  const word = /'([^']*)'/.exec(line)?.[1] ?? '';
  const of = command.parent === null ? undefined : command.name();
  switch (error.code) {
    case 'commander.unknownOption':
      return unknownWord('flag', word.split('=')[0], flagsOf(command), of);
    case 'commander.unknownCommand':
      return unknownWord(
        'command',
        word,
        command
          .createHelp()
          .visibleCommands(command)
          .map((known) => known.name()),
      );
    case 'commander.missingArgument':
      return new UsageError(
        `${command.name()}: ${line}${word.startsWith('race') ? '; racehammer list shows the races' : ''}`,
      );
    default:
      return new UsageError(of === undefined ? line : `${of}: ${line}`);
  }
}

function flagsOf(command: Command): string[] {
  const shown = command.options.filter((option) => !option.hidden);
  return [...shown.map((option) => option.long ?? option.flags), '--help'];
}
