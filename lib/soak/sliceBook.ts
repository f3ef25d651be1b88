import type { Totals } from '../harness/run.js';
import { HANGS } from '../machine/signatures.js';
import type { Ledger, OpenSlice } from './ledger.js';
import { SliceCounter } from './sliceCounter.js';

/** What happens to a soak that is stopped and started again, and to its results, between two checkpoints. */
export const CHECKPOINT_MS = 3000;

/** Writes the counts of one running slice into the ledger, checkpoint by checkpoint. Times are milliseconds of the soak. */
export class SliceBook {
  readonly #ledger: Ledger;
  readonly #slice: OpenSlice;
  /** Signature that its row should fail with; null if it should hold. */
  readonly #expected: string | null;
  readonly #counter = new SliceCounter();
  #checkpointMs: number;
  #seen: readonly [Totals, number] | null = null;
  #hasProved = false;
  #lastHang: { readonly signature: string; readonly elapsedMs: number } | null = null;

  constructor(ledger: Ledger, slice: OpenSlice, expected: string | null, startMs: number) {
    this.#ledger = ledger;
    this.#slice = slice;
    this.#expected = expected;
    this.#checkpointMs = startMs;
  }

  /** Whether the row has failed as it should. */
  get hasProved(): boolean {
    return this.#hasProved;
  }

  /** The newest hang that a checkpoint has counted. */
  get lastHang(): { readonly signature: string; readonly elapsedMs: number } | null {
    return this.#lastHang;
  }

  /** The slice has come to these counts after so many seconds of hammering. */
  look(totals: Totals, seconds: number, nowMs: number): void {
    this.#seen = [totals, seconds];
    if (nowMs - this.#checkpointMs >= CHECKPOINT_MS) this.#checkpoint(totals, seconds, nowMs);
  }

  /** The slice is over. One that broke has come to what was seen of it last. */
  close(final: readonly [Totals, number] | null, nowMs: number): void {
    const end = final ?? this.#seen;
    if (end !== null) this.#checkpoint(...end, nowMs);
  }

  #checkpoint(totals: Totals, seconds: number, nowMs: number): void {
    const delta = this.#counter.since(totals, seconds);
    this.#ledger.interval(this.#slice, this.#checkpointMs, nowMs, delta, rssMb());
    const count = (signature: string): number => delta.outcomes.get(signature) ?? 0;
    if (this.#expected !== null && count(this.#expected) > 0) this.#hasProved = true;
    const hang = HANGS.findLast((signature) => count(signature) > 0);
    if (hang !== undefined) this.#lastHang = { signature: hang, elapsedMs: nowMs };
    this.#checkpointMs = nowMs;
  }
}

/** Memory that the process holds, in MB. */
export function rssMb(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}
