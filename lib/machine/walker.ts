/** What a walk through the wait-for graph needs. Read by cycle.ts and standstill.ts. */

import type { Mailboxes } from '../sharedarraybuffer-utils/index.js';
import type { MachineMap } from './map.js';
import type { Standing } from './standing.js';
import type { WalkPath } from './walkPath.js';

/** A walker of the wait-for graph: a CPU, or the watchdog from outside. */
export interface Walker {
  readonly mem: Int32Array;
  readonly map: MachineMap;
  /** Its CPUs, and the places of tasks that have none. */
  readonly places: number;
  readonly mailboxes: Mailboxes;
  readonly path: WalkPath;
  readonly standing: Standing;
  /** The trial that a CPU is in, and the interrupt lines of its race; the watchdog takes any request for one of the trial. */
  readonly trialTag?: number;
  readonly lines?: { readonly nmis: number };
}
