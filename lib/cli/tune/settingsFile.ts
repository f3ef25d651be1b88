/** The file that `tune` saves its settings in. */

import { existsSync, statSync } from 'node:fs';
import type { TuneResult } from '../../report/tune/document.js';
import { withEntry, withoutEntry, type TuningDocument, type TuningEntry } from '../../tune/tuningFile.js';
import { fingerprintOf } from '../../harness/host/fingerprint.js';
import { TUNING_FILE } from '../../run/defaults.js';
import { hostFacts } from '../../run/hostFacts.js';
import type { OutputFiles } from '../outputFiles.js';
import { commandLine } from '../../report/format/commandLine.js';
import { readTuning } from '../tuned.js';
import { packageVersion } from '../../harness/host/raceSource.js';

/** What became of the settings that were found for a race. */
export interface Kept {
  readonly saved: boolean;
  readonly words: string;
}

/** Read before anything is measured, and written after each race. */
export class TuningStore {
  readonly #path: string;
  readonly #files: OutputFiles;
  #entries: readonly TuningEntry[] = [];

  /** Throws UsageError for a file that cannot be used, or written. */
  constructor(path: string, anyHost: boolean, files: OutputFiles) {
    this.#path = path;
    this.#files = files;
    if (existsSync(path) && statSync(path).isFile()) {
      const document = readTuning('--file', path, anyHost);
      const here = JSON.stringify(fingerprintOf(hostFacts()));
      // Settings of another host are replaced, never mixed with those of this one.
      if (JSON.stringify(document.host) === here) this.#entries = document.entries;
    }
    files.reserve('--file', path, 'tuning');
  }

  /** Saves what won; what the default beats is forgotten. */
  keep(result: TuneResult): Kept {
    const { race, variant, knobs, won, interrupted } = result;
    const mark = markOf(result);
    const name = `${race}:${variant}`;
    if (!won && interrupted)
      return { saved: false, words: `not saved: interrupted before ${name} was shown to be better` };
    const before = this.#entries.length;
    this.#entries = withoutEntry(this.#entries, { race, variant, knobs, ...mark });
    if (!won && this.#entries.length === before)
      return { saved: false, words: `not saved: the default stays for ${name}` };
    if (won) this.#entries = withEntry(this.#entries, entryOf(result));
    if (!this.#write()) return { saved: false, words: `not saved: ${this.#path} could not be written` };
    const how = 'instrumented' in mark ? ['--instrument'] : [];
    const use = commandLine('run', name, ...how, '--tuned', ...(this.#path === TUNING_FILE ? [] : [this.#path]));
    return won
      ? { saved: true, words: `saved in ${this.#path}; use it: ${use}` }
      : { saved: false, words: `removed from ${this.#path}: the default is as good for ${name} now` };
  }

  #write(): boolean {
    const document: TuningDocument = {
      schema: 'racehammer.tuning/1',
      version: packageVersion(),
      host: fingerprintOf(hostFacts()),
      entries: this.#entries,
    };
    return this.#files.write('--file', () => `${JSON.stringify(document, null, 2)}\n`);
  }
}

function entryOf(result: TuneResult): TuningEntry {
  const { race, variant, knobs, goal, best, duel, seconds } = result;
  const { cpus, machines, sync, round, spin, phases, windows } = best;
  const { ratio, low95, high95, pairs } = duel;
  return {
    race,
    variant,
    knobs,
    ...markOf(result),
    goal,
    settings: { cpus, machines, sync, round, spin, phases, windows },
    ratio,
    low95,
    high95,
    pairs,
    budgetMs: Math.round(1000 * seconds),
    foundAt: new Date().toISOString(),
  };
}

function markOf({ instrumented }: TuneResult): Pick<TuningEntry, 'instrumented'> {
  return instrumented === true ? { instrumented } : {};
}
