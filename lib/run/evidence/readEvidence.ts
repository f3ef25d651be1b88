/** Reads a file of evidence, as `replay` and `run --from` are given it. */

import { readFileSync } from 'node:fs';
import type { Evidence } from '../../evidence/evidence.js';
import { EvidenceFileError, contentHash } from '../../evidence/evidenceFile.js';
import { EvidenceReader } from './decodeEvidence.js';
import { UsageError, quoted } from '../usageError.js';

/** Reads one file. Throws UsageError if it is not there, not whole, no evidence, or contradicts itself. */
export function readEvidence(path: string): { readonly evidence: Evidence; readonly sha256: string } {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`evidence ${quoted(path)}: cannot be read: ${(error as Error).message}`);
  }
  try {
    return { evidence: new EvidenceReader().decode(bytes), sha256: contentHash(bytes)! };
  } catch (error) {
    if (error instanceof EvidenceFileError) throw new UsageError(`evidence ${quoted(path)}: ${error.message}`);
    throw error;
  }
}
