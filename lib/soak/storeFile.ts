/** The file of a store as a file, before SQLite sees it: who makes it, and whether it may be one. */

import { closeSync, openSync, readSync, rmSync, statSync, type Stats } from 'node:fs';
import { visible } from '../report/visible.js';

/** What is wrong with a store, in one line that names the file. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(path: string, what: string) {
    // A path may have line feeds, and a store may say anything.
    super(visible(`store ${path}: ${what}`).replaceAll('\n', '\\n'));
  }
}

const MAGIC = 'SQLite format 3\0';

/** Whoever makes the file has it: two processes that begin at the same time do not share one. */
export function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx'));
  } catch (error) {
    if (isFolder(path)) throw new StoreError(path, 'is a folder');
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const what: Readonly<Record<string, string>> = {
      EEXIST: 'is there already; --resume goes on with it',
      ENOENT: 'its folder does not exist',
    };
    throw new StoreError(path, what[code] ?? `cannot be made (${code})`);
  }
}

export function removeFiles(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${end}`, { force: true });
}

/** Whether a file begins as those of SQLite do; false for one that cannot be read. */
export function isSqlite(path: string): boolean {
  try {
    return headOf(path)?.toString('latin1') === MAGIC;
  } catch {
    return false;
  }
}

/** A file that is no database must not be touched by one: SQLite would take an empty one for new. */
export function requireSqlite(path: string): void {
  let head: Buffer | null;
  try {
    head = headOf(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new StoreError(path, code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`);
  }
  if (head === null) throw new StoreError(path, `is ${isFolder(path) ? 'a folder' : 'no file'}`);
  if (head.length === 0) throw new StoreError(path, 'the file is empty');
  if (head.toString('latin1') !== MAGIC) throw new StoreError(path, 'is no SQLite file');
}

/** The first bytes; null for what is no file: to open a pipe would wait for whoever writes to it. */
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

/** Undefined where nothing is, or nothing can be seen. */
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
