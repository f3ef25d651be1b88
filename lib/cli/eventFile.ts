/** What happens in a command, as JSON lines in a file while it happens. Called by `run`, `verify` and `soak`. */

import { appendFileSync, truncateSync } from 'node:fs';
import { packageVersion } from '../harness/host/raceSource.js';
import type { EvidenceLink, RunDocument } from '../report/run/document.js';
import type { RowDocument } from '../report/verify/document.js';
import type { Counts } from '../statistics/counts.js';
import type { OutputFiles } from './outputFiles.js';

const FLAG = '--events';

/** The file of `--events`, if that is given; otherwise nothing is written. A line is written whole, as soon as there is something to say. */
export class EventFile {
  readonly #files: OutputFiles;
  /** Undefined without the flag, and from the first line on that cannot be written. */
  #path: string | undefined;

  /** Reserves the file. Throws UsageError. */
  constructor(files: OutputFiles, path: string | undefined) {
    files.reserve(FLAG, path, 'events');
    this.#files = files;
    this.#path = path;
  }

  /** Empties the file, and says what has begun. */
  begin(command: string): void {
    this.#try((path) => truncateSync(path), { ifMissing: true });
    this.#write('begin', { command, version: packageVersion(), node: process.version, pid: process.pid });
  }

  /** A run, or a row of `verify`, has ended. Its evidence follows. */
  ended(run: RunDocument | RowDocument): void {
    const { race, variant, verdict, trials, failures, seconds, seed, outcomes, harnessError, repeat } = run;
    this.#write('ended', {
      race,
      variant,
      row: 'row' in run ? run.row : null,
      verdict,
      trials,
      failures,
      seconds,
      seed,
      outcomes: outcomes.map(({ signature, count }) => ({ signature, count })),
      harnessError,
      repeat,
    });
  }

  evidence(kept: readonly EvidenceLink[]): void {
    for (const { signature, file = null, sha256 = null, replayed = null, notKept = null } of kept)
      this.#write('evidence', { signature, file, sha256, replayed, notKept });
  }

  /** A slice of a soak has ended. */
  slice(ended: {
    readonly race: string;
    readonly row: string;
    readonly counts: Pick<Counts, 'trials' | 'failures' | 'seconds'>;
    readonly harnessError: string | null;
  }): void {
    const { race, row, counts, harnessError } = ended;
    const { trials, failures, seconds } = counts;
    this.#write('slice', { race, row, trials, failures, seconds, harnessError });
  }

  /** Something that a soak tells its user. */
  note(of: string, text: string): void {
    this.#write('note', { of, text });
  }

  end(exitCode: number): void {
    this.#write('end', { exitCode });
  }

  #write(kind: string, fields: object): void {
    const event = { schema: 'racehammer.event/1', at: new Date().toISOString(), kind, ...fields };
    this.#try((path) => appendFileSync(path, `${JSON.stringify(event)}\n`));
  }

  #try(work: (path: string) => void, { ifMissing = false }: { readonly ifMissing?: boolean } = {}): void {
    if (this.#path === undefined) return;
    try {
      work(this.#path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (ifMissing && code === 'ENOENT') return;
      this.#path = undefined;
      this.#files.giveUp(FLAG, `is not written any further: ${message}`);
    }
  }
}
