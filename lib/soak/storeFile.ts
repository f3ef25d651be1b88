/** Creates and inspects the file of a store before SQLite opens it. Called by database.ts and openFile.ts. */

import { closeSync, openSync, readSync, rmSync, statSync, type Stats } from 'node:fs';
import { visible } from '../report/format/visible.js';

/** Thrown for a bad store; the message is one line that names the file. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(path: string, what: string) {
    // A path may contain line feeds, and a store any text.
    super(visible(`store ${path}: ${what}`).replaceAll('\n', '\\n'));
  }
}

const MAGIC = 'SQLite format 3\0';

/** Makes the file. Of two processes that begin at the same time only one succeeds. */
export function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx'));
  } catch (error) {
    if (isFolder(path)) throw new StoreError(path, 'is a folder');
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const what: Readonly<Record<string, string>> = {
      EEXIST: 'exists already; --resume continues it',
      ENOENT: 'its folder does not exist',
    };
    throw new StoreError(path, what[code] ?? `cannot be made (${code})`);
  }
}

export function removeFiles(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${end}`, { force: true });
}

/** Whether a file begins like a SQLite file; false if it cannot be read. */
export function isSqlite(path: string): boolean {
  try {
    return headOf(path)?.toString('latin1') === MAGIC;
  } catch {
    return false;
  }
}

/** Throws unless the file is one of SQLite, which would turn an empty file into a new database. */
export function requireSqlite(path: string): void {
  let head: Buffer | null;
  try {
    head = headOf(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new StoreError(path, code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`);
  }
  if (head === null) throw new StoreError(path, `is ${isFolder(path) ? 'a folder' : 'not a file'}`);
  if (head.length === 0) throw new StoreError(path, 'the file is empty');
  if (head.toString('latin1') !== MAGIC) throw new StoreError(path, 'is not a SQLite file');
}

/** Returns the first bytes; null for anything but a file: opening a pipe would wait for a writer. */
function headOf(path: string): Buffer | null {
  if (!statSync(path).isFile()) return null;
  const head = Buffer.alloc(MAGIC.length);
  const file = openSync(path, 'r');
  try {
    return head.subarray(0, readSync(file, head, 0, head.length, 0));
  } finally {
    closeSync(file);
  }
}

/** Returns the inode; undefined if the file does not exist or cannot be seen. */
export function inodeOf(path: string): number | undefined {
  return statOf(path)?.ino;
}

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
