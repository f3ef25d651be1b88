/**
 * Finds and imports races: built-in ones by name, those of users by file. Called on the host by lib/run, lib/api and
 * the commands.
 */

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Race } from '../../race/race.js';
import { isMadeHere } from '../../race/guardedRace.js';
import { boundedRace } from '../raceCall.js';
import { isRaceFile, raceFileUrl } from './raceFiles.js';

const PACKAGE = fileURLToPath(new URL('../../../../', import.meta.url));
const STRESS = new URL('../../../stress/', import.meta.url);
const LITMUS = 'litmus';
const KEBAB_CASE = /^[a-z0-9-]+$/;

/** Returns the names of the built-in races: the folders of `stress/`, and the files of `stress/litmus/`. */
export function builtInRaces(): string[] {
  return [...modules().keys()].toSorted();
}

/** Returns the module of each built-in race, by its name. */
function modules(): Map<string, string> {
  const folders = readdirSync(STRESS).filter((name) => KEBAB_CASE.test(name) && name !== LITMUS);
  const litmus = readdirSync(new URL(`${LITMUS}/`, STRESS)).filter((file) => file.endsWith('.js'));
  return new Map([
    ...folders.map((name) => [name, new URL(`${name}/race.js`, STRESS).href] as const),
    ...litmus.map((file) => [file.slice(0, -'.js'.length), new URL(`${LITMUS}/${file}`, STRESS).href] as const),
  ]);
}

/** A race and where its module is. */
export interface LoadedRace {
  readonly race: Race;
  readonly url: string;
}

/** Returns the module of a built-in race, or of a file of the user's; undefined if there is none. */
export function raceUrl(nameOrPath: string): string | undefined {
  if (isRaceFile(nameOrPath)) return raceFileUrl(nameOrPath);
  return modules().get(nameOrPath);
}

/** Whether a module is part of the program. */
export function isBuiltIn(url: string): boolean {
  return url.startsWith(STRESS.href);
}

/** Returns the address that is imported: `code` as for loadRace. */
export function moduleOf(url: string, code: string | undefined): string {
  if (code === undefined) return url;
  const module = new URL(url);
  module.searchParams.set('code', code);
  return module.href;
}

/**
 * Imports a race; the functions of one that is not built in are bounded (raceCall.ts). `code`: a name for what its file holds now; a
 * process that has loaded another content loads it once more. Throws Error if the module exports none.
 */
export async function loadRace(url: string, code?: string): Promise<LoadedRace> {
  const { default: race } = (await import(moduleOf(url, code))) as { default?: Race };
  if (race?.variants === undefined) throw new Error(`${url} has no default export made by defineRace()`);
  if (!isMadeHere(race))
    throw new Error(
      `${url}: its default export is not made by defineRace() of the racehammer that runs here, which is in ${PACKAGE} (nor is a copy of a race, { ...race }: put what it changes into its definition)`,
    );
  return { race: isBuiltIn(url) ? race : boundedRace(race), url };
}
