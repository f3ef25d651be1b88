/**
 * The program and its commands. Every mistake in the arguments becomes a UsageError of one line. What a command needs is loaded when it
 * is called: all of it together takes longer than a race takes to fail.
 */

import { Command, CommanderError, type Help } from 'commander';
import { packageVersion } from '../harness/host/raceSource.js';
import { wrapped } from '../report/format/wrap.js';
import { SOAK_STORE } from '../run/defaults.js';
import { configuredFlags } from './configFile.js';
import { ready, usageErrorOf, type ConfiguredBy, type ReadyCommand } from './options/parser.js';
import { print, screen } from './output.js';

/** Commands by their first word, in the order of the help. The table of a command is loaded where it is called, or shown. */
const COMMANDS: readonly (readonly [words: readonly string[], load: () => Promise<ReadyCommand>])[] = [
  [
    ['list'],
    async () =>
      ready((await import('./list/options.js')).LIST, async (_, flags) =>
        (await import('./list/list.js')).listCommand(flags),
      ),
  ],
  [
    ['explain'],
    async () =>
      ready((await import('./explain/options.js')).EXPLAIN, async ([race], flags) =>
        (await import('./explain/explain.js')).explainCommand(race, flags),
      ),
  ],
  [
    ['init'],
    async () =>
      ready((await import('./init/options.js')).INIT, async ([name], flags) =>
        (await import('./init/init.js')).initCommand(name, flags),
      ),
  ],
  [
    ['run'],
    async () =>
      ready((await import('./run/options.js')).RUN, async ([race], flags) =>
        (await import('./run/run.js')).runCommand(race, flags),
      ),
  ],
  [
    ['verify'],
    async () =>
      ready((await import('./verify/options.js')).VERIFY, async (races, flags) =>
        (await import('./verify/verify.js')).verifyCommand(races, flags),
      ),
  ],
  [
    ['explore'],
    async () =>
      ready((await import('./explore/options.js')).EXPLORE, async ([race], flags) =>
        (await import('./explore/explore.js')).exploreCommand(race, flags),
      ),
  ],
  [
    ['replay'],
    async () =>
      ready((await import('./replay/options.js')).REPLAY, async ([file], flags) =>
        (await import('./replay/replay.js')).replayCommand(file, flags),
      ),
  ],
  [
    ['tune'],
    async () =>
      ready((await import('./tune/options.js')).TUNE, async (races, flags) =>
        (await import('./tune/tune.js')).tuneCommand(races, flags),
      ),
  ],
  [
    ['soak'],
    async () =>
      ready((await soaks()).SOAK, async (races, flags) => (await import('./soak/soak.js')).soakCommand(races, flags)),
  ],
  [
    ['soak'],
    async () =>
      ready((await soaks()).SOAK_STATUS, async ([store = SOAK_STORE], flags) =>
        (await import('./soak/status.js')).soakStatusCommand(store, flags),
      ),
  ],
  [
    ['soak'],
    async () =>
      ready((await soaks()).SOAK_DIFF, async ([first, second], flags) =>
        (await import('./soak/diff.js')).soakDiffCommand(first, second, flags),
      ),
  ],
  [['fleet'], async () => ready((await fleets()).FLEET, (await import('./fleet/fleet.js')).fleetCommand)],
  [
    ['fleet'],
    async () =>
      ready((await fleets()).FLEET_HUB, async (races, flags) =>
        (await inFleet(() => import('./fleet/hub.js'))).fleetHubCommand(races, flags),
      ),
  ],
  [
    ['fleet'],
    async () =>
      ready((await fleets()).FLEET_WORK, async (_, flags) =>
        (await inFleet(() => import('./fleet/work.js'))).fleetWorkCommand(flags),
      ),
  ],
  [
    ['fleet'],
    async () =>
      ready((await fleets()).FLEET_STATUS, async (_, flags) =>
        (await inFleet(() => import('./fleet/status.js'))).fleetStatusCommand(flags),
      ),
  ],
  ...(['STOP', 'DRAIN', 'PAUSE', 'RESUME'] as const).map(
    (word) =>
      [
        ['fleet'],
        async () =>
          ready((await fleets())[`FLEET_${word}`], async (_, flags) =>
            (await inFleet(() => import('./fleet/say.js'))).fleetSayCommand(
              word.toLowerCase() as Lowercase<typeof word>,
              flags,
            ),
          ),
      ] as const,
  ),
  [
    ['litmus'],
    async () =>
      ready((await import('./litmus/options.js')).LITMUS, async (files, flags) =>
        (await import('./litmus/litmus.js')).litmusCommand(files, flags),
      ),
  ],
  [
    ['report'],
    async () =>
      ready((await import('./report/options.js')).REPORT, async (files, flags) =>
        (await import('./report/report.js')).reportCommand(files, flags),
      ),
  ],
  [
    ['trials', 'plan'],
    async () =>
      ready((await import('./trials/options.js')).TRIALS, async ([claim, ...files], flags) =>
        (await import('./trials/trials.js')).trialsCommand(claim, files, flags),
      ),
  ],
  [
    ['compare'],
    async () =>
      ready((await import('./compare/options.js')).COMPARE, async (files, flags) =>
        (await import('./compare/compare.js')).compareCommand(files, flags),
      ),
  ],
  [
    ['doctor'],
    async () =>
      ready((await import('./doctor/options.js')).DOCTOR, async (_, flags) =>
        (await import('./doctor/doctor.js')).doctorCommand(flags),
      ),
  ],
  [
    ['completion'],
    async () =>
      ready((await import('./completion/options.js')).COMPLETE, async ([shell]) => {
        const specs = (await commandsFor()).map(({ spec }) => spec);
        return (await import('./completion/completion.js')).completionCommand(shell, specs);
      }),
  ],
  [
    ['bench'],
    async () =>
      ready((await import('./bench/options.js')).BENCH, async (_, flags) =>
        (await import('./bench/inCheckout.js')).benchInCheckout(flags),
      ),
  ],
];

