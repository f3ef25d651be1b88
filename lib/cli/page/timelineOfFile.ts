/** The picture of a failure that a store has kept. Called by report/soakPage.ts, and by timelineThread.ts for a live page. */

import type { Evidence } from '../../evidence/evidence.js';
import { EvidenceFileError } from '../../evidence/evidenceFile.js';
import { explain, isExplained } from '../../evidence/explain.js';
import { timelineOf } from '../../evidence/timeline.js';
import { timelineSvg } from '../../report/replay/timelineSvg.js';
import type { SoakTimeline } from '../../report/soak/document.js';
import type { EvidenceReader } from '../../run/evidence/decodeEvidence.js';

/** A picture, or why there is none. */
export type DrawnTimeline = Pick<SoakTimeline, 'accesses' | 'switches' | 'svg'> | { readonly reason: string };

/** Draws the interleaving that explains a failure. `replay` says more where there is none. */
export function timelineOfFile(reader: EvidenceReader, file: Uint8Array): DrawnTimeline {
  let evidence: Evidence;
  try {
    evidence = reader.decode(file);
  } catch (error) {
    if (error instanceof EvidenceFileError) return { reason: `the evidence ${error.message}` };
    throw error;
  }
  const answer = explain(evidence);
  if (!isExplained(answer)) return { reason: answer.reason };
  const { switches } = answer.interleaving;
  const svg = timelineSvg(timelineOf(evidence, answer), { onWhite: true });
  return { accesses: answer.script.length, switches, svg };
}
