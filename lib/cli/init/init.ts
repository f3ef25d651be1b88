/** `racehammer init <name>`: a race of one's own, from a template that runs at once. */

import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { builtInRaces } from '../../harness/host/loadRace.js';
import { notLoadable } from '../../harness/host/raceFiles.js';
import { commandLine } from '../../report/format/commandLine.js';
import { print } from '../output.js';
import type { InitFlags } from './options.js';
import { raceTemplate } from './raceTemplate.js';
import { UsageError, quoted } from '../../run/usageError.js';

/**
 * Writes `<name>.mjs` into the folder that the program runs in, `<name>.mts` with `ts`: endings that are modules whatever
 * package.json says. Throws UsageError; an existing file is left as it is.
 */
export function initCommand(name: string, flags: InitFlags): number {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw new UsageError(
      `name ${quoted(name)}: a race's name is kebab-case, as in my-race: lower-case letters, digits and hyphens`,
    );
  if (builtInRaces().includes(name)) throw new UsageError(`name ${quoted(name)}: a built-in race has it already`);
  const file = flags.ts ? `${name}.mts` : `${name}.mjs`;
  try {
    writeFileSync(file, raceTemplate(name, file), { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'EEXIST' ? `${file}: is there already, and left as it is` : `${file}: cannot be written: ${message}`,
    );
  }
  const install = canImport() ? [] : ['  npm init -y && npm install racehammer     (the file imports it)'];
  const next = ['run', 'explain'].map((verb) => `  ${commandLine(verb, `./${file}`)}`);
  const why = notLoadable(file);
  print([
    `wrote ${file}: a lost update, and two ways to prevent it`,
    ...install,
    ...next,
    ...(why === null ? [] : [`note: ${why}`]),
  ]);
  return 0;
}

/** Whether a module in this folder finds the package that it imports. */
function canImport(): boolean {
  const here = resolve('package.json');
  try {
    createRequire(here).resolve('racehammer/package.json');
    return true;
  } catch {
    return existsSync(join('node_modules', 'racehammer'));
  }
}
