/** The races that a worker may run: built-in ones, and the files that it was given. A job can name no others. Used by worker.ts. */

import { builtInRaces, raceUrl } from '../harness/host/loadRace.js';
import { SourceFiles } from '../harness/host/sourceFiles.js';
import { codeWords } from '../report/soak/rowNames.js';
import type { ChosenRace } from '../run/namedRace.js';
import type { NamedRow } from './messages.js';

/** What became of the row of a job: how this host names its race, or why it is left to other workers. */
export type Resolved = { readonly typed: string } | { readonly refused: string };

/** Names of races, with the code that this host has. */
export class KnownRaces {
  readonly #builtIn = new Set(builtInRaces());
  /** Those of files, by their names. */
  readonly #files: ReadonlyMap<string, Pick<ChosenRace, 'typed' | 'url'>>;
  readonly #sources = new SourceFiles();

  /** `chosen`: the races of the files that the user has named. */
  constructor(chosen: readonly ChosenRace[]) {
    this.#files = new Map(chosen.map(({ race, typed, url }) => [race.name, { typed, url }]));
  }

  /** Looks up the race of a row. */
  resolve({ race, isFile, source }: Pick<NamedRow, 'race' | 'isFile' | 'source'>): Resolved {
    const builtIn = this.#builtIn.has(race) ? { typed: race, url: raceUrl(race)! } : undefined;
    const known = isFile ? this.#files.get(race) : builtIn;
    if (known === undefined) {
      return { refused: isFile ? `race ${race} is a file that --races does not name` : `race ${race} is not built in` };
    }
    const { hash } = this.#sources.of(known.url);
    if (hash === source) return { typed: known.typed };
    return { refused: `race ${race}: the hub has ${codeWords(source)}, here is ${codeWords(hash)}` };
  }
}
