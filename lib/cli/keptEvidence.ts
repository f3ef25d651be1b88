/** What `run` and `verify` do with the failures that they keep: into files, and the first of each signature explained and run again. */

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
