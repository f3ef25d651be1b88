/** Takes the counts of one running slice and writes them as intervals. Used by soak.ts, one book for each slice. */

import type { Totals } from '../harness/host/run.js';
import { NO_COUNTS, countOf, minus, plus, type Counts } from '../statistics/counts.js';
import { HANGS } from '../machine/signatures.js';
import type { Ledger, OpenSlice } from './ledger.js';

/** Time between two writes to the store. A killed process loses at most this much. */
export const CHECKPOINT_MS = 3000;

/** Counts of a slice that are not used: files of its code were written meanwhile, or its counters were overwritten. */
export interface LeftOut extends Counts {
  readonly why: 'code' | 'counts';
}

export interface BookedSlice {
  /** Where its intervals are written. */
  readonly ledger: Pick<Ledger, 'interval'>;
  readonly slice: OpenSlice;
  /** Signature that its row should fail with; null if it should hold. */
  readonly expected: string | null;
  readonly startMs: number;
  /** Whether the files of the row's code are unchanged. */
  isUntouched(): boolean;
}

/**
 * Writes the counts of one running slice into the ledger, checkpoint by checkpoint. Times are milliseconds of the soak. If the code
 * changes, everything since the last checkpoint is left out, since threads may have loaded the old or the new code.
 */
export class SliceBook {
  readonly #booked: BookedSlice;
  #checkpointMs: number;
  /** The counts of the slice at the last checkpoint. */
  #before = NO_COUNTS;
  #seen: readonly [Totals, number] | null = null;
  #hasProved = false;
  #lastHang: { readonly signature: string; readonly elapsedMs: number } | null = null;
  #leftOut: LeftOut | null = null;

  constructor(booked: BookedSlice) {
    this.#booked = booked;
    this.#checkpointMs = booked.startMs;
  }

  /** Whether the row has failed as it should. */
  get hasProved(): boolean {
    return this.#hasProved;
  }

  /** The newest hang that was counted at a checkpoint. */
  get lastHang(): { readonly signature: string; readonly elapsedMs: number } | null {
    return this.#lastHang;
  }

  /** Null if everything counts so far. */
  get leftOut(): LeftOut | null {
    return this.#leftOut;
  }

  /** Leaves out everything since the last checkpoint. */
  leaveOut(why: LeftOut['why']): void {
    this.#leftOut ??= { ...NO_COUNTS, why };
  }

  /** Takes the running counts of the slice; writes an interval when the checkpoint is due. */
  look(totals: Totals, seconds: number, nowMs: number): void {
    this.#seen = [totals, seconds];
    if (nowMs - this.#checkpointMs >= CHECKPOINT_MS) this.#checkpoint(totals, seconds, nowMs);
  }

  /** Ends the slice. If it broke, the last counts seen are written. */
  close(final: readonly [Totals, number] | null, nowMs: number): void {
    const end = final ?? this.#seen;
    if (end !== null) this.#checkpoint(...end, nowMs);
  }

  #checkpoint(totals: Totals, seconds: number, nowMs: number): void {
    const { ledger, slice } = this.#booked;
    const now: Counts = { ...totals, seconds };
    const counted = minus(now, this.#before);
    this.#before = now;
    const why = this.#leftOut?.why ?? (isPossible(counted) ? (this.#booked.isUntouched() ? null : 'code') : 'counts');
    if (why !== null) this.#leftOut = { ...plus(this.#leftOut ?? NO_COUNTS, counted), why };
    const kept = why === null ? counted : NO_COUNTS;
    ledger.interval(slice, this.#checkpointMs, nowMs, kept, rssMb());
    if (countOf(this.#booked.expected, kept) > 0) this.#hasProved = true;
    const hang = HANGS.findLast((signature) => countOf(signature, kept) > 0);
    if (hang !== undefined) this.#lastHang = { signature: hang, elapsedMs: nowMs };
    this.#checkpointMs = nowMs;
  }
}

/** Whether the counts are possible. A race that overwrote the counters must not make the store unreadable. */
function isPossible({ seconds, trials, failures, nearMisses, outcomes }: Counts): boolean {
  const counts = [trials, failures, nearMisses, ...outcomes.map(({ count }) => count)];
  return seconds >= 0 && counts.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** Returns the memory of the process in MB; null if the host does not report it, or no file can be opened. */
export function rssMb(): number | null {
  try {
    return process.memoryUsage.rss() / 2 ** 20;
  } catch {
    return null;
  }
}
