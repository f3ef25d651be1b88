/**
 * The commands and their flags. Every mistake in them becomes a UsageError of one line. What a command needs is loaded when it is
 * called: all of it together takes longer than a race takes to fail.
 */

import { Command, CommanderError } from 'commander';
import type { BenchFlags } from './bench.js';
import { unknownWord } from '../run/unknownWord.js';
import { print } from './output.js';
import type { ReportFlags } from './report.js';
import { EVIDENCE_FOLDER, TUNING_FILE } from './defaultFiles.js';
import type { ReplayFlags } from './replay.js';
import type { RunFlags } from './runOptions.js';
import type { StatusFlags } from './soakStatus.js';
import { PARAMETERS } from '../tune/space.js';
import type { SoakFlags } from './soakOptions.js';
import type { TuneFlags } from './tune.js';
import { UsageError } from '../run/usageError.js';
import type { VerifyFlags } from './verifyOptions.js';
import { packageVersion } from '../harness/host/raceSource.js';

const SEED_NOTE = `
A seed fixes the phases and window delays of every trial, not what the host's scheduler does.
Exit codes: 0 as expected, 1 VIOLATED, 2 usage, 3 NOT REPRODUCED, 4 INCONCLUSIVE, 70 HARNESS ERROR, 130 interrupted (after the report).`;

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

function programOf(ended: (exitCode: number) => void): Command {
  const program = new Command('racehammer')
    .description('Hammers historic Linux page-table races with real threads, and proves what it finds.')
    .version(packageVersion())
    // A subcommand's flags are its own, also where its parent has one of the same name.
    .enablePositionalOptions()
    .helpCommand(true);
  program.addHelpText('after', '\nStart with: racehammer list, then racehammer run <race>');
  program
    .command('list')
    .description('the built-in races')
    .option('--json', 'one JSON document on stdout')
    .action(async (flags: { json?: boolean }) => ended(await (await import('./list.js')).listCommand(flags)));
  program
    .command('explain')
    .argument('<race>', 'name of a race, or a file of yours: .mjs, .js, .cjs, .mts, .ts')
    .description('the protocol of a race beside its mail: variants, knobs, windows, signatures')
    .option('--json', 'one JSON document on stdout')
    .action(async (race: string, flags: { json?: boolean }) =>
      ended(await (await import('./explain.js')).explainCommand(race, flags)),
    );
  program
    .command('init')
    .argument('<name>', 'name of the race, in kebab-case')
    .description('a race of your own: writes <name>.mjs, which runs at once')
    .option('--ts', 'write <name>.mts: TypeScript, which Node runs from 22.18 on')
    .action(async (name: string, flags: { ts?: boolean }) =>
      ended((await import('./init.js')).initCommand(name, flags)),
    );
  addRun(program, ended);
  addVerify(program, ended);
  addReplay(program, ended);
  addTune(program, ended);
  addSoak(program, ended);
  program
    .command('report')
    .argument('<file...>', 'documents of run --json and verify --json, files of soaks; - is standard input')
    .description('one HTML page about runs and soaks, that opens without a network')
    .option('-o, --output <file>', 'write the page there (default: stdout)')
    .action(async (files: string[], flags: ReportFlags) =>
      ended(await (await import('./report.js')).reportCommand(files, flags)),
    );
  program
    .command('plan')
    .argument('<rate[@confidence]>', 'what is to be claimed: fewer trials fail than 1e-6, with 99.9 % confidence')
    .argument('[file...]', 'documents of run --json, for their speed')
    .description('how long to soak to claim a failure rate')
    .option('--json', 'one JSON document on stdout')
    .action(async (claim: string, files: string[], flags: { json?: boolean }) =>
      ended(await (await import('./plan.js')).planCommand(claim, files, flags)),
    );
  program
    .command('compare')
    .argument('<file...>', 'two documents of run --json, or one that holds two runs')
    .description('whether two runs fail at the same rate, and how far apart the rates are')
    .option('--json', 'one JSON document on stdout')
    .action(async (files: string[], flags: { json?: boolean }) =>
      ended(await (await import('./compare.js')).compareCommand(files, flags)),
    );
  program
    .command('doctor')
    .description('whether this host is a good hammer, what limits it, and what to do about that')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', '\nExit codes: 0 a good hammer, 3 a limited one, 2 usage, 130 interrupted.')
    .action(async (flags: { json?: boolean }) => ended(await (await import('./doctor.js')).doctorCommand(flags)));
  program
    .command('bench')
    .description("the project's figures: memory operations, gates, trials per second")
    .option('--only <part>', 'measure this part alone; repeatable', collect, [])
    .option('--rounds <n>', 'how often each figure is measured (default: 5)')
    .option(
      '--compare <file>',
      'say what has changed since this document of bench --json; exit code 1: something is worse',
    )
    .option('--against <folder>', 'measure the build of this checkout beside this one, alternating (part against)')
    .option('--from <file>', 'take the figures from this document, instead of measuring')
    .option('--page <file>', 'write the figures there as a page in Markdown')
    .option('--output <file>', 'write the JSON document there as well')
    .option('--json', 'one JSON document on stdout')
    .action(async (flags: BenchFlags) => ended(await (await import('./bench.js')).benchCommand(flags)));
  for (const command of [program, ...program.commands.flatMap((known) => [known, ...known.commands])]) {
    command.configureOutput({ writeOut: (text) => print(text.trimEnd()), writeErr: () => {} }).exitOverride((error) => {
      throw error.exitCode === 0 ? error : usageErrorOf(error, command);
    });
  }
  return program;
}

