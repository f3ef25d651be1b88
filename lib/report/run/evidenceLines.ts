/** Says what is known of the failures that a run has kept. Called by reports of runs and rows. */

import { timedNote } from '../../evidence/timedNote.js';
import { commandLine } from '../format/commandLine.js';
import { worldOf, type OfCode } from '../words/world.js';
import type { EvidenceLink } from './document.js';

/** Returns one paragraph about the kept failures of each signature. */
export function evidenceLines(kept: readonly EvidenceLink[]): string[] {
  const first = kept.filter((entry, i) => kept.findIndex(({ signature }) => signature === entry.signature) === i);
  return first.flatMap((entry) => {
    const same = kept.filter(({ signature }) => signature === entry.signature);
    const more = same.filter(({ file }) => file !== undefined).length - 1;
    return ['', `evidence of ${entry.signature}: ${wordsOf(entry)}`, `  ${commandWords(entry, more)}`];
  });
}

/** Returns each file with the hash of its content, for documents that are read elsewhere. */
export function evidenceHashLines(kept: readonly EvidenceLink[]): string[] {
  return kept.flatMap(({ file, sha256 }) =>
    file === undefined || sha256 === undefined ? [] : [`  SHA-256 ${sha256}: ${file}`],
  );
}

function commandWords({ file, command, notKept }: EvidenceLink, more: number): string {
  if (file === undefined) return `not kept: ${notKept ?? 'no file was written'}`;
  return `${command ?? commandLine('replay', file)}${more > 0 ? `   (and ${more} more beside it)` : ''}`;
}

function wordsOf(link: EvidenceLink): string {
  const { signature, accesses, switches, replayed, reason } = link;
  if (typeof accesses !== 'number' || typeof switches !== 'number')
    return `not explained: ${reason ?? 'no interleaving was searched for'}`;
  const order = orderWords(link, accesses, switches);
  if (typeof replayed !== 'boolean') return `${order}; it could not be replayed: ${reason ?? 'no replay was made'}`;
  if (replayed) return `${order}; replaying it fails in the same way${timedNote(signature)}`;
  return `${order}; replaying it does NOT fail in the same way${typeof reason === 'string' ? `: ${reason}` : ''}`;
}

/** Describes the interleaving that explains a failure. */
export function orderWords(of: OfCode, accesses: number, switches: number): string {
  return (
    `${accesses} ${accesses === 1 ? 'access' : 'accesses'}, explained by an interleaving with ` +
    `${switches} ${switches === 1 ? 'switch' : 'switches'} between ${worldOf(of).thread}s`
  );
}

/** Returns what was not kept, one line each, for those who read no report. */
export function notKeptLines(kept: readonly EvidenceLink[]): string[] {
  return kept.flatMap(({ signature, notKept = null }) =>
    notKept === null ? [] : [`racehammer: evidence of ${signature}: not kept: ${notKept}`],
  );
}
