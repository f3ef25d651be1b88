/** Says in one line why a file of the user's could not be imported, with the place of a syntax error. Called by lib/cli and lib/api. */

import { spawnSync } from 'node:child_process';
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MS_MAX = 4000;
/** How Node begins the stack of an error in a CommonJS file: the place on a line of its own. */
const PLACE = /^(.+):(\d+)$/m;
/** The first frame of an error that Node met when it read or linked an ES module. */
const UNREAD = /^[^\n]*\n\s+at [^\n]*node:internal\/modules\/esm\//;

/** Returns the first line of what importing the module at `url` has thrown. */
export function whyNotLoaded(error: unknown, url: string): string {
  if (!(error instanceof Error)) return String(error);
  const [line] = error.message.split('\n');
  const place = error instanceof SyntaxError ? placeOf(error, url) : null;
  return place === null ? line : `${line} (${place})`;
}

function placeOf({ message, stack = '' }: SyntaxError, url: string): string | null {
  const head = stack.slice(0, stack.indexOf(`SyntaxError: ${message}`));
  return placeIn(UNREAD.test(stack) ? shownFor(url, message) : head);
}

/** Returns file and line of the first place in what Node says of an error. */
function placeIn(said: string): string | null {
  const [, file = '', line] = PLACE.exec(said) ?? [];
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return isAbsolute(path) ? `${relative(process.cwd(), path)}:${line}` : null;
}

/**
 * Returns what Node says of an error in the module, or in one that it imports. It tells the place only where nobody catches the error, so
 * another process meets it again: before anything runs, unless it is in a module that running code imports.
 */
function shownFor(url: string, message: string): string {
  const program = `import ${JSON.stringify(url)};`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: NODE_MS_MAX,
  });
  return stderr.includes(`SyntaxError: ${message}`) ? stderr : '';
}
