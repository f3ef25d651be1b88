/** The file that `--junit` names. */

import { junitXml } from '../report/junit.js';
import type { VerifyDocument } from '../report/verifyDocument.js';
import { reserveFile, writeReserved } from './outputFile.js';

/** Makes sure that the file can be written before an hour of hammering. Throws UsageError. */
export function reserveJunitFile(path: string): void {
  reserveFile('--junit', path);
}

/** Throws UsageError if the file cannot be written any more. */
export function writeJunitFile(path: string, document: VerifyDocument): void {
  writeReserved('--junit', path, junitXml(document));
}
