/** Finds the order of a failed trial, and what it asks for. Called by givenOrder.ts, and by `tune`. */

import type { Evidence } from '../../evidence/evidence.js';
import { explain, isExplained } from '../../evidence/explain.js';
import { needsOfOrder } from '../../evidence/orderWaits.js';
import { misfitOf } from '../../harness/replay/evidenceClaims.js';
import type { Race } from '../../race/race.js';
import type { OrderWanted } from './order.js';
import { UsageError, quoted } from '../usageError.js';

/** Returns the order of a failed trial; its reason if there is none that explains it. */
export function explainOrder(evidence: Evidence): OrderWanted | { readonly reason: string } {
  if (evidence.processors !== undefined)
    return { reason: 'its tasks share CPUs, and delays do not decide which of them has one' };
  const explained = explain(evidence);
  if (!isExplained(explained)) return explained;
  return {
    signature: evidence.signature,
    ...needsOfOrder(evidence, explained),
    actors: evidence.cpus.map(({ actor }) => actor),
  };
}

/** Returns the order of evidence that was read from a file. Throws UsageError: for another race, and for a trial that no order explains. */
export function requireOrder(evidence: Evidence, race: Race, path: string): OrderWanted {
  const refuse = (why: string): never => {
    throw new UsageError(`evidence ${quoted(path)}: ${why}`);
  };
  if (evidence.race !== race.name) refuse(`is of race ${quoted(evidence.race)}, and this run is of ${race.name}`);
  const misfit = misfitOf(evidence, race);
  if (misfit !== undefined) refuse(misfit);
  const order = explainOrder(evidence);
  return 'reason' in order ? refuse(`has no order to run from: ${order.reason}`) : order;
}
