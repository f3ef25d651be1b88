/** Names of a fleet in Redis: queues and keys. Used by all files of lib/fleet that talk to it. */

import { UsageError, quoted } from '../run/usageError.js';

/** Slices that are to be run. A campaign's results have a queue of their own, so that no other hub takes them. */
export const SLICE_QUEUE = 'slice';

/** Returns the queue of what the workers have counted for a campaign. */
export function resultQueue(campaign: string): string {
  return `result-${campaign}`;
}

/** The keys of a fleet. */
export interface FleetKeys {
  /** In front of the keys of all its queues. */
  readonly prefix: string;
  /** Which process is the hub. */
  readonly hub: string;
  /** What the fleet does: a FleetControl. */
  readonly control: string;
  /** The set of all workers, and what one of them does. */
  readonly workers: string;
  worker(id: string): string;
  /** What has arrived of a spool. */
  arrived(spool: string): string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** Throws UsageError for a name that is no word. */
export function fleetKeys(fleet: string): FleetKeys {
  if (!NAME.test(fleet)) {
    throw new UsageError(`--fleet ${quoted(fleet)}: must be a word of at most 64 letters, digits, "_", "." and "-"`);
  }
  const prefix = `racehammer:${fleet}`;
  return {
    prefix,
    hub: `${prefix}:hub`,
    control: `${prefix}:control`,
    workers: `${prefix}:workers`,
    worker: (id) => `${prefix}:worker:${id}`,
    arrived: (spool) => `${prefix}:arrived:${spool}`,
  };
}