async function soaks() {
  return import('./soak/options.js');
}

async function fleets() {
  return import('./fleet/options.js');
}

/** Loads a command of a fleet, once what it needs is installed. */
async function inFleet<T>(load: () => Promise<T>): Promise<T> {
  (await import('./fleet/packages.js')).requireFleetPackages();
  return load();
}

/** Returns the commands that begin with the word; all of them where none does. */
export async function commandsFor(word?: string): Promise<readonly ReadyCommand[]> {
  const named = COMMANDS.filter(([words]) => words.some((known) => known === word));
  return Promise.all((named.length > 0 ? named : COMMANDS).map(([, load]) => load()));
}

/** Parses the arguments and runs the command. Returns the exit code. Throws UsageError. */
export async function runProgram(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const ended = (code: number): void => {
    exitCode = code;
  };
  const program = programOf(await commandsFor(args[0]), ended, async (spec) => {
    const specs = async () => (await commandsFor()).map((known) => known.spec);
    return configuredFlags(spec, specs);
  });
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
  } catch (error) {
    // The help and the version end like this too.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    throw error;
  }
  return exitCode;
}

/** Makes the parser of these commands. `ended` gets the exit code of the command that was called; `configured` stands for flags that are not typed. */
export function programOf(
  commands: readonly ReadyCommand[],
  ended: (exitCode: number) => void,
  configured?: ConfiguredBy,
): Command {
  const program = new Command('racehammer')
    .description('Hammers historic Linux page-table races with real threads, and proves what it finds.')
    .version(packageVersion())
    // A subcommand's flags are its own, also where its parent has one of the same name.
    .enablePositionalOptions()
    .helpCommand(true);
  program.addHelpText('after', '\nStart with: racehammer list, then racehammer run <race>');
  for (const command of commands) command.add(program, ended, configured);
  for (const command of [program, ...program.commands.flatMap((known) => [known, ...known.commands])]) {
    command
      .configureHelp({ helpWidth: Math.min(screen().width, HELP_WIDTH_MAX), padWidth: () => TERM_WIDTH, formatItem })
      .configureOutput({ writeOut: (text) => print(text.trimEnd()), writeErr: () => {} })
      .exitOverride((error) => {
        throw error.exitCode === 0 ? error : usageErrorOf(error, command);
      });
  }
  return program;
}

/** Longer lines are hard to read. */
const HELP_WIDTH_MAX = 120;
/** Columns for options; what is longer stands on a line of its own. */
const TERM_WIDTH = 24;
const HELP_INDENT = 2;

/** Returns an item of the help: the term, and its description beside it. */
function formatItem(term: string, termWidth: number, description: string, { helpWidth = 80 }: Help): string {
  const behind = ' '.repeat(HELP_INDENT + termWidth + HELP_INDENT);
  const lines = wrapped(description, helpWidth - behind.length, '');
  const start = `${' '.repeat(HELP_INDENT)}${term}`;
  if (description === '') return start;
  if (term.length > termWidth) return [start, ...lines.map((line) => `${behind}${line}`)].join('\n');
  return [start.padEnd(behind.length) + lines[0], ...lines.slice(1).map((line) => `${behind}${line}`)].join('\n');
}
