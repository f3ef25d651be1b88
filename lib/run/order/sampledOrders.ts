/**
 * Keeps some of the trials that a run samples, and orders their accesses: a run shows what its trials did that did not fail. Called by
 * hammer.ts for `run --trace`.
 */

import type { Evidence } from '../../evidence/evidence.js';
import { explain, isExplained } from '../../evidence/explain.js';
import { timelineOf, type Timeline } from '../../evidence/timeline.js';
import { EvidenceMaker } from '../../harness/host/evidenceOf.js';
import type { HostMachine } from '../../harness/host/machine.js';
import { sampledCounts, takeSamples, type SampledTrial } from '../../harness/host/sampledTrials.js';
import type { Plan } from '../../harness/plan.js';
import { configOf, requireActors } from '../../race/kinds.js';
import type { Race } from '../../race/race.js';

/** Trials that are kept, each of another kind: the first of those that a run meets. */
const KEPT_MAX = 8;

/** A sampled trial with its accesses in an order that explains every value. */
export interface SampledTimeline {
  readonly timeline: Timeline;
  /** When the host has read it, in milliseconds of the run. */
  readonly ms: number;
  /** How many sampled trials have read and left the same. */
  readonly count: number;
}

/** What was sampled of a run. */
export interface SampledOrders {
  readonly orders: readonly SampledTimeline[];
  /** Trials that were looked at, and kinds of those that did not fail. */
  readonly sampled: number;
  readonly kinds: number;
  /** Of the trials that were kept, those of which no order was found. */
  readonly unexplained: number;
}

interface Kept {
  readonly evidence: Evidence;
  readonly kind: string;
  readonly ms: number;
}

/** Collects samples during one run. */
export class OrderSampler {
  readonly #maker: EvidenceMaker;
  readonly #kept: Kept[] = [];
  readonly #kinds = new Set<string>();
  readonly #counts = new Map<string, number>();
  #machines: readonly HostMachine[] = [];
  #sampled = 0;

  constructor(race: Race, plan: Plan) {
    this.#maker = new EvidenceMaker(requireActors(race), configOf(race, plan.variant, plan.knobs), plan);
  }

  begin(machines: readonly HostMachine[]): void {
    this.#machines = machines;
  }

  /** Takes the trials that wait, where nobody else does. `ms`: of the run. */
  look(ms: number): void {
    for (const machine of this.#machines) for (const sample of takeSamples(machine)) this.note(machine, sample, ms);
  }

  /** Keeps a trial that was taken, if it is one of the first kinds. A failure has evidence of its own. */
  note(machine: HostMachine, { kind, failure, rings }: SampledTrial, ms: number): void {
    if (failure !== null || this.#kinds.has(kind)) return;
    this.#kinds.add(kind);
    if (this.#kept.length < KEPT_MAX) this.#kept.push({ evidence: this.#maker.clean(machine, rings), kind, ms });
  }

  /** Adds up what the machines have counted: the run is over, and all that waited was taken. */
  end(): void {
    for (const machine of this.#machines) {
      const { sampled, kinds } = sampledCounts(machine);
      this.#sampled += sampled;
      for (const [kind, count] of kinds) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
    }
    this.#machines = [];
  }

  /** Orders the accesses of what was kept. */
  orders(): SampledOrders {
    const orders = this.#kept.flatMap(({ evidence, kind, ms }): SampledTimeline[] => {
      const explained = explain(evidence);
      if (!isExplained(explained)) return [];
      return [{ timeline: timelineOf(evidence, explained), ms, count: this.#counts.get(kind) ?? 1 }];
    });
    const unexplained = this.#kept.length - orders.length;
    return { orders, sampled: this.#sampled, kinds: this.#kinds.size, unexplained };
  }
}
