import type { EvidenceLink } from './runDocument.js';

/** What became of the failures that were kept: one paragraph for each signature. */
export function evidenceLines(kept: readonly EvidenceLink[]): string[] {
  const first = kept.filter((entry, i) => kept.findIndex(({ signature }) => signature === entry.signature) === i);
  return first.flatMap((entry) => {
    const more = kept.filter(({ signature }) => signature === entry.signature).length - 1;
    return [
      '',
      `evidence of ${entry.signature}: ${wordsOf(entry)}`,
      `  npx racehammer replay ${entry.file}${more > 0 ? `   (and ${more} more beside it)` : ''}`,
    ];
  });
}

function wordsOf({ accesses, switches, replayed, reason }: EvidenceLink): string {
  if (typeof reason === 'string') return `not explained: ${reason}`;
  const order = `${accesses} accesses, explained by an order with ${switches} changes of CPU`;
  return `${order}; run again in it, ${replayed === true ? 'they fail in the same way' : 'they do NOT fail in the same way'}`;
}
