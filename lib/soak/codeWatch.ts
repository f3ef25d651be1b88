import { basename } from 'node:path';
import { changedFiles, isUntouched, type Source, type SourceFiles } from '../harness/host/sourceFiles.js';
import { codeWords } from '../report/rowNames.js';
import { keyOf, type SoakRow } from './row.js';

/** Makes the row anew from the code that lies on the disk now. Throws Error where this process cannot load it. */
export type Renew = (row: SoakRow, source: Source) => Promise<SoakRow>;

/**
 * Sees to it that every slice is counted under the code that its threads load: they import the race anew in each slice, whatever has
 * become of its files meanwhile.
 */
export class CodeWatch {
  readonly #files: SourceFiles;
  readonly #renew: Renew;
  readonly #tell: (text: string) => void;
  /** Code that could not be loaded, by the key of its row: it is told, and tried, once. */
  readonly #refused = new Map<string, string>();

  constructor(files: SourceFiles, renew: Renew, tell: (text: string) => void) {
    this.#files = files;
    this.#renew = renew;
    this.#tell = tell;
  }

  /** The row with the code of this moment: the row itself, another one under the same conditions, or null if it cannot be run. */
  async current(row: SoakRow): Promise<SoakRow | null> {
    if (isUntouched(row.source)) return row;
    const now = this.#files.of(row.plan.raceUrl);
    if (now.hash === row.source.hash) return { ...row, source: now };
    if (this.#refused.get(keyOf(row)) === now.hash) return null;
    const what = `${row.race.name}, ${row.name}: ${changedWords(row.source, now)}`;
    try {
      const renewed = await this.#renew(row, now);
      this.#tell(`${what}: what it counts from here on is a row of its own (${codeWords(now.hash)})`);
      return renewed;
    } catch (error) {
      this.#refused.set(keyOf(row), now.hash);
      this.#tell(`${what}, and cannot be run: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }
}

const NAMED_MAX = 3;

function changedWords(before: Source, after: Source): string {
  const names = [...new Set(changedFiles(before, after).map((path) => basename(path)))];
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more files` : '';
  return `${names.slice(0, NAMED_MAX).join(', ')}${more} changed`;
}
