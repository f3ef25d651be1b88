/**
 * Counts what the states show that a search by layers looks at, each state once: it looks at one again for each actor that came last.
 * Made by layers.ts.
 */

import type { Model } from './states/model.js';
import type { Transitions } from './states/transitions.js';
import { STEP } from './trees/step.js';

const FIRST_SIZE = 1 << 10;

/** What was found so far. */
export class LayerCounts {
  readonly #model: Model;
  #isLookedAt = new Uint8Array(FIRST_SIZE);
  /** States that were looked at, and the transitions that they have. */
  states = 0;
  transitions = 0;
  ends = 0;
  stuckStates = 0;
  cuts = 0;
  leftOut = 0;
  readonly failures = new Map<string, number>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** Counts the state at hand, which has so many transitions, and the ways in which it is stuck, unless it was counted before. */
  note(state: number, look: Transitions, transitions: number, stuck: Iterable<string>): void {
    if (this.#isLookedAt[state] === 1) return;
    if (state >= this.#isLookedAt.length) this.#grow(state);
    this.#isLookedAt[state] = 1;
    this.states++;
    this.transitions += transitions;
    const isOver = look.ended === this.#model.actors.length;
    if (isOver) this.ends++;
    if (look.cut > 0) this.cuts++;
    if (look.spent > 0 && !isOver) this.leftOut++;
    if (look.failing > 0) this.#noteFailing(look);
    let isStuck = false;
    for (const signature of stuck) {
      isStuck = true;
      this.#count(signature);
    }
    if (isStuck) this.stuckStates++;
  }

  #noteFailing(look: Transitions): void {
    for (let c = 0; c < this.#model.actors.length; c++) {
      const { step, a } = look.placeOf(c);
      if (step === STEP.FAIL) this.#count(this.#model.signatures[a]);
    }
  }

  #count(signature: string): void {
    this.failures.set(signature, (this.failures.get(signature) ?? 0) + 1);
  }

  #grow(state: number): void {
    let size = 2 * this.#isLookedAt.length;
    while (size <= state) size *= 2;
    const grown = new Uint8Array(size);
    grown.set(this.#isLookedAt);
    this.#isLookedAt = grown;
  }
}
