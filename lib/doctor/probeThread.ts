/** A thread that runs probes on request. Started by probeCrew.ts. */

import { on } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { PROBES } from './probes.js';

/** A request: the probe and its argument. */
export interface ProbeRequest {
  readonly probe: keyof typeof PROBES;
  readonly argument: unknown;
}

// What a probe throws ends this thread with an error, which the main thread gets.
for await (const [{ probe, argument }] of on(parentPort!, 'message') as AsyncIterable<[ProbeRequest]>) {
  const measure = PROBES[probe] as (given: unknown) => unknown;
  parentPort!.postMessage(await measure(argument));
}
