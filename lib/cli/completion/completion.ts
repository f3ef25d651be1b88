/** `racehammer completion`: a script for a shell, with the commands and races of this version. */

import { builtInRaces } from '../../harness/host/loadRace.js';
import { unknownWord } from '../../run/unknownWord.js';
import { chooseRace } from '../chooseRace.js';
import type { CommandSpec } from '../options/command.js';
import { printData } from '../output.js';
import { bashScript } from './bash.js';
import { completedCommand, type CompletedCommand } from './completed.js';
import { fishScript } from './fish.js';
import { SHELLS } from './options.js';
import { zshScript } from './zsh.js';

const SCRIPTS: Readonly<
  Record<(typeof SHELLS)[number], (commands: readonly CompletedCommand[], races: readonly string[]) => string[]>
> = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Prints the script for a shell. Throws UsageError. */
export async function completionCommand(typed: string, specs: readonly CommandSpec[]): Promise<number> {
  const shell = SHELLS.find((known) => known === typed);
  if (shell === undefined) throw unknownWord('shell', typed, SHELLS);
  const chosen = await Promise.all(builtInRaces().map((name) => chooseRace(name)));
  const races = chosen.flatMap(({ race }) => [
    race.name,
    ...Object.keys(race.variants).map((variant) => `${race.name}:${variant}`),
  ]);
  printData(SCRIPTS[shell](specs.map(completedCommand), races).join('\n'));
  return 0;
}
