/**
 * The tuning files of a fleet: each holds settings that `tune` has found on one kind of host, and is used on such hosts alone. Called by
 * begin.ts, which plans a campaign, and by sliceMain.ts, which uses what a host gets.
 */

import type { CampaignTuning, SliceTuning } from '../../fleet/tunings.js';
import { runningActors } from '../../harness/makePlan.js';
import { packageVersion } from '../../harness/host/raceSource.js';
import { counted } from '../../report/format/numbers.js';
import { hostFacts } from '../../run/hostFacts.js';
import type { TuneRow } from '../../run/rows.js';
import { UsageError, quoted } from '../../run/usageError.js';
import type { SoakRow } from '../../soak/row.js';
import type { Store } from '../../soak/store.js';
import { TuningFileError, entryFor, parseTuning, type TuningDocument } from '../../tune/tuningFile.js';
import { differences, fingerprintOf, type Fingerprint } from '../../harness/host/fingerprint.js';
import type { Sync } from '../../harness/plan.js';
import { readTuning, rowTunerOf, type Tuning } from '../tuned.js';

/** The tuning files of a campaign, as its store keeps them. */
export interface FleetTunings {
  readonly files: readonly Tuning[];
  /** Whether hosts of any kind use the settings: those of the only file. */
  readonly anyHost: boolean;
}

/** The flags that name them. */
interface TuningFlags {
  readonly tuned: readonly string[];
  readonly anyHost: boolean;
}

export const NO_TUNINGS: FleetTunings = { files: [], anyHost: false };

/** Reads the files that are named; null if none is. Throws UsageError, also for two of which nobody knows which a host would use. */
export function readTunings({ tuned, anyHost }: TuningFlags): FleetTunings | null {
  if (tuned.length === 0) {
    if (anyHost) throw new UsageError('--any-host: is of no use without --tuned');
    return null;
  }
  if (anyHost && tuned.length > 1) {
    throw new UsageError(
      `--any-host: needs one --tuned file, and ${tuned.length} are given: no host knows which is its own`,
    );
  }
  const files = tuned.map((path) => ({ path, document: readTuning('--tuned', path, true) }));
  for (const [i, { path, document }] of files.entries()) {
    const same = files.slice(0, i).find((other) => differences(other.document.host, document.host).length === 0);
    if (same !== undefined)
      throw new UsageError(`--tuned ${quoted(path)}: is of a host like that of ${quoted(same.path)}: give one of them`);
  }
  return { files, anyHost };
}

export function keepTunings(store: Store, tunings: FleetTunings | null): void {
  if (tunings !== null) store.keepTuning(JSON.stringify(tunings));
}

/** Returns the files of a campaign that is resumed. Throws UsageError. */
export function tuningsOf(store: Store): FleetTunings {
  const text = store.tuning();
  if (text === null) return NO_TUNINGS;
  try {
    const { files, anyHost } = JSON.parse(text) as { readonly files?: unknown; readonly anyHost?: unknown };
    if (!Array.isArray(files) || typeof anyHost !== 'boolean') throw new TuningFileError('holds no tuning files');
    return { files: files.map(tuningIn), anyHost };
  } catch (error) {
    const what = error instanceof TuningFileError ? error.message : 'is not a JSON document';
    throw new UsageError(`table campaign, row 1: tuning: ${what}: must be what fleet hub has kept`);
  }
}

function tuningIn(kept: unknown): Tuning {
  const { path, document } = kept as { readonly path?: unknown; readonly document?: unknown };
  if (typeof path !== 'string') throw new TuningFileError('names no file');
  return { path, document: parseTuning(JSON.stringify(document ?? null)) };
}

/** Returns what each file has for each of the rows. Throws UsageError for settings that a row cannot have. */
export function campaignTunings({ files, anyHost }: FleetTunings, rows: readonly SoakRow[]): CampaignTuning[] {
  return files.map((tuning) => ({
    path: tuning.path,
    host: anyHost ? null : tuning.document.host,
    entries: rows.map((row) => entryOf(tuning, row)),
  }));
}

/** Returns the entry of a file that a row would use; null if its meetings or its actors are not the row's. */
function entryOf(tuning: Tuning, { race, typed, plan }: SoakRow): CampaignTuning['entries'][number] {
  const { variant, knobs, cpus, sync, memory, raceUrl } = plan;
  const { entries } = tuning.document;
  const entry = entryFor(entries, { race: race.name, variant, knobs }, runningActors(race, variant, knobs, cpus));
  if (entry === undefined) return null;
  const only = onOneMachine({ ...tuning.document, entries: [entry] });
  const limits = { threads: cpus, seed: 0, trials: Infinity, durationMs: 1 };
  const asked = { variant, knobs, cpus, sync: sync as Sync, memory, ...limits };
  const tune = rowTunerOf({ path: tuning.path, document: only })!;
  return tune({ race, typed, url: raceUrl }, asked).tuned ? only.entries[0] : null;
}

/** Returns the settings without their machines: a row has one, whatever a host has room for. */
function onOneMachine(document: TuningDocument): TuningDocument {
  const entries = document.entries.map((entry) => ({ ...entry, settings: { ...entry.settings, machines: 1 } }));
  return { ...document, entries };
}

/** Returns one line about each file. */
export function tuningLines(tunings: readonly CampaignTuning[]): string[] {
  return tunings.map(({ path, host, entries }) => {
    const withSettings = entries.filter((entry) => entry !== null).length;
    const rows = `${withSettings} of ${counted(entries.length, 'row')} with settings from ${path}`;
    return `tuned: ${rows} ${host === null ? 'on all hosts' : `on hosts with ${hostWords(host)}`}, the others with the defaults`;
  });
}

function hostWords({ cores, cpuModel, nodeMajor, cgroupCpus }: Fingerprint): string {
  const limit = cgroupCpus === null ? '' : ` (limited to ${cgroupCpus})`;
  return `${counted(cores, 'core')}${limit}, ${cpuModel}, Node ${nodeMajor}`;
}

/** Returns what applies to a row the settings that the worker has chosen for it. */
export function rowTunerFor({ path, entry }: SliceTuning): TuneRow | null {
  const host = fingerprintOf(hostFacts());
  return rowTunerOf({
    path,
    document: { schema: 'racehammer.tuning/1', version: packageVersion(), host, entries: [entry] },
  });
}
