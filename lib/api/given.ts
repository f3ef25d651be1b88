/** Finds the module of a race that a program was given, and loads it. Called by the functions for programs. */

import { fileURLToPath, pathToFileURL } from 'node:url';
import { builtInRaces, loadRace, raceUrl, type LoadedRace } from '../harness/host/loadRace.js';
import { isRaceFile, notLoadable, raceFileUrl } from '../harness/host/raceFiles.js';
import { whyNotLoaded } from '../harness/host/whyNotLoaded.js';
import { definingModule } from '../race/definedIn.js';
import { instrumentHere, requireJavaScript } from '../run/instrumented.js';
import type { HowLoaded, NamedRace } from '../run/namedRace.js';
import { unknownWord } from '../run/unknownWord.js';
import { UsageError, quoted } from '../run/usageError.js';
import type { RaceGiven } from './options.js';

/**
 * Loads the race. Throws UsageError, one line, for what is no race, has no module that a thread could import, or cannot be instrumented
 * where that is asked for.
 */
export async function loadGiven(given: RaceGiven, how: HowLoaded = {}): Promise<NamedRace> {
  if (given instanceof URL) return loadFile(fileOf(given), how);
  if (typeof given === 'string') return loadNamed(given, how);
  if (typeof given !== 'object' || given === null || typeof given.name !== 'string')
    throw new UsageError(`race: is ${shownType(given)}, and must be made by defineRace(), a path, a URL or a name`);
  const module = definingModule(given);
  if (module === undefined)
    throw new UsageError(`race ${quoted(given.name)}: is not made by defineRace() of this copy of racehammer`);
  const path = module.startsWith('file:') ? fileURLToPath(module) : module;
  const exported = await defaultExport(path);
  if (exported !== given.name)
    throw new UsageError(
      `race ${quoted(given.name)}: must be the default export of ${quoted(path, Infinity)}, which every thread imports`,
    );
  return loadFile(path, how);
}

async function loadNamed(name: string, how: HowLoaded): Promise<NamedRace> {
  if (isRaceFile(name)) return loadFile(name, how);
  const url = raceUrl(name);
  if (url === undefined) throw unknownWord('race', name, builtInRaces());
  const loaded = await loadRace(url, how.code);
  if (how.instrument === true) requireJavaScript('instrument', loaded);
  return { ...loaded, typed: name };
}

async function loadFile(path: string, { code, instrument = false }: HowLoaded): Promise<NamedRace> {
  const url = raceFileUrl(path);
  const refuse = (why: string): UsageError => new UsageError(`race ${quoted(path, Infinity)}: ${why}`);
  if (url === undefined) throw refuse('there is no such file');
  const why = notLoadable(path);
  if (why !== null) throw refuse(why);
  const address = instrument ? instrumentHere('instrument')(url) : url;
  let loaded: LoadedRace;
  try {
    loaded = await loadRace(address, code);
  } catch (error) {
    throw refuse(`cannot be loaded: ${whyNotLoaded(error, url)}`);
  }
  if (instrument) requireJavaScript('instrument', loaded);
  return { ...loaded, typed: path };
}

/** Returns the name of the race that a module exports; undefined if it exports none. */
async function defaultExport(path: string): Promise<unknown> {
  const module = (await import(pathToFileURL(path).href)) as { readonly default?: { readonly name?: unknown } };
  return module.default?.name;
}

function fileOf(url: URL): string {
  if (url.protocol !== 'file:') throw new UsageError(`race ${quoted(url.href)}: must be a file: address`);
  return fileURLToPath(url);
}

function shownType(value: unknown): string {
  if (value instanceof Promise) return 'a promise';
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
