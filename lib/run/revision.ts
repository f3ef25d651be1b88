/**
 * The git commit that the file of a race is in, for documents and stores. Called when a document is made or a campaign is
 * begun, never for a slice: it starts a process.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url));
const GIT_MS_MAX = 2000;

/** Finds the revisions of files that were loaded together: git is asked once for each work tree. */
export class Revisions {
  readonly #known = new Map<string, string | null>();
  readonly #trees = new Map<string, string | null>();

  /** Returns what `revisionOf` does. */
  of(url: string): string | null {
    return known(this.#known, url, () => {
      if (!url.startsWith('file:')) return null;
      return revisionOf(fileURLToPath(url), (top) => known(this.#trees, top, () => statusOf(top)));
    });
  }

  /** Looks again from now on: files have changed. */
  forget(): void {
    this.#known.clear();
    this.#trees.clear();
  }
}

/** Returns what is known by that name, and finds it out where nothing is. */
function known(all: Map<string, string | null>, name: string, find: () => string | null): string | null {
  let found = all.get(name);
  if (found === undefined) all.set(name, (found = find()));
  return found;
}

/** A process loads the file of a race once, whatever git has of it later; other files may have changed before they are loaded. */
const LOADED = new Map<string, string | null>();

/** Returns the revision of a race's file as this process has loaded it. */
export function loadedRevision(url: string): string | null {
  return known(LOADED, url, () => new Revisions().of(url));
}

/**
 * Returns the commit whose work tree a file lies in, with `-dirty` behind it if tracked files differ from it. Null if that is not
 * known: no git, no work tree, or a file that git does not track. Of a built-in race that of this package, whose compiled files are
 * not tracked. `status`: what git says of a work tree.
 */
export function revisionOf(path: string, status: (top: string) => string | null = statusOf): string | null {
  if (path.includes(`${sep}node_modules${sep}`)) return null;
  const file = path.startsWith(PACKAGE) ? join(PACKAGE, 'package.json') : path;
  const top = workTreeOf(dirname(file));
  const said = top === null ? null : status(top);
  return top === null || said === null ? null : revisionIn(said, relative(top, file).replaceAll(sep, '/'));
}

/** Returns the folder, or the one around it, that git looks after; null if there is none. */
function workTreeOf(folder: string): string | null {
  if (existsSync(join(folder, '.git'))) return folder;
  const above = dirname(folder);
  return above === folder ? null : workTreeOf(above);
}

/** Returns the revision that the output of `git status` says a file is at, by its path from the top of the work tree. */
export function revisionIn(status: string, file: string): string | null {
  const entries = status.split('\0');
  const commit = entries.flatMap((entry) => /^# branch\.oid ([0-9a-f]{40,64})$/.exec(entry)?.slice(1) ?? []).at(0);
  const isUntracked = entries.filter((entry) => /^[?!] /.test(entry)).some((entry) => isIn(file, entry.slice(2)));
  if (commit === undefined || isUntracked) return null;
  return entries.some((entry) => /^[12u] /.test(entry)) ? `${commit}-dirty` : commit;
}

/** Whether an entry of the status names the file, or a folder around it. */
function isIn(file: string, entry: string): boolean {
  return entry.endsWith('/') ? file.startsWith(entry) : file === entry;
}

/** Returns the commit of a work tree, and every file that differs from it, as git prints them; null where it fails. */
function statusOf(top: string): string | null {
  const args = ['status', '--porcelain=v2', '--branch', '--untracked-files=normal', '--ignored=traditional', '-z'];
  // The index of those who work there is not written. Within a hook of git, other variables name its own work tree.
  const env = {
    ...process.env,
    GIT_OPTIONAL_LOCKS: '0',
    GIT_DIR: undefined,
    GIT_WORK_TREE: undefined,
    GIT_INDEX_FILE: undefined,
  };
  const options = { cwd: top, env, timeout: GIT_MS_MAX, encoding: 'utf8', maxBuffer: 2 ** 24 } as const;
  const { status, stdout } = spawnSync('git', args, options);
  return status === 0 ? stdout : null;
}
