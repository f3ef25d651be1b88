/** `racehammer tune`: finds the settings under which this host hammers best. */

import { accessSync, constants, existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { INTERRUPTED_EXIT, exitCodeOf } from '../evidence/verdict.js';
import { tunePage } from '../report/html/tunePage.js';
import type { TuneDocument, TuneResult } from '../report/tuneDocument.js';
import { tuneReport } from '../report/tuneReport.js';
import { RigFailure } from '../tune/rig.js';
import { tune, type Tuned } from '../tune/tune.js';
import { fingerprintOf, withEntry, withoutEntry, type TuningDocument, type TuningEntry } from '../tune/tuningFile.js';
import { formatDuration } from './duration.js';
import { hostFacts } from './hostFacts.js';
import { catchInterrupts } from './interrupts.js';
import { LiveLines, isTerminal, print, printDocument, tell } from './output.js';
import { repeatCommand } from './repeat.js';
import { racesToTune, runOfPoint, type RaceToTune, type TuneFlags } from './tuneOptions.js';
import { TUNING_FILE } from './defaultFiles.js';
import { readTuning } from './tuned.js';
import { UsageError, quoted } from './usageError.js';
import { version } from './version.js';

export type { TuneFlags } from './tuneOptions.js';

/** Tunes one race after the other; settings are saved as soon as they are found. Returns the exit code. Throws UsageError. */
export async function tuneCommand(targets: readonly string[], flags: TuneFlags): Promise<number> {
  const races = await racesToTune(targets, flags);
  const file = new TuningStore(flags.file, flags.anyHost === true);
  if (flags.html !== undefined) requireWritable('--html', flags.html);
  const [{ order }] = races;
  const startedAt = new Date().toISOString();
  const say = (lines: readonly string[]): void => {
    if (flags.json !== true) print(lines);
  };
  say([`tuning for ${formatDuration(order.budgetMs)} each, seed ${order.seed}; settings are saved in ${flags.file}`]);
  const { results, saved, failure, interrupted } = await tuneAll(races, file, (result, kept) =>
    say(['', ...tuneReport(result, isTerminal('stdout')), kept]),
  );
  const violated = results.some(({ violations }) => violations > 0);
  const exitCode =
    failure !== null
      ? exitCodeOf('HARNESS_ERROR')
      : violated
        ? exitCodeOf('VIOLATED')
        : interrupted
          ? INTERRUPTED_EXIT
          : 0;
  const document: TuneDocument = {
    schema: 'racehammer.tune/1',
    version: version(),
    startedAt,
    budgetMs: order.budgetMs,
    seed: order.seed,
    results,
    file: flags.file,
    saved,
    interrupted,
    exitCode,
    host: hostFacts(),
  };
  if (failure !== null) tell(`racehammer: ${failure}`);
  if (flags.json === true) printDocument(document);
  if (flags.html !== undefined) write('--html', flags.html, tunePage(document));
  return exitCode;
}

interface AllTuned {
  readonly results: TuneResult[];
  /** Races whose settings were saved. */
  readonly saved: string[];
  readonly failure: string | null;
  readonly interrupted: boolean;
}

async function tuneAll(
  races: readonly RaceToTune[],
  file: TuningStore,
  onResult: (result: TuneResult, kept: string) => void,
): Promise<AllTuned> {
  const interrupts = catchInterrupts();
  const { signal } = interrupts;
  const results: TuneResult[] = [];
  const saved: string[] = [];
  try {
    for (const race of races) {
      if (signal.aborted) break;
      const stage = stageLine(race);
      const tuned = await tune({ ...race.order, signal, onStage: (name, used) => stage.say(name, used) });
      stage.end();
      const result = resultOf(race, tuned);
      const kept = file.keep(result);
      if (result.won) saved.push(`${result.race}:${result.variant}`);
      results.push(result);
      onResult(result, kept);
    }
    return { results, saved, failure: null, interrupted: signal.aborted };
  } catch (error) {
    if (!(error instanceof RigFailure)) throw error;
    return { results, saved, failure: error.message, interrupted: signal.aborted };
  } finally {
    interrupts.release();
  }
}

function resultOf(race: RaceToTune, { bestPoint, ...result }: Tuned): TuneResult {
  return { ...result, repeat: repeatCommand(runOfPoint(race, bestPoint)) };
}

/** What is being done, on stderr: a line that is rewritten on a terminal, a line for each stage elsewhere. */
function stageLine({ run }: RaceToTune): { say(stage: string, used: number): void; end(): void } {
  const lines = new LiveLines();
  const title = `${run.plan.race}:${run.plan.variant}`;
  return {
    say: (stage, used) => lines.show([`${title}: ${Math.round(100 * used)} %, ${stage}`]),
    end: () => lines.clear(),
  };
}

/** The tuning file, read before anything is measured and written after each race. */
class TuningStore {
  readonly #path: string;
  #entries: readonly TuningEntry[] = [];

  /** Throws UsageError for a file that cannot be used, or written. */
  constructor(path: string, anyHost: boolean) {
    this.#path = path;
    if (existsSync(path) && statSync(path).isFile()) {
      const document = readTuning('--file', path, anyHost);
      const here = JSON.stringify(fingerprintOf(hostFacts()));
      // Settings of another host are replaced, never mixed with those of this one.
      if (JSON.stringify(document.host) === here) this.#entries = document.entries;
    }
    requireWritable('--file', path);
  }

  /** Saves what won; what the default beats is forgotten. Says what was done. */
  keep(result: TuneResult): string {
    const { race, variant, knobs, goal, duel, won, interrupted } = result;
    const name = `${race}:${variant}`;
    if (!won && interrupted) return `not saved: interrupted before ${name} was shown to be better`;
    const { ratio, low95, high95, pairs } = duel;
    const before = this.#entries.length;
    this.#entries = withoutEntry(this.#entries, { race, variant, knobs });
    if (won) {
      const { cpus, machines, sync, round, spin, phases, windows } = result.best;
      const settings = { cpus, machines, sync, round, spin, phases, windows };
      const found = { budgetMs: Math.round(1000 * result.seconds), foundAt: new Date().toISOString() };
      this.#entries = withEntry(this.#entries, {
        race,
        variant,
        knobs,
        goal,
        settings,
        ratio,
        low95,
        high95,
        pairs,
        ...found,
      });
      this.#write();
      return `saved in ${this.#path}; use it: npx racehammer run ${name} --tuned${this.#flag()}`;
    }
    if (this.#entries.length === before) return `not saved: the default stays for ${name}`;
    this.#write();
    return `removed from ${this.#path}: the default is as good for ${name} now`;
  }

  #flag(): string {
    return this.#path === TUNING_FILE ? '' : ` ${this.#path}`;
  }

  /** All of it or nothing: whoever is killed meanwhile leaves the file as it was. */
  #write(): void {
    const document: TuningDocument = {
      schema: 'racehammer.tuning/1',
      version: version(),
      host: fingerprintOf(hostFacts()),
      entries: this.#entries,
    };
    write('--file', `${this.#path}.part`, `${JSON.stringify(document, null, 2)}\n`);
    renameSync(`${this.#path}.part`, this.#path);
  }
}

/** An hour of tuning must not end with the news that its result cannot be written. */
function requireWritable(flag: string, path: string): void {
  writing(flag, path, () => {
    if (existsSync(path) && !statSync(path).isFile()) throw new Error('it is no file');
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  });
}

function write(flag: string, path: string, text: string): void {
  writing(flag, path, () => writeFileSync(path, text));
}

function writing(flag: string, path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new UsageError(`${flag} ${quoted(path)}: must be a file that can be written: ${(error as Error).message}`);
  }
}
