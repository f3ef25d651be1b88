/** Writing a file whole or not at all: the files that flags name, evidence, settings. */

import { randomUUID } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Puts a file with this content in the place of `path`, which is a regular file or nothing: see outputFiles.ts. What was there
 * stays until all is written. The half-written file has a name that nobody can have foreseen, so it is written through no link.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const half = halfOf(path);
  const fd = openSync(half, 'wx');
  try {
    try {
      writeAll(fd, content);
      const mode = statSync(path, { throwIfNoEntry: false })?.mode;
      if (mode !== undefined) fchmodSync(fd, mode & 0o7777);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(half, path);
  } catch (error) {
    rmSync(half, { force: true });
    throw error;
  }
}

/** Throws if no file can be made beside `path`. Leaves nothing behind. */
export function requireRoomFor(path: string): void {
  const half = halfOf(path);
  try {
    closeSync(openSync(half, 'wx'));
    rmSync(half);
  } catch (error) {
    throw new Error(`no file can be made in that folder: ${(error as NodeJS.ErrnoException).code}`, { cause: error });
  }
}

/** In the same folder, so that it can be renamed; of a length of its own, so that it is no name too long. */
function halfOf(path: string): string {
  return join(dirname(path), `.racehammer-${randomUUID()}.part`);
}

/** A disk that is getting full takes a part of what it is given. */
function writeAll(fd: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}
