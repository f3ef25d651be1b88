import type { Totals } from '../harness/host/run.js';
import { HANGS } from '../machine/signatures.js';
import type { Ledger, OpenSlice } from './ledger.js';
import { NOTHING, SliceCounter } from './sliceCounter.js';
import type { Delta } from './store.js';

/** What happens to a soak that is stopped and started again, and to its results, between two checkpoints. */
export const CHECKPOINT_MS = 3000;

/** What a slice has counted and nobody can have: its code was written meanwhile, or its counts are none. */
export interface LeftOut {
  readonly why: 'code' | 'counts';
  readonly trials: number;
  readonly failures: number;
}

interface BookOrder {
  readonly ledger: Ledger;
  readonly slice: OpenSlice;
  /** Signature that its row should fail with; null if it should hold. */
  readonly expected: string | null;
  readonly startMs: number;
  /** Whether the code is still that which the row is counted under. */
  isUntouched(): boolean;
}

/**
 * Writes the counts of one running slice into the ledger, checkpoint by checkpoint. Times are milliseconds of the soak. What was counted
 * since the last checkpoint is left out, and all that comes behind it, if the code is not what it was: threads may have loaded either.
 */
export class SliceBook {
  readonly #order: BookOrder;
  readonly #counter = new SliceCounter();
  #checkpointMs: number;
  #seen: readonly [Totals, number] | null = null;
  #hasProved = false;
  #lastHang: { readonly signature: string; readonly elapsedMs: number } | null = null;
  #leftOut: LeftOut | null = null;

  constructor(order: BookOrder) {
    this.#order = order;
    this.#checkpointMs = order.startMs;
  }

  /** Whether the row has failed as it should. */
  get hasProved(): boolean {
    return this.#hasProved;
  }

  /** The newest hang that a checkpoint has counted. */
  get lastHang(): { readonly signature: string; readonly elapsedMs: number } | null {
    return this.#lastHang;
  }

  /** Null as long as everything counts. */
  get leftOut(): LeftOut | null {
    return this.#leftOut;
  }

  /** Nothing counts any more of what no checkpoint has counted. */
  leaveOut(why: LeftOut['why']): void {
    this.#leftOut ??= { why, trials: 0, failures: 0 };
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
    const { ledger, slice } = this.#order;
    const counted = this.#counter.since(totals, seconds);
    const why = this.#leftOut?.why ?? (isPossible(counted) ? (this.#order.isUntouched() ? null : 'code') : 'counts');
    if (why !== null) {
      const { trials, failures } = this.#leftOut ?? { trials: 0, failures: 0 };
      this.#leftOut = { why, trials: trials + counted.trials, failures: failures + counted.failures };
    }
    const delta = why === null ? counted : NOTHING;
    ledger.interval(slice, this.#checkpointMs, nowMs, delta, rssMb());
    const count = (signature: string): number => delta.outcomes.get(signature) ?? 0;
    if (this.#order.expected !== null && count(this.#order.expected) > 0) this.#hasProved = true;
    const hang = HANGS.findLast((signature) => count(signature) > 0);
    if (hang !== undefined) this.#lastHang = { signature: hang, elapsedMs: nowMs };
    this.#checkpointMs = nowMs;
  }
}

/** Whether a race that writes where it must not has left the counters alone: what a store cannot hold would make all of it unreadable. */
function isPossible({ seconds, trials, failures, nearMisses, outcomes }: Delta): boolean {
  return (
    seconds >= 0 && [trials, failures, nearMisses, ...outcomes.values()].every((n) => Number.isSafeInteger(n) && n >= 0)
  );
}

/** Memory that the process holds, in MB; null where the host does not tell, or has no file left to tell it by. */
export function rssMb(): number | null {
  try {
    return process.memoryUsage.rss() / 2 ** 20;
  } catch {
    return null;
  }
}
