/**
 * The program and its commands. Every mistake in the arguments becomes a UsageError of one line. What a command needs is loaded when it
 * is called: all of it together takes longer than a race takes to fail.
 */

import { Command, CommanderError } from 'commander';
import { packageVersion } from '../harness/host/raceSource.js';
import { SOAK_STORE } from '../run/defaults.js';
import { BENCH } from './options/bench.js';
import type { CommandSpec } from './options/command.js';
import { COMPARE, DOCTOR, EXPLAIN, INIT, LIST, REPORT, TRIALS } from './options/documents.js';
import { ready, usageErrorOf } from './options/parser.js';
import { REPLAY } from './options/replay.js';
import { RUN } from './options/run.js';
import { SOAK, SOAK_DIFF, SOAK_STATUS } from './options/soak.js';
import { TUNE } from './options/tune.js';
import { VERIFY } from './options/verify.js';
import { print } from './output.js';

const READY = [
  ready(LIST, async (_, flags) => (await import('./list.js')).listCommand(flags)),
  ready(EXPLAIN, async ([race], flags) => (await import('./explain.js')).explainCommand(race, flags)),
  ready(INIT, async ([name], flags) => (await import('./init.js')).initCommand(name, flags)),
  ready(RUN, async ([race], flags) => (await import('./run.js')).runCommand(race, flags)),
  ready(VERIFY, async (races, flags) => (await import('./verify.js')).verifyCommand(races, flags)),
  ready(REPLAY, async ([file], flags) => (await import('./replay.js')).replayCommand(file, flags)),
  ready(TUNE, async (races, flags) => (await import('./tune.js')).tuneCommand(races, flags)),
  ready(SOAK, async (races, flags) => (await import('./soak.js')).soakCommand(races, flags)),
  ready(SOAK_STATUS, async ([store = SOAK_STORE], flags) =>
    (await import('./soakStatus.js')).soakStatusCommand(store, flags),
  ),
  ready(SOAK_DIFF, async ([first, second], flags) =>
    (await import('./soakDiff.js')).soakDiffCommand(first, second, flags),
  ),
  ready(REPORT, async (files, flags) => (await import('./report.js')).reportCommand(files, flags)),
  ready(TRIALS, async ([claim, ...files], flags) => (await import('./trials.js')).trialsCommand(claim, files, flags)),
  ready(COMPARE, async (files, flags) => (await import('./compare.js')).compareCommand(files, flags)),
  ready(DOCTOR, async (_, flags) => (await import('./doctor.js')).doctorCommand(flags)),
  ready(BENCH, async (_, flags) => (await import('./bench.js')).benchCommand(flags)),
];

/** The tables of all commands, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = READY.map(({ spec }) => spec);

/** Parses the arguments and runs the command. Returns the exit code. Throws UsageError. */
export async function runProgram(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = programOf((code) => {
    exitCode = code;
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

/** `ended` is told the exit code of the command that was called. */
export function programOf(ended: (exitCode: number) => void): Command {
  const program = new Command('racehammer')
    .description('Hammers historic Linux page-table races with real threads, and proves what it finds.')
    .version(packageVersion())
    // A subcommand's flags are its own, also where its parent has one of the same name.
    .enablePositionalOptions()
    .helpCommand(true);
  program.addHelpText('after', '\nStart with: racehammer list, then racehammer run <race>');
  for (const command of READY) command.add(program, ended);
  for (const command of [program, ...program.commands.flatMap((known) => [known, ...known.commands])]) {
    command.configureOutput({ writeOut: (text) => print(text.trimEnd()), writeErr: () => {} }).exitOverride((error) => {
      throw error.exitCode === 0 ? error : usageErrorOf(error, command);
    });
  }
  return program;
}
