/** Writes a file completely or not at all. Called for output files, evidence and settings. */

import { randomUUID } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Replaces `path`, which is a regular file or nothing (see outputFiles.ts), by a file with this content. The old file stays until all
 * is written. The unfinished file has an unpredictable name, so that nobody can have put a link there.
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

/** Returns the name of the unfinished file: in the same folder, so that it can be renamed, and of fixed length, so that it is not too long. */
function halfOf(path: string): string {
  return join(dirname(path), `.racehammer-${randomUUID()}.part`);
}

/** Writes all bytes; a single write to a nearly full disk may write only some of them. */
function writeAll(fd: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}
