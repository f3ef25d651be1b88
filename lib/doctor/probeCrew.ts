/** The main thread's side of a probe thread. Used by examine.ts. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ProbeRequest } from './probeThread.js';
import type { Probes } from './probes.js';

/** A thread that runs one probe after the other. */
export class ProbeThread {
  readonly #worker = new Worker(new URL('probeThread.js', import.meta.url));

  async measure<P extends keyof Probes>(
    probe: P,
    ...[argument]: Parameters<Probes[P]>
  ): Promise<Awaited<ReturnType<Probes[P]>>> {
    const request: ProbeRequest = { probe, argument };
    this.#worker.postMessage(request);
    const [answer] = (await once(this.#worker, 'message')) as [Awaited<ReturnType<Probes[P]>>];
    return answer;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
