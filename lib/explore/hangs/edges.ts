/**
 * The transitions of a search between its states, kept where some state may be met by ways of several lengths: then the states are in no
 * order of their own. Filled by search.ts, state by state; read by cycles.ts.
 */

const FIRST_SIZE = 1 << 10;

/** Transitions by the state that they lead from. */
export class Edges {
  /** Where the transitions of a state begin; one entry more than there are states. */
  #starts = new Int32Array(FIRST_SIZE);
  #targets = new Int32Array(FIRST_SIZE);
  #states = 0;
  #count = 0;

  get states(): number {
    return this.#states;
  }

  get bytes(): number {
    return this.#starts.byteLength + this.#targets.byteLength;
  }

  /** Begins with the next state. */
  begin(): void {
    if (this.#states + 2 > this.#starts.length) this.#starts = grown(this.#starts);
    this.#starts[++this.#states] = this.#count;
  }

  /** Adds a transition of the newest state. */
  add(target: number): void {
    if (this.#count === this.#targets.length) this.#targets = grown(this.#targets);
    this.#targets[this.#count++] = target;
    this.#starts[this.#states] = this.#count;
  }

  from(state: number): number {
    return this.#starts[state];
  }

  to(state: number): number {
    return this.#starts[state + 1];
  }

  target(edge: number): number {
    return this.#targets[edge];
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(2 * array.length);
  twice.set(array);
  return twice;
}
