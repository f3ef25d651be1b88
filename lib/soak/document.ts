import type { SoakDocument } from '../report/soakDocument.js';
import type { Store } from './store.js';
import { rowVerdicts } from '../report/soakVerdict.js';

/** All that a store holds, as it was at one moment. `events`: the newest, so many. */
export function documentOf(store: Store, events: number): SoakDocument {
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
