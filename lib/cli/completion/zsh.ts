/** The script for zsh: to be sourced, or a file of $fpath. Called by completion.ts. */

import { commandBranches, firstWords, commandsOf, quote, valueBranches } from './branches.js';
import type { Completed, CompletedCommand } from './completed.js';

export function zshScript(commands: readonly CompletedCommand[], races: readonly string[]): string[] {
  const does = (what: Completed): string => {
    if (what === 'races') return 'compadd -- $races; _files';
    if (what === 'files') return '_files';
    return what === 'anything' ? '_message value' : `compadd -- ${what.map(quote).join(' ')}`;
  };
  return [
    '#compdef racehammer',
    '# Completion of racehammer for zsh. Made by: racehammer completion zsh',
    '_racehammer() {',
    `  local -a races=(${races.map(quote).join(' ')}) parts`,
    '  local current=${words[CURRENT]} previous=${words[CURRENT - 1]} command= word',
    '  for word in ${words[2,CURRENT - 1]}; do',
    ...commandBranches(commands).map((line) => `    ${line}`),
    '  done',
    '  case "$command $previous" in',
    ...valueBranches(commands, (value) => `${does(value)}; return`).map((line) => `    ${line}`),
    '  esac',
    '  case "$command" in',
    "    '')",
    ...described(firstWords(commands).map(({ name, about }) => [name, about])),
    '      ;;',
    ...commands.flatMap(({ name, flags, operands }) => [
      `    ${quote(name)})`,
      '      if [[ $current == -* ]]; then',
      ...described(flags.flatMap(({ names, help }) => names.map((flag) => [flag, help] as const))).map(
        (line) => `  ${line}`,
      ),
      '      else',
      ...described(commandsOf(commands, name).map(({ word, about }) => [word, about])).map((line) => `  ${line}`),
      ...(operands.length === 0 || operands === 'anything' ? ['        :'] : [`        ${does(operands)}`]),
      '      fi',
      '      ;;',
    ]),
    '  esac',
    '}',
    'if [ "$funcstack[1]" = _racehammer ]; then _racehammer "$@"; else compdef _racehammer racehammer; fi',
  ];
}

/** Returns lines that offer words with what they mean. */
function described(words: readonly (readonly [word: string, means: string])[]): string[] {
  if (words.length === 0) return [];
  const entries = words.map(([word, means]) => quote(`${word.replaceAll(':', String.raw`\:`)}:${means}`));
  return [`      parts=(${entries.join(' ')})`, '      _describe -t words word parts'];
}
