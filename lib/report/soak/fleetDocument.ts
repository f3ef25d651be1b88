/** The part of a soak's document about the hosts of a fleet. Made by lib/soak and fleetVerdict.ts; read by reports and pages. */

import type { Counts } from '../../statistics/counts.js';
import type { Verdict } from '../../statistics/verdict.js';

/** What a host of a fleet says about itself. With other facts it counts as another host. */
export interface FleetHostFacts {
  /** Version of racehammer. */
  readonly version: string;
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly kernel: string;
  readonly arch: string;
  readonly cpuModel: string;
  /** Cores that the worker may use. */
  readonly cores: number;
  readonly memoryMb: number;
}

export interface FleetHost {
  readonly id: number;
  readonly name: string;
  readonly facts: FleetHostFacts;
  /** Unix times in milliseconds, by the clock of the hub, of its first and last new execution. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Sums of one row on one host. */
export interface HostTotals extends Counts {
  readonly row: number;
  readonly host: number;
  readonly slices: number;
  readonly harnessErrors: number;
  /** When the expected failure last arrived from this host, in milliseconds of the soak; null if never. */
  readonly provedAtMs: number | null;
  readonly trialsSinceProof: number;
}

/** A row on one host, judged. */
export interface HostVerdict extends HostTotals {
  readonly verdict: Verdict;
  /** Whether the host has shown that it can make fail what should fail. Its trials without a failure count only then. */
  readonly isProven: boolean;
  /** Failures per trial: 95 % interval; without a failure the one-sided upper bound. */
  readonly low95: number;
  readonly high95: number;
}

/** The hosts of a fleet, and what each has counted. */
export interface FleetDocument {
  readonly hosts: readonly FleetHost[];
  readonly rows: readonly HostVerdict[];
}
