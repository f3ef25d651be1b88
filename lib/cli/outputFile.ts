/** A file that a flag names, for what a command finds out. */

import { appendFileSync, writeFileSync } from 'node:fs';
import { UsageError, quoted } from './usageError.js';

/** Makes sure that the file can be written before an hour of work ends with the news that it cannot. Throws UsageError. */
export function reserveFile(flag: string, path: string): void {
  writing(flag, path, () => appendFileSync(path, ''));
}

/** Throws UsageError if the file cannot be written any more. */
export function writeReserved(flag: string, path: string, text: string): void {
  writing(flag, path, () => writeFileSync(path, text));
}

function writing(flag: string, path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new UsageError(`${flag} ${quoted(path)}: must be a file that can be written: ${(error as Error).message}`);
  }
}
