import { parentPort } from 'node:worker_threads';
import { PROBES } from './probes.js';

/** What is to be measured, and with what. */
export interface ProbeOrder {
  readonly probe: keyof typeof PROBES;
  readonly argument: unknown;
}

parentPort!.on('message', ({ probe, argument }: ProbeOrder) => {
  void (async () => {
    const measure = PROBES[probe] as (given: unknown) => unknown;
    parentPort!.postMessage(await measure(argument));
  })();
});
