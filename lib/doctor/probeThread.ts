/** A thread that runs probes on request. Started by probeCrew.ts. */

import { parentPort } from 'node:worker_threads';
import { PROBES } from './probes.js';

/** A request: the probe and its argument. */
export interface ProbeRequest {
  readonly probe: keyof typeof PROBES;
  readonly argument: unknown;
}

parentPort!.on('message', ({ probe, argument }: ProbeRequest) => {
  void (async () => {
    const measure = PROBES[probe] as (given: unknown) => unknown;
    parentPort!.postMessage(await measure(argument));
  })();
});
