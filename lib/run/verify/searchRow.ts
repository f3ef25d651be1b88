/** Searches all states of one row. Called by proveRows.ts, and by searchThread.ts in a thread: what is found can be sent to another one. */

import type { ClassesData } from '../../explore/classes/known.js';
import { ExploreRefusal } from '../../explore/trees/refusal.js';
import { isInstrumented } from '../../instrument/marked.js';
import type { ExploreDocument } from '../../report/explore/document.js';
import { classesObstacle } from '../classes.js';
import { exploreWith, type ExploreRunHooks } from '../explore.js';
import { BESIDE_LIMITS, type ExploreRequest } from '../exploreRequest.js';
import type { NamedRace } from '../namedRace.js';
import type { ReadyRow } from '../rows.js';

/** What was found of a row; `classes`: why its trials cannot be told apart by them, where they cannot. */
export interface RowFound {
  readonly document: ExploreDocument;
  readonly classes: ClassesData | string;
}

/** Why the search of a row was refused. */
export interface RowRefused {
  readonly refused: string;
}

/** Returns what is searched of a row. */
export function searchOf({ url, request }: ReadyRow): ExploreRequest {
  const { variant, knobs, cpus, memory } = request.plan;
  const how = { limits: BESIDE_LIMITS, evidence: null, instrument: isInstrumented(url) };
  return { variant, knobs, cpus, memory, ...how };
}

/** Searches a row. */
export async function searchRow(
  named: NamedRace,
  request: ExploreRequest,
  hooks: ExploreRunHooks,
): Promise<RowFound | RowRefused> {
  try {
    const { exploration, document } = await exploreWith(named, request, hooks);
    return { document, classes: classesObstacle(exploration) ?? exploration.classes.data() };
  } catch (error) {
    if (!(error instanceof ExploreRefusal)) throw error;
    return { refused: error.message };
  }
}
