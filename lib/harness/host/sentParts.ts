/** What of a race's own memory is sent to one thread alone: ports. Called by pool.ts, for each thread that it starts. */

import type { MessagePort } from 'node:worker_threads';
import { RaceFault } from '../../race/raceFault.js';

/** Parts with ports in them: lists of one port for each thread. */
interface WithPorts {
  readonly ports: readonly { readonly ports: readonly (MessagePort | null)[] }[];
}

/** Returns the parts for one thread, and what is transferred with them. Throws RaceFault where a thread before had them. */
export function sentParts(parts: unknown, thread: number): { readonly own: unknown; readonly transfer: MessagePort[] } {
  if (!hasPorts(parts)) return { own: parts, transfer: [] };
  const transfer: MessagePort[] = [];
  const ports = parts.ports.map((list) => {
    const port = list.ports[thread];
    if (port === null)
      throw new RaceFault(`thread ${thread} was ended, and its MessagePorts with it: nobody else can have them`);
    transfer.push(port);
    (list.ports as (MessagePort | null)[])[thread] = null;
    return { ...list, ports: [port] };
  });
  return { own: { ...parts, ports }, transfer };
}

function hasPorts(parts: unknown): parts is WithPorts {
  return typeof parts === 'object' && parts !== null && Array.isArray((parts as Partial<WithPorts>).ports);
}
