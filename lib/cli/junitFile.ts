/** The file that `--junit` names. */

import { appendFileSync, writeFileSync } from 'node:fs';
import { junitXml } from '../report/junit.js';
import type { VerifyDocument } from '../report/verifyDocument.js';
import { UsageError, quoted } from './usageError.js';

/** Makes sure that the file can be written before an hour of hammering ends with the news that it cannot. Throws UsageError. */
export function reserveJunitFile(path: string): void {
  writing(path, () => appendFileSync(path, ''));
}

/** Throws UsageError if the file cannot be written any more. */
export function writeJunitFile(path: string, document: VerifyDocument): void {
  writing(path, () => writeFileSync(path, junitXml(document)));
}

function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new UsageError(`--junit ${quoted(path)}: must be a file that can be written: ${(error as Error).message}`);
  }
}
