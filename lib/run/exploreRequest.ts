/** What is explored, and within which limits. Read by explore.ts, witness.ts, the command and the API. */

import type { ExploreLimits } from '../explore/explore.js';
import type { Knobs } from '../race/expectation.js';
import type { MemoryModel } from '../race/settings.js';

/** Limits of an exploration that asks for no others. */
export const EXPLORE_LIMITS: ExploreLimits = { states: 5_000_000, bytes: 1_000_000_000, accesses: 1000, interrupts: 2 };

/** Limits of an exploration beside a run: what takes longer is bounded, so that a hundred rows end. Orders of 40 PTE pages fail behind 415. */
export const BESIDE_LIMITS: ExploreLimits = { ...EXPLORE_LIMITS, states: 1_000_000, accesses: 500, wholeLayers: true };

/** What is explored, every part of it checked. */
export interface ExploreRequest {
  readonly variant: string;
  /** All of them. */
  readonly knobs: Knobs;
  readonly cpus: number;
  readonly memory: MemoryModel;
  readonly limits: ExploreLimits;
  /** Whether its modules are instrumented, so that plain accesses are seen. */
  readonly instrument?: boolean;
  /** Folder for the evidence of shortest orders; null keeps none. */
  readonly evidence: string | null;
}
