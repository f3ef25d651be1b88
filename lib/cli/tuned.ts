/** `--tuned`: a run with the settings that `tune` has found for it on this host. */

import { existsSync, readFileSync } from 'node:fs';
import { roundMax } from '../harness/plan.js';
import { placesOf } from '../race/tasks.js';
import { configOf, partsOf } from '../race/kinds.js';
import { isInstrumented } from '../instrument/marked.js';
import type { Race } from '../race/race.js';
import type { NamedRace } from '../run/namedRace.js';
import { TuningFileError, entryFor, parseTuning, type TuningDocument, type TuningEntry } from '../tune/tuningFile.js';
import { differences, fingerprintOf } from '../harness/host/fingerprint.js';
import { hostFacts } from '../run/hostFacts.js';
import { type Asked } from '../run/request.js';
import { runningActors } from '../harness/makePlan.js';
import { cpusFault, roomHere, threadsFault } from '../run/shape.js';
import type { TuneRow } from '../run/rows.js';
import { UsageError, quoted } from '../run/usageError.js';
import { counted } from '../report/format/numbers.js';

/** The options of commands that use a tuning file. */
export interface TunedFlags {
  /** The file. */
  readonly tuned?: string | undefined;
  readonly anyHost?: boolean;
}

/** A tuning file that was read. */
export interface Tuning {
  readonly path: string;
  readonly document: TuningDocument;
}

/** Reads the requested tuning; null if there is none. Throws UsageError, also for a file from another host. */
export function readTuned(flags: TunedFlags): Tuning | null {
  const { anyHost, tuned: path } = flags;
  if (path === undefined) {
    if (anyHost === true) throw new UsageError('--any-host: is of no use without --tuned');
    return null;
  }
  if (!existsSync(path))
    throw new UsageError(`--tuned ${quoted(path)}: there is no such file; racehammer tune makes it`);
  return { path, document: readTuning('--tuned', path, anyHost === true) };
}

/** Reads the tuning file at `path`. `flag` names it in errors. Throws UsageError, also for a file from another host unless that is allowed. */
export function readTuning(flag: string, path: string, anyHost: boolean): TuningDocument {
  const document = parse(flag, path);
  const unlike = differences(document.host, fingerprintOf(hostFacts()));
  if (unlike.length > 0 && !anyHost) {
    throw new UsageError(
      `${flag} ${quoted(path)}: was found on another host (${unlike.join('; ')}): tune here, or allow it with --any-host`,
    );
  }
  return document;
}

