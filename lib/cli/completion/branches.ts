/** What the scripts for bash and zsh have in common: branches of `case` by command and the word in front. Called by bash.ts and zsh.ts. */

import type { Completed, CompletedCommand } from './completed.js';

/** Returns a text that a shell takes as it is. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Returns the loop that finds the command in the words in front of the one that is completed, which are `$word` one after the other. */
export function commandBranches(commands: readonly CompletedCommand[]): string[] {
  const patterns = commands.map(({ name }) => {
    const words = name.split(' ');
    return quote(words.length === 1 ? ` ${name}` : name);
  });
  return [`case "$command $word" in`, `  ${patterns.join(' | ')}) command="\${command:+$command }$word" ;;`, 'esac'];
}

/** Returns branches for flags that take a value: their patterns of command and flag, by what completes the value. */
export function valueBranches(commands: readonly CompletedCommand[], branch: (value: Completed) => string): string[] {
  const patterns = new Map<string, string[]>();
  for (const { name, flags } of commands)
    for (const { names, value } of flags) {
      if (value === null) continue;
      const does = branch(value);
      patterns.set(does, [...(patterns.get(does) ?? []), ...names.map((flag) => quote(`${name} ${flag}`))]);
    }
  return Array.from(patterns, ([does, those]) => `${those.join(' | ')}) ${does} ;;`);
}

/** Returns the commands that are typed first. */
export function firstWords(commands: readonly CompletedCommand[]): CompletedCommand[] {
  return commands.filter(({ name }) => !name.includes(' '));
}

/** Returns the commands of a command. */
export function commandsOf(commands: readonly CompletedCommand[], name: string): { word: string; about: string }[] {
  return commands
    .filter((each) => each.name.startsWith(`${name} `))
    .map((each) => ({ word: each.name.slice(name.length + 1), about: each.about }));
}
