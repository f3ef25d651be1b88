/** Writes evidence files for `run`, `verify` and `soak status`. Called by keptEvidence.ts and the command. */

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../../evidence/evidence.js';
import { contentHash, encodeEvidence } from '../../evidence/evidenceFile.js';
import { UsageError, quoted } from '../usageError.js';
import { writeWhole } from '../wholeFile.js';

/** A written evidence file. */
export interface EvidenceFile {
  readonly path: string;
  /** SHA-256 of its content, from its first line. */
  readonly sha256: string;
}

/** Longest part of a file's name that comes from a race; all together stay below the 255 bytes of common file systems. */
const NAME_PART_MAX = 40;
/** Digits of the content's hash in a file's name: more if other content has that name already. */
const HASH_DIGITS = [12, 32, 64] as const;

/**
 * Writes the evidence into a folder, which is created if needed. Its name says what it is of, and ends with digits of its
 * content's hash: other content never gets the same name, and the same content is written once. Throws UsageError.
 */
export function keepEvidence(folder: string, evidence: Evidence): EvidenceFile {
  const bytes = encodeEvidence(evidence);
  const sha256 = contentHash(bytes)!;
  return writing('--evidence', folder, () => {
    mkdirSync(folder, { recursive: true });
    const paths = HASH_DIGITS.map((digits) => join(folder, fileName(evidence, sha256.slice(0, digits))));
    const path = paths.find((candidate) => !isTaken(candidate, bytes));
    if (path === undefined) throw new UsageError(`${quoted(paths[0])}: holds other content, and is not overwritten`);
    writeWhole(path, bytes);
    return { path, sha256 };
  });
}

function fileName({ race, variant, signature, machine, trial }: Evidence, digits: string): string {
  const what = [race, variant, signature].map(namePart).join('-');
  return `${what}-m${machine}-t${trial}-${digits}.evidence`;
}

/** Returns a name of a race as part of a file's name: no separator, no dot or dash in front, nothing that needs quoting in a shell. */
function namePart(name: string): string {
  return name
    .replace(/[^\w.-]/g, '_')
    .replace(/^(?=[.-]|$)/, '_')
    .slice(0, NAME_PART_MAX);
}

/** Whether something else than a file with this content exists there. */
function isTaken(path: string, bytes: Uint8Array): boolean {
  try {
    return !statSync(path).isFile() || !readFileSync(path).equals(bytes);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

function writing<T>(what: string, path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${what} ${quoted(path)}: cannot be written: ${(error as Error).message}`);
  }
}
