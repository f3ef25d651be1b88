/**
 * MessagePorts in what a test shares. A port belongs to one thread: so a list of them has one for each thread, and each thread gets its own.
 * Called on the host by parts.ts, and on the CPUs' threads by memory.ts and member.ts.
 */

import { MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { RaceFault } from '../race/raceFault.js';

/** Ports of one list: where it is in what is shared, and the port of each thread. */
export interface PortList {
  readonly path: readonly string[];
  readonly ports: readonly MessagePort[];
}

/** How deep values are looked into, as for buffers. */
const DEPTH_MAX = 16;

/** Takes the ports out of a value, which can be cloned to each thread then. Throws RaceFault for one that is in no such list. */
export function takePorts(race: string, shared: unknown, threads: number): PortList[] {
  const found: PortList[] = [];
  const seen = new Set<unknown>();
  const wrong = (path: readonly string[], what: string): never => {
    throw new RaceFault(
      `race ${race}: share() returned ${what} at ${path.join('.') || 'its top'}, and a list of MessagePorts has one for each of the ${threads} threads`,
    );
  };
  const look = (value: unknown, path: readonly string[]): void => {
    if (value instanceof MessagePort) wrong(path, 'a MessagePort');
    if (typeof value !== 'object' || value === null || seen.has(value) || path.length > DEPTH_MAX) return;
    seen.add(value);
    if (ArrayBuffer.isView(value)) return;
    if (!isPortList(value)) {
      for (const [name, part] of Object.entries(value)) look(part, [...path, name]);
      return;
    }
    if (value.length !== threads) wrong(path, `${value.length} MessagePorts`);
    found.push({ path, ports: [...value] });
    (value as unknown[]).fill(null);
  };
  look(shared, []);
  return found;
}

function isPortList(value: object): value is MessagePort[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => one instanceof MessagePort);
}

/** Puts the ports of a thread where they were in what is shared. */
export function putPorts(shared: unknown, lists: readonly PortList[], thread: number): MessagePort[] {
  return lists.map(({ path, ports: [port] }) => {
    let at = shared as Record<string, unknown>;
    for (const name of path) at = at[name] as Record<string, unknown>;
    at[thread] = port;
    return port;
  });
}

/** Takes all messages out of ports. */
export function drainPorts(ports: readonly MessagePort[]): void {
  for (const port of ports) while (receiveMessageOnPort(port) !== undefined);
}
