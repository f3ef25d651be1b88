/** Files of evidence: where `run` puts them, and what `replay` reads. */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../evidence/evidence.js';
import { EvidenceFileError, decodeEvidence, encodeEvidence } from '../evidence/evidenceFile.js';
import { UsageError, quoted } from './usageError.js';

/** Writes the evidence into a folder, which is made if need be; the path of the file. */
export function keepEvidence(folder: string, evidence: Evidence): string {
  const { race, variant, signature, trial, machine } = evidence;
  const path = join(folder, `${race}-${variant}-${signature}-m${machine}-t${trial}.evidence`);
  writing('--evidence', folder, () => {
    mkdirSync(folder, { recursive: true });
    writeEvidence(path, evidence);
  });
  return path;
}

/** Writes one file; it appears whole or not at all. Throws UsageError if it cannot be written. */
export function writeEvidence(path: string, evidence: Evidence): void {
  writing('file', path, () => {
    const half = `${path}.${process.pid}.tmp`;
    writeFileSync(half, encodeEvidence(evidence));
    renameSync(half, path);
  });
}

function writing(what: string, path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${what} ${quoted(path)}: cannot be written: ${(error as Error).message}`);
  }
}

/** Reads one file. Throws UsageError if it is not there, not whole, or no evidence. */
export function readEvidence(path: string): Evidence {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`evidence ${quoted(path)}: cannot be read: ${(error as Error).message}`);
  }
  try {
    return decodeEvidence(bytes);
  } catch (error) {
    if (error instanceof EvidenceFileError) throw new UsageError(`evidence ${quoted(path)}: ${error.message}`);
    throw error;
  }
}