function parse(flag: string, path: string): TuningDocument {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${flag} ${quoted(path)}: cannot be read: ${(error as Error).message}`);
  }
  try {
    return parseTuning(text);
  } catch (error) {
    throw error instanceof TuningFileError ? new UsageError(`${flag} ${quoted(path)}: ${error.message}`) : error;
  }
}

/** What the user has fixed: it is left as it is. */
export interface Fixed {
  /** CPUs, machines and meetings. */
  readonly shape: boolean;
  readonly sync: boolean;
  readonly round: boolean;
  readonly spin: boolean;
}

/** A row says itself how many CPUs meet, and how. */
const OF_A_ROW: Fixed = Object.freeze({ shape: true, sync: true, round: false, spin: false });

/** Returns a function that applies tuned settings to a run; `say` gets the result. Without a tuning it changes nothing. */
export function tunerOf(
  tuning: Tuning | null,
  chosen: NamedRace,
  say: (words: string, found: boolean) => void,
): (asked: Asked, fixed: Fixed) => Asked {
  if (tuning === null) return (asked) => asked;
  return (asked, fixed) => {
    const tuned = withTuning(tuning, chosen, asked, fixed);
    say(tuned.words, tuned.found);
    return tuned.asked;
  };
}

/** Returns a function that applies tuned settings to a row, which fixes CPUs and meetings itself; null without a tuning. */
export function rowTunerOf(tuning: Tuning | null): TuneRow | null {
  if (tuning === null) return null;
  return (race, asked) => {
    let tuned = false;
    const tune = tunerOf(tuning, race, (_, found) => (tuned = found));
    return { asked: tune(asked, OF_A_ROW), tuned };
  };
}

/** Returns one line about rows, some of which have settings of the tuning file at `path`; none without one. */
export function tunedRowsLines(path: string | null, rows: readonly { readonly tuned: boolean }[]): string[] {
  if (path === null) return [];
  const withSettings = rows.filter(({ tuned }) => tuned).length;
  return [
    `tuned: ${withSettings} of ${counted(rows.length, 'row')} with settings from ${path}, the others with the defaults`,
  ];
}

/** Returns the request with tuned settings where it has none of its own, and one line that says so. */
interface TunedAsked {
  readonly asked: Asked;
  readonly words: string;
  readonly found: boolean;
}

/**
 * Settings for a run. Those of an entry hold only where its meetings and its actors are the run's: elsewhere the delays mean
 * something else, and the defaults stay.
 */
function withTuning({ path, document }: Tuning, { race, url }: NamedRace, asked: Asked, fixed: Fixed): TunedAsked {
  const { variant, knobs } = asked;
  const mark = isInstrumented(url) ? { instrumented: true as const } : {};
  const name = `${race.name}:${variant}`;
  const actors = runningActors(race, variant, knobs, asked.cpus);
  const entry = entryFor(document.entries, { race: race.name, variant, knobs, ...mark }, actors);
  const reason =
    entry === undefined
      ? `has no settings for ${name} with these actors${'instrumented' in mark ? ' and --instrument' : ''}`
      : reasonAgainst(entry, asked, fixed);
  if (entry === undefined || reason !== null)
    return { asked, words: `tuned: ${path} ${reason}; the defaults are used for ${name}`, found: false };
  const { settings } = entry;
  const { cpus, machines, sync, round, spin } = settings;
  requireShape(path, entry, race);
  const max = roundMax(race, configOf(race, variant, knobs), fixed.shape ? asked.cpus : cpus);
  return {
    asked: {
      ...asked,
      ...(fixed.shape ? {} : { cpus, threads: cpus * machines }),
      ...(fixed.sync ? {} : { sync }),
      ...(fixed.round ? {} : { round: Math.min(round, max) }),
      ...(fixed.spin ? {} : { spin }),
      phases: { ...settings.phases, ...asked.phases },
      windows: { ...windowsOf(settings.windows, partsOf(race).windows), ...asked.windows },
    },
    found: true,
    words:
      `tuned: ${name} with the settings found for ${entry.race}:${entry.variant} in ${path} ` +
      `(${ratioWords(entry)} there, ${entry.foundAt.slice(0, 10)})`,
  };
}

/** Requires the same limits as those of the flags: a file is typed by hand, too. */
function requireShape(path: string, { race: name, variant, settings }: TuningEntry, race: Race): void {
  const { cpus, machines, sync } = settings;
  const refuse = (field: string, value: unknown, why: string): never => {
    throw new UsageError(`--tuned ${quoted(path)}: settings of ${name}:${variant}: ${field} ${String(value)}: ${why}`);
  };
  const wrongCpus = cpusFault(race, cpus);
  if (wrongCpus !== null) refuse('cpus', cpus, wrongCpus);
  const wrongThreads = threadsFault(cpus * machines, cpus, roomHere(), placesOf(race, cpus));
  if (wrongThreads !== null)
    refuse('machines', machines, `with ${counted(cpus, 'CPU')} each, the threads ${wrongThreads}`);
  if (race.kind === 'litmus' && sync !== 'stride') refuse('sync', sync, `must be stride: ${name} is a litmus race`);
}

function reasonAgainst({ settings, variant }: TuningEntry, asked: Asked, fixed: Fixed): string | null {
  if (fixed.sync && settings.sync !== asked.sync)
    return `has settings of ${variant} for --sync ${settings.sync} alone, not for ${asked.sync}`;
  if (!fixed.sync && settings.sync === 'free' && asked.sync !== 'free')
    return `has settings of ${variant} for --sync free alone`;
  if (fixed.shape && settings.cpus !== asked.cpus)
    return `has settings of ${variant} for ${counted(settings.cpus, 'CPU')} alone, not for ${asked.cpus}`;
  return null;
}

/** Windows that the race no longer has are left out. */
function windowsOf(
  windows: TuningEntry['settings']['windows'],
  known: readonly string[],
): TuningEntry['settings']['windows'] {
  return Object.fromEntries(Object.entries(windows).filter(([name]) => known.includes(name)));
}

function ratioWords({ ratio, goal }: TuningEntry): string {
  const what = { failures: 'failures', 'near-misses': 'near misses', trials: 'trials' }[goal];
  return ratio === null ? `many times the ${what}` : `${Number(ratio.toPrecision(2))} times the ${what}`;
}