/** Gathers the values of a flag that may be given more than once. */
function collect(text: string, texts: readonly string[]): string[] {
  return [...texts, text];
}

function addRun(program: Command, ended: (exitCode: number) => void): void {
  program
    .command('run')
    .argument('<race[:variant]>', 'without a variant: the buggy form, then the merged fix, side by side')
    .description('hammer a race and judge it by what was counted')
    .option('--cpus <n>', 'CPUs per machine (default: what suits the race)')
    .option('--threads <n>', 'threads in all: threads / CPUs machines run side by side (default: one machine)')
    .option('--duration <time>', 'how long each variant runs: 90s, 2h, 1d (default: 3s)')
    .option('--trials <n>', 'how many trials each variant runs, instead of a duration')
    .option(
      '--until-confidence <rate[@confidence]>',
      'until it is sure whether fewer trials fail than that: 1e-6@99.9% (the confidence is 99.9% by default)',
    )
    .option('--sync <mode>', 'rendezvous before each trial, stride: once a round, free: never (default: rendezvous)')
    .option('--window <name=spins>', 'delay in a window: 200, or 0..200 to draw it per trial; repeatable', collect, [])
    .option(
      '--phase <actor=spins>',
      'wait before an actor: 200, or 0..200 to draw it per trial; repeatable',
      collect,
      [],
    )
    .option('--round <n>', 'trials between two gates of all CPUs (default: 64; 512 where they meet once a round)')
    .option('--spin <turns>', 'how long a waiting CPU spins before it sleeps: 1000..20000 adapts between them')
    .option('--tuned [file]', `with the settings that tune has found (default file: ${TUNING_FILE}); other flags win`)
    .option('--any-host', 'with --tuned: also settings of another host')
    .option('--seed <n>', 'seed of the delays (default: random, printed)')
    .option('--knob <name=value>', 'a condition of the run; repeatable', collect, [])
    .option('--stop-on-first', 'end each variant with its first failure')
    .option('--no-record', 'record no steps: faster, but reports without last steps')
    .option('--no-twin', 'do not hammer the buggy twin first: then no failure is INCONCLUSIVE without a claim')
    .option('--no-bind', 'leave the threads to the scheduler, even where each could have a core of its own')
    .option('--no-lockdep', 'do not look at the order in which locks are taken')
    .option('--watchdog <time>', 'how long a trial may have the processor before it counts as hung (default: 250ms)')
    .option('--no-watchdog', 'no watchdog: what hangs without a proof ends the run as a harness error')
    .option('--on-hang <what>', 'after a trial that hung: continue, or stop (default: continue)')
    .option('--evidence <folder>', 'keep the records of failures there, for replay', EVIDENCE_FOLDER)
    .option('--no-evidence', 'keep none')
    .option('--keep <n>', 'failures of each signature to keep (default: 1)')
    .option('--json', 'one JSON document on stdout, and nothing else there')
    .addHelpText('after', SEED_NOTE)
    .action(async (race: string, flags: RunFlags) => ended(await (await import('./run.js')).runCommand(race, flags)));
}

