/** The folders that the bench works in, so that an interrupt leaves none of them behind. Used by the parts that write files. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();

/** Makes an empty folder. */
export function makeFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'racehammer-bench-'));
  folders.add(path);
  return path;
}

/** Removes a folder with all that is in it. A process that was just ended may still write there for a moment. */
export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10 });
  folders.delete(path);
}

/** Removes the folders of the parts that were not measured to their end. */
export function removeFolders(): void {
  for (const path of folders) removeFolder(path);
}
