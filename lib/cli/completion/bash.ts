/** The script for bash, also for the version 3.2 of macOS. Called by completion.ts. */

import { commandBranches, firstWords, commandsOf, quote, valueBranches } from './branches.js';
import type { Completed, CompletedCommand } from './completed.js';

export function bashScript(commands: readonly CompletedCommand[], races: readonly string[]): string[] {
  const does = (what: Completed): string => {
    if (what === 'races') return 'words=$races files=yes';
    if (what === 'files') return 'files=yes';
    return what === 'anything' ? 'return' : `words=${quote(what.join(' '))}`;
  };
  return [
    '# Completion of racehammer for bash. Made by: racehammer completion bash',
    '_racehammer() {',
    `  local races=${quote(races.join(' '))}`,
    '  local line=${COMP_LINE:0:COMP_POINT} command= words= files= word i',
    '  local -a typed',
    '  read -ra typed <<< "$line"',
    "  [[ $line == *[[:space:]] ]] && typed+=('')",
    '  local last=$((${#typed[@]} - 1))',
    '  local current=${typed[last]} previous=${typed[last - 1]}',
    '  COMPREPLY=()',
    '  for ((i = 1; i < last; i++)); do',
    '    word=${typed[i]}',
    ...commandBranches(commands).map((line) => `    ${line}`),
    '  done',
    '  case "$command $previous" in',
    ...valueBranches(commands, does).map((line) => `    ${line}`),
    '    *)',
    '      case "$command" in',
    `        '') words=${quote([...firstWords(commands).map(({ name }) => name), '--help', '--version'].join(' '))} ;;`,
    ...commands.flatMap(({ name, flags, operands }) => {
      const typed = commandsOf(commands, name).map(({ word }) => word);
      return [
        `        ${quote(name)})`,
        ...(operands === 'anything' ? [] : [`          ${does(operands)}`]),
        ...(typed.length === 0 ? [] : [`          words="$words ${typed.join(' ')}"`]),
        `          [[ $current == -* ]] && files= words=${quote(flags.flatMap(({ names }) => names).join(' '))}`,
        '          ;;',
      ];
    }),
    '      esac',
    '      ;;',
    '  esac',
    "  local IFS=$'\\n'",
    '  COMPREPLY=($(IFS=" "; compgen -W "$words" -- "$current"))',
    '  if [[ $files ]]; then',
    '    compopt -o filenames 2> /dev/null',
    '    COMPREPLY+=($(compgen -f -- "$current"))',
    '  fi',
    '  # Readline takes what stands behind the last colon for a word of its own.',
    '  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then',
    '    local before=${current%"${current##*:}"}',
    '    for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$before"}; done',
    '  fi',
    '}',
    'complete -F _racehammer racehammer',
  ];
}
