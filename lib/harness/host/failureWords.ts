/**
 * Checks the words of a failure before anything is looked up by them. Called on the host by machine.ts and
 * evidenceOf.ts.
 */

import { HEADER } from '../../machine/layout.js';
import type { MachineMap } from '../../machine/map.js';
import { RaceFault } from '../../race/raceFault.js';

/** What a failure says of itself in shared memory, where the race may have stored over it. */
interface FailureWords {
  /** Index of the signature; absent where it is known from elsewhere. */
  readonly signature?: number;
  readonly cpu: number;
  readonly instance: number;
}

/** Throws RaceFault if there is no such CPU, signature or instance: nothing may be looked up by these words then. */
export function checkFailure(race: string, map: MachineMap, { signature = 0, cpu, instance }: FailureWords): void {
  const { cpus, signatures, instances } = map.shape;
  const offset = instance - HEADER.WORDS - map.instances;
  const isInstance = offset >= 0 && offset % map.instanceStride === 0 && offset / map.instanceStride < instances;
  if (isInstance && cpu >= 0 && cpu < cpus && signature >= 0 && signature < signatures) return;
  throw new RaceFault(
    `race ${race}: the record of a failure was stored over: CPU ${cpu} of ${cpus}, signature ${signature} of ${signatures}, ` +
      `instance at word ${instance}`,
  );
}
