/** Reads the evidence whose order a run is to make likely. Called by the `run` command and by run() of programs, when they are given one. */

import type { Race } from '../../race/race.js';
import { requireOrder } from './explainOrder.js';
import type { OrderGiven } from './order.js';
import { readEvidence } from '../evidence/readEvidence.js';

/** Reads one file. Throws UsageError for a file that is no evidence, for another race, and for a trial that no order explains. */
export function readOrder(path: string, race: Race): OrderGiven {
  const { evidence, sha256 } = readEvidence(path);
  return { file: path, sha256, evidence, order: requireOrder(evidence, race, path) };
}
