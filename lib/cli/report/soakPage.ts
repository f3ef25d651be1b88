/** A soak as a page shows it: what its store holds, and pictures of the failures that it has kept. */

import { exitCodeOf } from '../../statistics/verdict.js';
import type { SoakHistory, SoakTimeline } from '../../report/soak/document.js';
import { soakDocumentOf } from '../../soak/document.js';
import type { Store } from '../../soak/store.js';
import { EvidenceReader } from '../../run/evidence/decodeEvidence.js';
import { lookAt } from '../../campaign/stores.js';
import { timelineOfFile } from '../page/timelineOfFile.js';
import { PAGE_EVENTS } from '../page/storeLooks.js';

/** A picture has some 30 kB, and a campaign has a hundred rows that fail. */
const PICTURES_MAX = 24;

/** Reads a store, which may be written to meanwhile. Throws UsageError. */
export function soakHistory(path: string): SoakHistory {
  return lookAt(path, (store) =>
    store.look(() => {
      const soak = soakDocumentOf(store, PAGE_EVENTS);
      return {
        soak,
        stretches: store.stretches(),
        classes: store.classesOverTime(),
        bySession: store.bySession(),
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
      // `replay` says why there is no picture.
      if (!('svg' in timeline)) continue;
      drawn.add(what);
      found.push({ row, signature, ...timeline });
    }
  }
  return found;
}