function addVerify(program: Command, ended: (exitCode: number) => void): void {
  program
    .command('verify')
    .argument(
      '[race...]',
      'names of races, or files of yours: .mjs, .js, .cjs, .mts, .ts (default: all built-in races)',
    )
    .description('expected against observed: every race under every condition whose outcome is known')
    .option('--budget <time>', 'how long each row has: 3s, 1m, 1h (default: 2s); one that is not decided goes on')
    .option('--row <text>', 'only rows whose name holds the text; repeatable', collect, [])
    .option('--seed <n>', 'seed of the delays (default: random, printed)')
    .option('--junit <file>', 'write the rows as JUnit XML there as well')
    .option('--tuned [file]', `rows with the settings that tune has found (default file: ${TUNING_FILE})`)
    .option('--any-host', 'with --tuned: also settings of another host')
    .option('--no-bind', 'leave the threads to the scheduler, even where each could have a core of its own')
    .option('--no-lockdep', 'do not look at the order in which locks are taken')
    .option(
      '--evidence <folder>',
      'keep the records of failures that nobody expected there, for replay',
      EVIDENCE_FOLDER,
    )
    .option('--no-evidence', 'keep none')
    .option('--json', 'one JSON document on stdout, and nothing else there')
    .addHelpText('after', SEED_NOTE)
    .action(async (races: string[], flags: VerifyFlags) =>
      ended(await (await import('./verify.js')).verifyCommand(races, flags)),
    );
}

function addReplay(program: Command, ended: (exitCode: number) => void): void {
  program
    .command('replay')
    .argument('<file>', 'evidence that a run has kept')
    .description('explain a failure by one order of all accesses, and run that order again on real threads')
    .option('--step', 'one access a key')
    .option('--until <step>', 'only up to a step of the race, and what every CPU is doing there')
    .option('--full', 'all accesses, not only those that lead to the failure')
    .option('--reduce <file>', 'leave out what the failure does not need, and write the evidence of the rest')
    .option('--svg <file>', 'write the order as a picture')
    .option('--trace <file>', 'write the order as trace events, for Perfetto or chrome://tracing')
    .option('--trust-code', 'load and run the race file that the evidence names, if it is of no built-in race')
    .option('--json', 'one JSON document on stdout, and nothing else there')
    .addHelpText('after', '\nExit codes: 0 the same failure again, 1 not, 2 usage.')
    .action(async (file: string, flags: ReplayFlags) =>
      ended(await (await import('./replay.js')).replayCommand(file, flags)),
    );
}

function addTune(program: Command, ended: (exitCode: number) => void): void {
  program
    .command('tune')
    .argument('<race[:variant]...>', 'without a variant: the buggy form')
    .description('find the settings under which this host hammers best, and show what mattered')
    .option('--budget <time>', 'how long to search for each race: 30s, 5m (default: 60s)')
    .option('--param <name>', `change only this: ${PARAMETERS.join(', ')}; repeatable`, collect, [])
    .option('--knob <name=value>', 'a condition of the run; repeatable', collect, [])
    .option('--cpus <n>', 'CPUs per machine that the search begins with (default: what suits the race)')
    .option('--seed <n>', 'seed of the search and of the delays (default: random, printed)')
    .option('--file <file>', 'where the settings are saved', TUNING_FILE)
    .option('--any-host', 'replace a file that was found on another host')
    .option('--html <file>', 'write a page with the curves and the map as well')
    .option('--json', 'one JSON document on stdout, and nothing else there')
    .action(async (targets: string[], flags: TuneFlags) =>
      ended(await (await import('./tune.js')).tuneCommand(targets, flags)),
    );
}

