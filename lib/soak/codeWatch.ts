/**
 * Notices that the code of a race changes during a soak, so that no slice is counted under other code. Used by soak.ts
 * before each slice.
 */

import { basename } from 'node:path';
import { changedFiles, isUntouched, type RaceSource, type SourceFiles } from '../harness/host/sourceFiles.js';
import { codeWords } from '../report/soak/rowNames.js';
import { keyOf, type SoakRow } from './row.js';

/** Makes the row again from the code that is on the disk now. Throws Error if this process cannot load it. */
export type Renew = (row: SoakRow, source: RaceSource) => Promise<SoakRow>;

/**
 * Ensures that every slice is counted under the code that its threads load. They import the race again in each slice, also if its
 * files have changed meanwhile.
 */
export class CodeWatch {
  readonly #files: SourceFiles;
  readonly #renew: Renew;
  readonly #tell: (text: string) => void;
  /** Code that could not be loaded, by the key of its row: it is tried and reported once. */
  readonly #refused = new Map<string, string>();

  constructor(files: SourceFiles, renew: Renew, tell: (text: string) => void) {
    this.#files = files;
    this.#renew = renew;
    this.#tell = tell;
  }

  /** Returns the row with the current code: the row itself, another one under the same conditions, or null if it cannot be run. */
  async current(row: SoakRow): Promise<SoakRow | null> {
    if (isUntouched(row.source)) return row;
    const now = this.#files.of(row.plan.raceUrl);
    if (now.hash === row.source.hash) return { ...row, source: now };
    if (this.#refused.get(keyOf(row)) === now.hash) return null;
    const what = `${row.race.name}, ${row.name}: ${changedWords(row.source, now)}`;
    try {
      const renewed = await this.#renew(row, now);
      this.#tell(`${what}: from here on it is counted as a separate row (${codeWords(now.hash)})`);
      return renewed;
    } catch (error) {
      this.#refused.set(keyOf(row), now.hash);
      this.#tell(`${what}, and cannot be run: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }
}

const NAMED_MAX = 3;

function changedWords(before: RaceSource, after: RaceSource): string {
  const names = [...new Set(changedFiles(before, after).map((path) => basename(path)))];
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more files` : '';
  return `${names.slice(0, NAMED_MAX).join(', ')}${more} changed`;
}
