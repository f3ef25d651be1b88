import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Race } from '../race/race.js';
import { isGuarded } from '../race/guardedRace.js';
import { boundedRace } from './raceCall.js';
import { isRaceFile, raceFileUrl } from './raceFiles.js';

const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url));
const STRESS = new URL('../../stress/', import.meta.url);

/** Names of the built-in races: the files in `stress/` without an inner dot in their name. */
export function builtInRaces(): string[] {
  return readdirSync(STRESS)
    .filter((file) => /^[a-z0-9-]+\.js$/.test(file))
    .map((file) => file.slice(0, -'.js'.length))
    .toSorted();
}

/** A race and where its module is. */
export interface LoadedRace {
  readonly race: Race;
  readonly url: string;
}

/** The module of a built-in race, or of a file of the user's; undefined if there is none. */
export function raceUrl(nameOrPath: string): string | undefined {
  if (isRaceFile(nameOrPath)) return raceFileUrl(nameOrPath);
  return builtInRaces().includes(nameOrPath) ? new URL(`${nameOrPath}.js`, STRESS).href : undefined;
}

/** Whether a module is part of the program. */
export function isBuiltIn(url: string): boolean {
  return url.startsWith(STRESS.href);
}

/** What is imported: `code` as for loadRace. */
export function moduleOf(url: string, code: string | undefined): string {
  return code === undefined ? url : `${url}?code=${code}`;
}

/**
 * Imports a race; the functions of one that is not built in are bounded (raceCall.ts). `code`: a name for what its file holds now; a
 * process that has loaded another content loads it once more. Throws Error if the module exports none.
 */
export async function loadRace(url: string, code?: string): Promise<LoadedRace> {
  const { default: race } = (await import(moduleOf(url, code))) as { default?: Race };
  if (race?.variants === undefined) throw new Error(`${url} has no default export made by defineRace()`);
  if (!isGuarded(race))
    throw new Error(
      `${url}: its default export is not made by defineRace() of the racehammer that runs here, which is in ${PACKAGE}`,
    );
  return { race: isBuiltIn(url) ? race : boundedRace(race), url };
}