function addSoak(program: Command, ended: (exitCode: number) => void): void {
  const soak = program
    .command('soak')
    .enablePositionalOptions()
    .argument('[race[:variant]...]', 'what to soak (default: everything that is built in)')
    .description('hammer a campaign for hours or days; whatever happens, it goes on where it was')
    .option('--campaign <file>', 'rows, weights and times from a YAML file')
    .option(
      '--knob <name=values>',
      'a condition of the races: split_ptl=0, or 0,1 for a row for each; repeatable',
      collect,
      [],
    )
    .option('--cpus <n>', 'CPUs per machine: 2, or 2,4,8 for a row for each')
    .option('--store <file>', 'the SQLite file that remembers everything', 'racehammer-soak.db')
    .option('--resume', 'go on with the campaign in the store')
    .option('--trust-code', 'with --resume: load and run the race files that the store names')
    .option('--duration <time>', 'how long in all, every session together: 60h, 2d (default: 8h)')
    .option('--slice <time>', 'longest slice of a row (default: 30s)')
    .option('--prove-every <time>', 'how often a row that should fail must show that it does (default: 1h)')
    .option('--seed <n>', 'seed of the delays (default: random, printed)')
    .option('--tuned [file]', `rows with the settings that tune has found (default file: ${TUNING_FILE})`)
    .option('--any-host', 'with --tuned: also settings of another host')
    .option('--metrics <address>', 'serve figures for Prometheus there: 127.0.0.1:9464')
    .option('--json', 'one JSON document on stdout at the end, and nothing else there')
    .addHelpText('after', SEED_NOTE)
    .action(async (targets: string[], flags: SoakFlags) =>
      ended(await (await import('./soak.js')).soakCommand(targets, flags)),
    );
  soak
    .command('status')
    .argument('[store]', 'the file of a soak', 'racehammer-soak.db')
    .description('what a store holds, also while it is being written')
    .option('--evidence <folder>', 'write the evidence of the failures there, for replay')
    .option('--json', 'one JSON document on stdout')
    .action(async (store: string, flags: StatusFlags) =>
      ended((await import('./soakStatus.js')).soakStatusCommand(store, flags)),
    );
  soak
    .command('diff')
    .argument('<first>', 'the file of a soak')
    .argument('<second>', 'the file of another one')
    .description('which rates have changed from one soak to another')
    .option('--json', 'one JSON document on stdout')
    .action(async (first: string, second: string, flags: { json?: boolean }) =>
      ended((await import('./soakDiff.js')).soakDiffCommand(first, second, flags)),
    );
}

/** The parser's error in the words of our own: one line, with the nearest valid word. */
function usageErrorOf(error: CommanderError, command: Command): UsageError {
  const [line] = error.message.replace(/^error: /, '').split('\n');
  const word = /'([^']*)'/.exec(line)?.[1] ?? '';
  const of = command.parent === null ? undefined : command.name();
  switch (error.code) {
    case 'commander.unknownOption':
      return unknownWord('flag', word.split('=')[0], flagsOf(command), of);
    case 'commander.unknownCommand':
      return unknownWord('command', word, [...command.commands.map((known) => known.name()), 'help']);
    case 'commander.missingArgument':
      return new UsageError(
        `${command.name()}: ${line}${word.startsWith('race') ? '; racehammer list shows the races' : ''}`,
      );
    default:
      return new UsageError(of === undefined ? line : `${of}: ${line}`);
  }
}

function flagsOf(command: Command): string[] {
  return [...command.options.map((option) => option.long ?? option.flags), '--help'];
}
