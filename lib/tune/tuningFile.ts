/**
 * Reads and changes the file of tuned settings. Called by the commands that save settings (`tune`) or use them (`run
 * --tuned`, `verify`, `soak`).
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Ajv from 'ajv/dist/2020.js';
import type { Fingerprint } from '../harness/host/fingerprint.js';
import type { Settings, SpinRange } from '../race/settings.js';

/** Settings that beat the defaults for a variant under these knobs. */
export interface TuningEntry {
  readonly race: string;
  readonly variant: string;
  readonly knobs: Readonly<Record<string, string>>;
  /** Whether its modules were instrumented: each access takes longer then; absent if not. */
  readonly instrumented?: true;
  readonly goal: 'failures' | 'near-misses' | 'trials';
  readonly settings: Settings;
  /** Times as many hits as with the default settings, with its 95 % interval; null where there is no upper end. */
  readonly ratio: number | null;
  readonly low95: number | null;
  readonly high95: number | null;
  readonly pairs: number;
  readonly budgetMs: number;
  readonly foundAt: string;
}

export interface TuningDocument {
  readonly schema: 'racehammer.tuning/1';
  readonly version: string;
  readonly host: Fingerprint;
  readonly entries: readonly TuningEntry[];
}

/** Thrown for a bad tuning file; the message is one line without its name. */
export class TuningFileError extends Error {
  override readonly name = 'TuningFileError';
}

const SCHEMA = new URL('../../../schema/tuning.schema.json', import.meta.url);
const VERSION = 1;

/** Reads the text of a tuning file. Throws TuningFileError. */
export function parseTuning(text: string): TuningDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new TuningFileError('is not a JSON document: must be a file that tune has saved');
  }
  const given = typeof document === 'object' && document !== null && 'schema' in document ? document.schema : undefined;
  const version = /^racehammer\.tuning\/(\d+)$/.exec(String(given))?.[1];
  if (version === undefined) throw new TuningFileError('holds no tuning: must be a file that tune has saved');
  if (Number(version) > VERSION)
    throw new TuningFileError(
      `was written by a newer racehammer (${String(given)}; this one reads racehammer.tuning/${VERSION})`,
    );
  // Loaded here, so that only users of a tuning file wait for it.
  const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof Ajv;
  const validate = new Ajv2020({ validateSchema: false, strictTypes: false }).compile(
    JSON.parse(readFileSync(SCHEMA, 'utf8')) as object,
  );
  if (!validate(document)) {
    const [error] = validate.errors ?? [];
    throw new TuningFileError(`${error.instancePath === '' ? 'the document' : error.instancePath} ${error.message}`);
  }
  requireSense((document as TuningDocument).entries);
  return document as TuningDocument;
}

/** Checks what a schema cannot. Throws TuningFileError. */
function requireSense(entries: readonly TuningEntry[]): void {
  for (const [i, { settings }] of entries.entries()) {
    const ranges = [
      ['spin', settings.spin],
      ...rangesOf('phases', settings),
      ...rangesOf('windows', settings),
    ] as const;
    for (const [field, { min, max }] of ranges)
      if (min > max)
        throw new TuningFileError(`/entries/${i}/settings/${field}: min ${min} must not be above max ${max}`);
  }
}

function rangesOf(field: 'phases' | 'windows', settings: Settings): [string, SpinRange][] {
  return Object.entries(settings[field]).map(([name, range]) => [`${field}/${name}`, range]);
}

/** Returns the entries with this one in place of an older one for the same variant and knobs. */
export function withEntry(entries: readonly TuningEntry[], entry: TuningEntry): TuningEntry[] {
  return [...withoutEntry(entries, entry), entry];
}

/** Returns the entries without the one for the same variant and knobs. */
export function withoutEntry(entries: readonly TuningEntry[], about: About): TuningEntry[] {
  return entries.filter((each) => keyOf(each) !== keyOf(about));
}

type About = Pick<TuningEntry, 'race' | 'variant' | 'knobs' | 'instrumented'>;

function keyOf({ race, variant, knobs, instrumented }: About): string {
  const sorted = Object.entries(knobs).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([race, variant, sorted, instrumented === true]);
}

/**
 * Returns the entry for a run. Delays belong to the paths of actors, so the same actors, with or without instruments, must have run when it
 * was found. Of several
 * it prefers the same variant and knobs, then the same knobs, then the same variant, then the newest.
 */
export function entryFor(
  entries: readonly TuningEntry[],
  about: About,
  actors: readonly string[],
): TuningEntry | undefined {
  const words = (names: readonly string[]): string => names.toSorted().join(' ');
  const fits = entries.filter(
    ({ race, settings, instrumented }) =>
      race === about.race &&
      instrumented === about.instrumented &&
      words(Object.keys(settings.phases)) === words(actors),
  );
  const knobsOf = (each: About): string => keyOf({ ...each, race: '', variant: '' });
  const score = (entry: TuningEntry): number =>
    (knobsOf(entry) === knobsOf(about) ? 2 : 0) + (entry.variant === about.variant ? 1 : 0);
  return fits.toSorted((a, b) => score(b) - score(a) || (a.foundAt < b.foundAt ? 1 : -1))[0];
}
