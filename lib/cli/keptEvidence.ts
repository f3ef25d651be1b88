/** What `run` and `verify` do with the failures that they keep: into files, and the first of each signature explained and run again. */

import type { Evidence } from '../evidence/evidence.js';
import { timelineOf } from '../evidence/timeline.js';
import type { LoadedRace } from '../harness/loadRace.js';
import { isProved, prove, type Proof } from '../harness/prove.js';
import type { EvidenceLink } from '../report/runDocument.js';
import { timelineSvg } from '../report/timelineSvg.js';
import { timelineTable } from '../report/timelineTable.js';
import { keepEvidence } from './evidenceFiles.js';
import { replayCommand } from './replayCommand.js';

/** Never rejects: the run has its result, and what could not be kept or shown is a sentence beside it. */
export async function proveKept(
  folder: string,
  loaded: LoadedRace,
  kept: readonly Evidence[],
): Promise<EvidenceLink[]> {
  const entries: EvidenceLink[] = [];
  for (const evidence of kept) {
    const { signature, machine, trial } = evidence;
    const isFirst = !entries.some((entry) => entry.signature === signature);
    entries.push({
      signature,
      machine,
      trial,
      ...fileOf(folder, evidence),
      ...(isFirst ? await shownOf(evidence, loaded) : NOT_LOOKED_AT),
    });
  }
  return entries;
}

function fileOf(folder: string, evidence: Evidence): Pick<EvidenceLink, 'file' | 'sha256' | 'command' | 'notKept'> {
  try {
    const { path, sha256 } = keepEvidence(folder, evidence);
    return { file: path, sha256, command: replayCommand(path, evidence), notKept: null };
  } catch (error) {
    return { notKept: firstLine(error) };
  }
}

type Shown = Pick<EvidenceLink, 'accesses' | 'switches' | 'replayed' | 'reason' | 'timeline' | 'timelineSvg'>;

const NOT_LOOKED_AT: Shown = { accesses: null, switches: null, replayed: null, reason: null };

async function shownOf(evidence: Evidence, loaded: LoadedRace): Promise<Shown> {
  let proof: Proof;
  try {
    proof = await prove(evidence, loaded);
  } catch (error) {
    return { ...NOT_LOOKED_AT, reason: firstLine(error) };
  }
  const { explained, reason = null, replay } = proof;
  if (explained === undefined) return { ...NOT_LOOKED_AT, reason };
  const timeline = timelineOf(evidence, explained, replay?.functions);
  return {
    accesses: explained.script.length,
    switches: timeline.switches,
    replayed: replay === undefined ? null : isProved(proof),
    reason,
    timeline: timelineTable(timeline),
    timelineSvg: timelineSvg(timeline, { onWhite: true }),
  };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
