/** A soak as a page shows it: what its store holds, and pictures of the failures that it has kept. */

import type { Evidence } from '../../evidence/evidence.js';
import { EvidenceFileError } from '../../evidence/evidenceFile.js';
import { explain, isExplained } from '../../evidence/explain.js';
import { timelineOf } from '../../evidence/timeline.js';
import { exitCodeOf } from '../../statistics/verdict.js';
import type { SoakHistory, SoakTimeline } from '../../report/soak/document.js';
import { timelineSvg } from '../../report/replay/timelineSvg.js';
import { soakDocumentOf } from '../../soak/document.js';
import type { Store } from '../../soak/store.js';
import { EvidenceReader } from '../../run/evidence/decodeEvidence.js';
import { lookAt } from '../../campaign/stores.js';

const EVENTS_SHOWN = 100;
/** A picture has some 30 kB, and a campaign has a hundred rows that fail. */
const PICTURES_MAX = 24;

/** Reads a store, which may be written to meanwhile. Throws UsageError. */
export function soakHistory(path: string): SoakHistory {
  return lookAt(path, (store) =>
    store.look(() => {
      const soak = soakDocumentOf(store, EVENTS_SHOWN);
      return {
        soak,
        stretches: store.stretches(),
        classes: store.classesOverTime(),
        timelines: timelines(store, soak),
        path,
      };
    }),
  );
}

/** Returns, of rows that are not as expected, the first failure of each signature; of the others the first of each race. */
function timelines(store: Store, { rows }: SoakHistory['soak']): SoakTimeline[] {
  const isBad = new Map(rows.map(({ id, verdict }) => [id, exitCodeOf(verdict) !== 0]));
  const raceOf = new Map(rows.map(({ id, race }) => [id, race]));
  const drawn = new Set<string>();
  const found: SoakTimeline[] = [];
  const reader = new EvidenceReader();
  for (const wantsBad of [true, false]) {
    for (const { row, signature, file } of store.evidenceFiles()) {
      const what = JSON.stringify([wantsBad ? row : raceOf.get(row), signature]);
      if (isBad.get(row) !== wantsBad || drawn.has(what) || found.length >= PICTURES_MAX) continue;
      const timeline = timelineOfFile(reader, file);
      if (timeline === null) continue;
      drawn.add(what);
      found.push({ row, signature, ...timeline });
    }
  }
  return found;
}

/** Returns null if no interleaving explains the failure, or the file is damaged; `replay` says why. */
function timelineOfFile(
  reader: EvidenceReader,
  file: Buffer,
): Pick<SoakTimeline, 'accesses' | 'switches' | 'svg'> | null {
  let evidence: Evidence;
  try {
    evidence = reader.decode(file);
  } catch (error) {
    if (error instanceof EvidenceFileError) return null;
    throw error;
  }
  const answer = explain(evidence);
  if (!isExplained(answer)) return null;
  const { switches } = answer.interleaving;
  const svg = timelineSvg(timelineOf(evidence, answer), { onWhite: true });
  return { accesses: answer.script.length, switches, svg };
}
