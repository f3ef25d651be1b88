/** Makes the JSON document of a soak. Called by `soak status`, by the end of `soak`, and by its page. */

import type { SoakDocument } from '../report/soak/document.js';
import type { Store } from './store.js';
import { rowVerdicts } from '../report/soak/verdict.js';

/** Returns the contents of a store at one moment. `events`: how many of the newest. */
export function soakDocumentOf(store: Store, events: number): SoakDocument {
  return store.look(() => ({
    schema: 'racehammer.soak/1',
    campaign: store.campaign(),
    rows: rowVerdicts(store.totals()),
    evidence: store.evidence(),
    events: store.events(events),
    hangs: store.hangs(),
    sessions: store.sessions(),
    memory: store.memory(),
    processorShare: store.processorShare(),
    soakingPid: store.owner()?.pid ?? null,
  }));
}
