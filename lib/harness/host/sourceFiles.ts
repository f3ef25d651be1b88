/**
 * The code that the threads of a race load, so that what different code has counted is never added up. Called by soaks: each slice
 * has threads of its own, which import the race anew, whatever has become of its files meanwhile.
 */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { WORKER_ENTRY } from './cpuThreads.js';

/** The code of a race at one moment. */
export interface RaceSource {
  /** SHA-256 of all files, by names that do not depend on where the package lies. */
  readonly hash: string;
  readonly entry: string;
  readonly files: ReadonlyMap<string, FileState>;
}

interface FileState {
  /** Changes with every write to the file and with every other file in its place, also where the content stays. */
  readonly stamp: string;
  readonly hash: string;
}

interface ReadFile extends FileState {
  /** Files that it imports, as far as its text says so. */
  readonly imports: readonly string[];
}

const PACKAGE = fileURLToPath(new URL('../../../../', import.meta.url));
/** What runs beside the race in every thread, and what the host reads it with. */
const HARNESS = [fileURLToPath(WORKER_ENTRY), fileURLToPath(new URL('run.js', import.meta.url))];

/** Reads the files of races, each again only when it has changed. */
export class SourceFiles {
  readonly #read = new Map<string, ReadFile>();

  /**
   * Returns the code that a thread would load if it began now: the module at `url`, and what it reaches by imports that
   * are spelt out. Of a package from elsewhere its manifest and what its main file reaches. Files that code reads by
   * itself are not seen.
   */
  of(url: string): RaceSource {
    const entry = fileURLToPath(url);
    const files = new Map<string, ReadFile>();
    const found = [entry, ...HARNESS];
    for (let path = found.pop(); path !== undefined; path = found.pop()) {
      if (files.has(path)) continue;
      const file = this.#fileAt(path);
      files.set(path, file);
      found.push(...file.imports);
    }
    const named = [...files].map(([path, { hash }]) => `${nameOf(path, entry)} ${hash}\n`).toSorted();
    return { hash: sha256(named.join('')), entry, files };
  }

  #fileAt(path: string): ReadFile {
    for (;;) {
      const stamp = stampOf(path);
      const known = this.#read.get(path);
      if (known?.stamp === stamp) return known;
      const file = readFile(path, stamp);
      this.#read.set(path, file);
      // What is written while it is read is read again.
      if (stampOf(path) === stamp) return file;
    }
  }
}

/** Whether no file of the code has been written or replaced since: a look at their states, not at their content. */
export function isUntouched({ files }: RaceSource): boolean {
  for (const [path, { stamp }] of files) if (stampOf(path) !== stamp) return false;
  return true;
}

/** Files whose content differs, with their whole paths. */
export function changedFiles(before: RaceSource, after: RaceSource): string[] {
  const paths = new Set([...before.files.keys(), ...after.files.keys()]);
  return [...paths].filter((path) => before.files.get(path)?.hash !== after.files.get(path)?.hash);
}

const MISSING = 'missing';

function stampOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch {
    return MISSING;
  }
}

function readFile(path: string, stamp: string): ReadFile {
  try {
    const bytes = readFileSync(path);
    const imports = /\.[cm]?[jt]s$/.test(path) ? importsOf(path, bytes.toString()) : [];
    return { stamp, hash: sha256(bytes), imports };
  } catch {
    return { stamp, hash: MISSING, imports: [] };
  }
}

/** `from '…'`, `import '…'`, `import('…')`, `require('…')`, `new URL('…', import.meta.url)`; also in a comment, which does no harm. */
const SPECIFIERS = /\b(?:from|import|require|URL)\b\s*\(?\s*(['"])([^'"\n]{1,500})\1/g;

function importsOf(path: string, text: string): string[] {
  return Array.from(text.matchAll(SPECIFIERS), ([, , specifier]) => specifier).flatMap((specifier) =>
    resolved(specifier, path),
  );
}

function resolved(specifier: string, from: string): string[] {
  if (isBuiltin(specifier)) return [];
  if (/^(?:\.{0,2}\/|file:)/.test(specifier)) return fileAt(specifier, from);
  if (/^[a-z]+:/i.test(specifier)) return [];
  return packageFiles(specifier, from);
}

/** Finds the file of a specifier; CommonJS leaves endings out. */
function fileAt(specifier: string, from: string): string[] {
  let path: string;
  try {
    path = fileURLToPath(new URL(specifier, pathToFileURL(from)));
  } catch {
    return [];
  }
  const found = ['', '.js', '.cjs', '.json', '/index.js'].map((end) => `${path}${end}`).find((each) => isFile(each));
  return found === undefined ? [] : [found];
}

function packageFiles(specifier: string, from: string): string[] {
  const require = createRequire(from);
  const [scope, name] = specifier.split('/');
  const folder = scope.startsWith('@') ? join(scope, name ?? '') : scope;
  const manifest = (require.resolve.paths(specifier) ?? [])
    .map((modules) => join(modules, folder, 'package.json'))
    .find((each) => existsSync(each));
  try {
    return [...(manifest === undefined ? [] : [manifest]), require.resolve(specifier)];
  } catch {
    return manifest === undefined ? [] : [manifest];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Returns a name that is the same wherever the race, the package and its dependencies lie. */
function nameOf(path: string, entry: string): string {
  const name = path.startsWith(PACKAGE) ? join('racehammer', relative(PACKAGE, path)) : relative(dirname(entry), path);
  return name.replaceAll(sep, '/').replace(/^.*\/node_modules\//, 'node_modules/');
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
