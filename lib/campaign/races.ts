/** The races of a soak, each with the code that it was loaded from: its slices are counted under that code alone. */

import { basename } from 'node:path';
import { raceUrl } from '../harness/host/loadRace.js';
import { SourceFiles, isUntouched, type RaceSource } from '../harness/host/sourceFiles.js';
import { splitTarget, type ChosenRace, type HowLoaded } from '../run/namedRace.js';
import { Revisions } from '../run/revision.js';
import { UsageError } from '../run/usageError.js';

export interface SoakRace extends ChosenRace {
  readonly source: RaceSource;
}

/** Loads what a target names. Throws UsageError for a race or a variant that does not exist. */
export type ChooseRace = (target: string, how?: HowLoaded) => Promise<ChosenRace>;

/** What has been read of files, for all campaigns of a process: a file that has changed is read again. */
const FILES = new SourceFiles();

/** Loads races for one process, which can load each file of a race only once, but for the race's own. */
export class SoakRaces {
  readonly #choose: ChooseRace;
  readonly #revisions = new Revisions();
  readonly #sources = new Map<string, RaceSource>();
  /** Content of the files that this process has loaded, by their paths. */
  readonly #loaded = new Map<string, string>();

  constructor(choose: ChooseRace) {
    this.#choose = choose;
  }

  /** The race that `target` names, instrumented or as it is. Throws UsageError. */
  async choose(target: string, instrument = false): Promise<SoakRace> {
    const url = fileOf(target);
    // Looked at before it is loaded: if it is written in between, the first slice finds other code than this.
    const found = url === undefined ? undefined : (this.#sources.get(url) ?? FILES.of(url));
    const chosen = await this.#choose(target, { instrument });
    const source = found ?? FILES.of(chosen.url);
    this.#sources.set(url ?? chosen.url, source);
    this.#note(source);
    return { ...chosen, source };
  }

  /** The same race from the code that lies there now. Throws UsageError where this process cannot load it. */
  async reload(target: string, source: RaceSource, instrument = false): Promise<SoakRace> {
    const stale = this.#stale(source);
    if (stale.length > 0)
      throw new UsageError(`only a new process can load ${stale.join(', ')} again; --resume continues it`);
    const chosen = await this.#choose(target, { code: source.hash, instrument });
    if (!isUntouched(source)) throw new UsageError('its files are being written');
    this.#sources.set(fileOf(target) ?? chosen.url, source);
    this.#note(source);
    this.#revisions.forget();
    return { ...chosen, source };
  }

  /** The git commit of the file of a race as it was loaded; null if it is not known. */
  revisionOf(url: string): string | null {
    return this.#revisions.of(url);
  }

  #stale({ entry, files }: RaceSource): string[] {
    return [...files]
      .filter(([path, { hash }]) => path !== entry && (this.#loaded.get(path) ?? hash) !== hash)
      .map(([path]) => basename(path));
  }

  /** What a process has loaded of a file stays with it, whatever it holds later. */
  #note({ files }: RaceSource): void {
    for (const [path, { hash }] of files) if (!this.#loaded.has(path)) this.#loaded.set(path, hash);
  }
}

/** Returns the module of what a target names, whether it is instrumented or not. */
function fileOf(target: string): string | undefined {
  return raceUrl(splitTarget(target).typed);
}
