/** The script for fish. Called by completion.ts. */

import { firstWords, commandsOf } from './branches.js';
import type { Completed, CompletedCommand } from './completed.js';

export function fishScript(commands: readonly CompletedCommand[], races: readonly string[]): string[] {
  const complete = (when: string, ...rest: readonly string[]): string =>
    ['complete -c racehammer -n', quote(when), ...rest].join(' ');
  const does = (what: Completed): string => {
    if (what === 'races') return '-F -a "$__racehammer_races"';
    if (what === 'files') return '-F';
    return what === 'anything' ? '-x' : `-x -a ${quote(what.join(' '))}`;
  };
  return [
    '# Completion of racehammer for fish. Made by: racehammer completion fish',
    `set -g __racehammer_races ${quote(races.join(' '))}`,
    'complete -c racehammer -f',
    ...firstWords(commands).map(({ name, about }) => complete('__fish_use_subcommand', '-a', name, '-d', quote(about))),
    ...commands.flatMap((command) => {
      const when = seen(commands, command.name);
      return [
        ...commandsOf(commands, command.name).map(({ word, about }) => complete(when, '-a', word, '-d', quote(about))),
        ...(command.operands.length === 0 || command.operands === 'anything'
          ? []
          : [complete(when, does(command.operands))]),
        ...command.flags.map(({ names, help, value }) =>
          complete(
            when,
            ...names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)),
            ...(value === null ? [] : ['-r', does(value)]),
            '-d',
            quote(help),
          ),
        ),
      ];
    }),
  ];
}

/** Returns the condition that a command has been typed, and none of its own commands. */
function seen(commands: readonly CompletedCommand[], name: string): string {
  const parts = commandsOf(commands, name).map(({ word }) => word);
  return [
    ...name.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`),
    ...(parts.length === 0 ? [] : [`not __fish_seen_subcommand_from ${parts.join(' ')}`]),
  ].join('; and ');
}

/** Returns a text in quotes of fish. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, (mark) => `\\${mark}`)}'`;
}
