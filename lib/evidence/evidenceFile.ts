/**
 * Writes and reads the bytes of an evidence file. Called by the commands that write evidence, replay it or show it, and
 * by the store of a soak.
 */

import { createHash } from 'node:crypto';
import type { Evidence } from './evidence.js';

/*
 * A file of evidence is one line of text, then JSON:
 *   racehammer-evidence <version> <SHA-256 of the rest> <bytes of the rest>
 */
const MAGIC = 'racehammer-evidence';
const VERSION = 3;
/** No first line is longer. */
export const HEAD_MAX = 120;

/** Thrown for a file that is not evidence or not complete. The message says in one line what is wrong. */
export class EvidenceFileError extends Error {
  override readonly name = 'EvidenceFileError';
}

/** Returns the bytes of an evidence file. */
export function encodeEvidence(evidence: Evidence): Buffer {
  const body = Buffer.from(`${JSON.stringify(evidence)}\n`);
  return Buffer.concat([Buffer.from(`${MAGIC} ${VERSION} ${sha256(body)} ${body.length}\n`), body]);
}

/** Returns the SHA-256 that the first line of an evidence file states; null if it states none. The file's beginning is enough. */
export function contentHash(file: Uint8Array): string | null {
  const [, , sum = ''] = Buffer.from(file.subarray(0, HEAD_MAX)).toString('latin1').split(' ');
  return /^[0-9a-f]{64}$/.test(sum) ? sum : null;
}

/** Returns the unchecked JSON of a complete file. Throws EvidenceFileError. */
export function evidenceBody(bytes: Uint8Array): unknown {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = file.indexOf('\n');
  const head = file.subarray(0, end < 0 ? HEAD_MAX : end).toString('latin1');
  const [magic, version, sum, length] = head.split(' ');
  if (magic !== MAGIC) throw new EvidenceFileError('is not a racehammer evidence file');
  if (!/^\d+$/.test(version ?? '')) throw new EvidenceFileError('is damaged: its first line is not complete');
  if (Number(version) > VERSION) {
    throw new EvidenceFileError(`has format ${version}: a newer racehammer wrote it, this one reads format ${VERSION}`);
  }
  if (Number(version) < VERSION)
    throw new EvidenceFileError(
      `has format ${version}: an older racehammer wrote it, this one reads format ${VERSION}`,
    );
  if (end < 0 || !/^[0-9a-f]{64}$/.test(sum ?? '') || !/^\d+$/.test(length ?? ''))
    throw new EvidenceFileError('is damaged: its first line is not complete');
  const body = file.subarray(end + 1);
  if (body.length < Number(length))
    throw new EvidenceFileError(`is truncated: it has ${body.length} of ${length} bytes`);
  if (body.length > Number(length))
    throw new EvidenceFileError(`is damaged: ${body.length} bytes instead of ${length}`);
  if (sha256(body) !== sum) throw new EvidenceFileError('is damaged: its checksum is wrong');
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new EvidenceFileError('is not evidence: its body is not JSON');
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
