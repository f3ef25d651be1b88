/** Makes the JSON document of a soak. Called by `soak status`, by the end of `soak`, by its page, and by the hub of a fleet. */

import type { SoakDocument } from '../report/soak/document.js';
import { fleetVerdicts } from '../report/soak/fleetVerdict.js';
import type { Store } from './store.js';
import { unstarvedSoak } from '../report/soak/starved.js';
import { rowVerdicts } from '../report/soak/verdict.js';

/** Returns the contents of a store at one moment. `events`: how many of the newest. */
export function soakDocumentOf(store: Store, events: number): SoakDocument {
  return store.look(() => {
    const processorShare = store.processorShare();
    const rows = judged(store);
    const unstarved = unstarvedSoak({ ...rows, processorShare });
    return {
      schema: 'racehammer.soak/1',
      campaign: store.campaign(),
      ...rows,
      evidence: store.evidence(),
      events: store.events(events),
      hangs: store.hangs(),
      sessions: store.sessions(),
      memory: store.memory(),
      processorShare,
      ...(unstarved === null ? {} : { unstarved }),
      soakingPid: store.owner()?.pid ?? null,
    };
  });
}

/** Judges the rows: on one machine together, in a fleet by host. */
function judged(store: Store): Pick<SoakDocument, 'rows' | 'fleet'> {
  if (store.fleet.id() === null) return { rows: rowVerdicts(store.totals()) };
  const { rows, hostRows } = fleetVerdicts(store.totals(), store.fleet.totals());
  return { rows, fleet: { hosts: store.fleet.hosts(), rows: hostRows } };
}
