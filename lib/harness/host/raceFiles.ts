/** What a file must be called to be a race of a user's, and what this Node can load. Called by loadRace.ts and the commands. */

import { resolve } from 'node:path';
import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const ENDING = /\.[mc]?[jt]s$/;
const ENDING_WITH_VARIANT = /\.[mc]?[jt]s:/;
const TYPESCRIPT = /\.[mc]?ts$/;

/** The endings, for messages. */
export const RACE_ENDINGS = '.js, .mjs, .cjs, .ts, .mts or .cts';

/** Whether a name is that of a race's file. */
export function isRaceFile(name: string): boolean {
  return ENDING.test(name);
}

/** Splits `./my.race.mjs:fixed` behind the first ending that a colon follows. */
export function splitRaceFile(target: string): readonly [file: string, variant: string | undefined] {
  const end = ENDING_WITH_VARIANT.exec(target);
  if (end === null) return [target, undefined];
  const colon = end.index + end[0].length - 1;
  return [target.slice(0, colon), target.slice(colon + 1)];
}

/** Returns the address of the module in a file; undefined if there is no such file. */
export function raceFileUrl(path: string): string | undefined {
  const file = resolve(path);
  // A pipe would be waited for.
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? pathToFileURL(file).href : undefined;
}

/** Returns why this Node cannot load the file, and what can be done; null if it can. */
export function notLoadable(file: string, features: object = process.features): string | null {
  if (!TYPESCRIPT.test(file) || ('typescript' in features && Boolean(features.typescript))) return null;
  return `Node ${process.versions.node} does not run TypeScript: use Node 22.18 or later, or compile the file with tsc and name the .js file`;
}
