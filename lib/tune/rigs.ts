/** Keeps one rig for each shape of machine that a search measures. Called by tune.ts. */

import type { Plan } from '../harness/plan.js';
import type { ActorRace } from '../race/race.js';
import type { Point, Slice } from './point.js';
import { Rig } from './rig.js';
import type { Shape } from './shapes.js';

/** Rigs by shape, created when first measured. One runs at a time; the others stand still. */
export class Rigs {
  /** Number of slices measured so far. */
  slices = 0;
  readonly #race: ActorRace;
  readonly #expected: string | null;
  readonly #plan: Plan;
  readonly #planFor: (shape: Shape) => { readonly plan: Plan } | null;
  readonly #rigs = new Map<string, Rig>();
  #running: Rig | null = null;
  #failures = 0;

  /** `plan`: for the shape of the search. `planFor`: for any other. */
  constructor(
    race: ActorRace,
    expected: string | null,
    plan: Plan,
    planFor: (shape: Shape) => { readonly plan: Plan } | null,
  ) {
    this.#race = race;
    this.#expected = expected;
    this.#plan = plan;
    this.#planFor = planFor;
  }

  async measure(point: Point, ms: number): Promise<Slice> {
    const rig = this.#of(point);
    if (this.#running !== rig) this.#running?.hold();
    this.#running = rig;
    this.slices++;
    return rig.measure(point, ms);
  }

  /** Ends the threads of a shape that the search has left. */
  async dismiss(shape: Shape): Promise<void> {
    const key = keyOf(shape);
    const rig = this.#rigs.get(key);
    if (rig === undefined || key === keyOf(this.#plan)) return;
    this.#rigs.delete(key);
    if (this.#running === rig) this.#running = null;
    this.#failures += await rig.end();
  }

  /** Ends all threads; returns the failures of any kind that were counted. */
  async end(): Promise<number> {
    const rigs = [...this.#rigs.values()];
    this.#rigs.clear();
    for (const rig of rigs) this.#failures += await rig.end();
    return this.#failures;
  }

  #of(shape: Shape): Rig {
    const key = keyOf(shape);
    const known = this.#rigs.get(key);
    if (known !== undefined) return known;
    const plan = key === keyOf(this.#plan) ? this.#plan : this.#planFor(shape)?.plan;
    if (plan === undefined) throw new Error(`no plan for machines of ${shape.cpus} CPUs`);
    const rig = new Rig(this.#race, plan, this.#expected);
    this.#rigs.set(key, rig);
    return rig;
  }
}

function keyOf({ cpus, machines }: Shape): string {
  return `${cpus}x${machines}`;
}
