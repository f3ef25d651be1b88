/** Flags of `run` that a litmus race has no use for. */

import { memoryFault } from '../../run/shape.js';
import type { LitmusRace } from '../../race/race.js';
import { EVIDENCE_FOLDER } from '../../run/defaults.js';
import { UsageError } from '../../run/usageError.js';
import type { RunFlags } from './options.js';

/** Throws UsageError for the first flag that asks for what a litmus race cannot do. */
export function refuseUnsuited(race: LitmusRace, flags: RunFlags): void {
  const refuse = (flag: string, why: string): never => {
    throw new UsageError(`${flag}: ${race.name} is a litmus race: ${why}`);
  };
  if (flags.phase.length > 0) refuse('--phase', 'its threads wait for nothing between their accesses');
  if (flags.window.length > 0) refuse('--window', 'there is no window between its accesses');
  const memory = memoryFault(race, flags.memory);
  if (memory !== null) throw new UsageError(`--memory ${flags.memory}: ${memory}`);
  if (flags.keep !== undefined) refuse('--keep', 'nothing of it is recorded, so there is no evidence');
  if (flags.evidence !== null && flags.evidence !== EVIDENCE_FOLDER)
    refuse('--evidence', 'nothing of it is recorded, so there is no evidence');
  if (flags.seed !== undefined) refuse('--seed', 'nothing of it is drawn');
  if (flags.onHang !== undefined) refuse('--on-hang', 'it waits for nothing, so it cannot hang');
}
