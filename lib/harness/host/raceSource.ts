/**
 * The hash of a race's source and the version of this package, by which evidence and documents are matched. Called on
 * the host by evidenceOf.ts, lib/run and the commands.
 */

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STRESS = new URL('../../../stress/', import.meta.url).href;

/**
 * Returns the SHA-256 of a race's own files: its module, and those beside it that begin with its name and a dot; of a
 * built-in race all files of its folder.
 */
export function raceSource(url: string): string {
  const path = fileURLToPath(url);
  const extension = extname(path);
  const stem = basename(path, extension);
  const isWholeFolder = url.startsWith(STRESS) && stem === 'race';
  const files = readdirSync(dirname(path))
    .filter((file) => (isWholeFolder || file.startsWith(`${stem}.`)) && file.endsWith(extension))
    .toSorted();
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(dirname(path), file)));
  return hash.digest('hex');
}

/** Returns the version of this package. */
export function packageVersion(): string {
  const manifest = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
