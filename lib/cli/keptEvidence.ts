/** What `run` does with the failures that it keeps: into files, and the first of each signature explained and run again. */

import type { Evidence } from '../evidence/evidence.js';
import { timelineOf } from '../evidence/timeline.js';
import type { LoadedRace } from '../harness/loadRace.js';
import { isProved, prove } from '../harness/prove.js';
import { ReplayRefused } from '../harness/replay.js';
import type { EvidenceLink } from '../report/runDocument.js';
import { timelineSvg } from '../report/timelineSvg.js';
import { timelineTable } from '../report/timelineTable.js';
import { keepEvidence } from './evidenceFiles.js';

export async function proveKept(
  folder: string,
  loaded: LoadedRace,
  kept: readonly Evidence[],
): Promise<EvidenceLink[]> {
  const entries: EvidenceLink[] = [];
  for (const evidence of kept) {
    const { signature, machine, trial } = evidence;
    const bare = { signature, machine, trial, file: keepEvidence(folder, evidence) };
    const isFirst = !entries.some((entry) => entry.signature === signature);
    entries.push({ ...bare, ...(isFirst ? await shownOf(evidence, loaded) : NOT_LOOKED_AT) });
  }
  return entries;
}

type Shown = Pick<EvidenceLink, 'accesses' | 'switches' | 'replayed' | 'reason' | 'timeline' | 'timelineSvg'>;

const NOT_LOOKED_AT: Shown = { accesses: null, switches: null, replayed: null, reason: null };

async function shownOf(evidence: Evidence, loaded: LoadedRace): Promise<Shown> {
  try {
    const proof = await prove(evidence, loaded);
    if (proof.explained === undefined) return { ...NOT_LOOKED_AT, reason: proof.reason ?? null };
    const { order, switches } = proof.explained.interleaving;
    const timeline = timelineOf(evidence, proof.explained, proof.replay?.functions);
    return {
      accesses: order.length,
      switches,
      replayed: isProved(proof),
      reason: null,
      timeline: timelineTable(timeline),
      timelineSvg: timelineSvg(timeline, { onWhite: true }),
    };
  } catch (error) {
    if (!(error instanceof ReplayRefused)) throw error;
    return { ...NOT_LOOKED_AT, reason: error.message };
  }
}

/** One paragraph for each signature. */
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
