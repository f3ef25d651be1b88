/**
 * The waits that handlers of a CPU have interrupted. Made by cpu.ts, noted by irq.ts and lines.ts, asked by claim.ts, on the CPU's thread.
 *
 * A handler withdraws the wait record (irq.ts). A CPU that was proved to wait for ever may still be interrupted before it sees that the trial
 * has failed, and may leave it in the handler: what it was accused of is true all the same.
 */

/** Handlers that can have interrupted each other, and are told apart. */
const DEPTH_MAX = 32;

/** Waits that go on behind handlers, the outermost first: their records, and where they began. */
export class InterruptedWaits {
  readonly #records = new Int32Array(DEPTH_MAX);
  readonly #began = new Int32Array(DEPTH_MAX);
  #depth = 0;

  /** Adds the one that a handler is about to interrupt. */
  push(record: number, began: number): void {
    const at = Math.min(this.#depth++, DEPTH_MAX - 1);
    this.#records[at] = record;
    this.#began[at] = began;
  }

  /** Takes the innermost one away, whose handler has returned; returns where it began. */
  pop(): number {
    return this.#began[Math.min(--this.#depth, DEPTH_MAX - 1)];
  }

  has(record: number): boolean {
    for (let i = Math.min(this.#depth, DEPTH_MAX) - 1; i >= 0; i--) if (this.#records[i] === record) return true;
    return false;
  }

  /** Forgets handlers that the CPU has left with its trial. */
  clear(): void {
    this.#depth = 0;
  }
}
