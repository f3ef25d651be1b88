/** Hotplug of a race: which CPUs begin offline, and where the mask is. Called by raceChecks.ts and complete.ts. */

import { OFFLINE_CPUS_MAX, type OfflineIpi } from '../machine/offline.js';
import { LINE_WORDS, roundUp } from '../sharedarraybuffer-utils/index.js';
import { checkFields, checkList, checkWhole, shown, type Refuse } from './fieldChecks.js';

/** What reports call the word. */
export const OFFLINE_MASK = 'cpu_offline_mask';

/** Hotplug, as an author declares it. */
export interface Hotplug {
  /** What becomes of an IPI to a CPU that is offline: `lost`, or `refused`, which fails the trial as `ipi-offline`. */
  readonly ipi: OfflineIpi;
  /** CPUs that are offline at first: none if absent. */
  readonly offline?: readonly number[];
  /** Word offset of the mask, of a race that lays out its instances itself; its `reset` stores the first value. */
  readonly at?: number;
}

const IPIS: readonly OfflineIpi[] = ['lost', 'refused'];

/** Checks the field; `hasState` says whether struct() lays the instances out. */
export function checkHotplug(field: string, hotplug: unknown, hasState: boolean, wrong: Refuse): void {
  checkFields(field, hotplug, { required: ['ipi'], optional: ['offline', 'at'] }, wrong);
  const { ipi, offline = [], at } = hotplug;
  if (!IPIS.some((known) => known === ipi))
    wrong(`${field}.ipi is ${shown(ipi)}, and must be one of: ${IPIS.join(', ')}`);
  checkList(`${field}.offline`, offline, wrong);
  for (const [i, cpu] of offline.entries())
    checkWhole(`${field}.offline[${i}]`, cpu, { min: 0, max: OFFLINE_CPUS_MAX - 1 }, wrong);
  if (hasState && at !== undefined)
    wrong(`${field}.at is ${shown(at)}, and must be absent: state has the mask behind it`);
  if (!hasState) checkWhole(`${field}.at`, at, { min: 0, max: 2 ** 16 }, wrong);
}

/** Returns the mask that an instance begins with. */
export function firstMask({ offline = [] }: Hotplug): number {
  return offline.reduce((mask, cpu) => mask | (1 << cpu), 0);
}

/** Returns the word offset of the mask behind `words` words of an instance, on a line of its own. */
export function maskAt(words: number): number {
  return roundUp(words, LINE_WORDS);
}
