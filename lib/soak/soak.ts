import { encodeEvidence } from '../evidence/evidenceFile.js';
import { runRace, type Totals } from '../harness/run.js';
import { draw } from '../machine/random.js';
import { SoakClock } from './clock.js';
import { Ledger } from './ledger.js';
import type { SoakRow } from './row.js';
import { firstSliceMs, nextRow, sliceMs, type Standing } from './schedule.js';
import { SliceCounter } from './sliceCounter.js';
import type { Campaign, Store } from './store.js';

/** What a person or a scraper is shown while a soak goes on. */
export interface SoakView {
  readonly elapsedMs: number;
  readonly budgetMs: number;
  /** The row whose slice runs, and its counts in this slice. */
  readonly row: number;
  readonly sliceSeconds: number;
  readonly slice: Totals;
  /** Counts of every row over the whole campaign, this slice included. */
  readonly rows: readonly Live[];
  readonly rssMb: number;
  /** Whether results wait for room on the disk. */
  readonly isBehind: boolean;
}

/** One row as it stands. */
export interface Live {
  readonly trials: number;
  readonly failures: number;
  readonly nearMisses: number;
  readonly seconds: number;
}

export interface SoakHooks {
  /** Ends the soak as soon as the running slice has stopped. */
  readonly signal: AbortSignal;
  /** Called about ten times a second. */
  onView?(view: SoakView): void;
  /** Something happened that is worth a line. */
  onEvent?(kind: string, text: string): void;
}

/** What happens to a soak that is stopped and started again, and to its results, between two checkpoints. */
export const CHECKPOINT_MS = 3000;
/** A row that should fail has proved it after so many failures of the expected kind. */
const ENOUGH_FAILURES = 1000;

/** Why a soak has ended. */
export type SoakEnd = 'budget used up' | 'interrupted';

/**
 * Runs a campaign, slice by slice, until its budget is used up or it is interrupted. Whatever a slice does is counted and
 * contained; the store has it at the latest a checkpoint later. Throws what the store throws, unless its disk is full.
 */
export class Soak {
  readonly #rows: readonly SoakRow[];
  readonly #ids: readonly number[];
  readonly #campaign: Campaign;
  readonly #hooks: SoakHooks;
  readonly #clock: SoakClock;
  readonly #ledger: Ledger;
  readonly #standing: Standing[];
  readonly #live: Live[];
  #slices: number;

  constructor(store: Store, session: number, rows: readonly SoakRow[], hooks: SoakHooks) {
    this.#rows = rows;
    this.#hooks = hooks;
    this.#ids = store.declare(rows);
    this.#campaign = store.campaign();
    this.#clock = new SoakClock(this.#campaign.elapsedMs, performance.now());
    this.#ledger = new Ledger(store, session, (full) => this.#tellDisk(full));
    const totals = store.totals();
    const of = (i: number) => totals.find(({ id }) => id === this.#ids[i]);
    this.#standing = rows.map((row, i) => ({
      weight: row.weight,
      holds: row.expected === null,
      spentMs: of(i)?.spentMs ?? 0,
      slices: of(i)?.slices ?? 0,
      provedAtMs: of(i)?.provedAtMs ?? null,
    }));
    this.#live = rows.map((_, i) => {
      const { trials = 0, failures = 0, nearMisses = 0, seconds = 0 } = of(i) ?? {};
      return { trials, failures, nearMisses, seconds };
    });
    this.#slices = totals.reduce((n, row) => n + row.slices, 0);
  }

  async run(): Promise<SoakEnd> {
    const { budgetMs, pace } = this.#campaign;
    const firstMs = firstSliceMs(budgetMs, this.#rows.length);
    for (;;) {
      if (this.#hooks.signal.aborted) return 'interrupted';
      this.#tick();
      const leftMs = budgetMs - this.#clock.elapsedMs;
      if (leftMs <= 0) return 'budget used up';
      const i = nextRow(this.#standing, this.#clock.elapsedMs, pace);
      await this.#runSlice(i, sliceMs(this.#standing[i].slices, firstMs, leftMs, pace), leftMs);
    }
  }

  async #runSlice(i: number, lengthMs: number, leftMs: number): Promise<void> {
    const row = this.#rows[i];
    const seed = draw(this.#campaign.seed, 0, ++this.#slices);
    const startMs = this.#clock.elapsedMs;
    const slice = this.#ledger.beginSlice(this.#ids[i], startMs, seed);
    const counter = new SliceCounter();
    const before = this.#live[i];
    const ended = new AbortController();
    let checkpointMs = startMs;
    let proved = false;
    const count = (totals: Totals, seconds: number): void => {
      const delta = counter.since(totals, seconds);
      const nowMs = this.#clock.elapsedMs;
      this.#ledger.interval(slice, checkpointMs, nowMs, delta, rssMb());
      if (row.expected !== null && (delta.outcomes[row.expected] ?? 0) > 0) proved = true;
      checkpointMs = nowMs;
    };
    const outcome = await runRace(
      row.race,
      { ...row.plan, seed, keep: 1 },
      {
        durationMs: lengthMs,
        signal: AbortSignal.any([this.#hooks.signal, ended.signal]),
        onProgress: (totals, seconds) => {
          this.#tick();
          if (this.#clock.elapsedMs - checkpointMs >= CHECKPOINT_MS) count(totals, seconds);
          // Threads take long to start on a loaded host: the budget is kept all the same.
          const isEnough = row.expected !== null && countOf(totals, row.expected) >= ENOUGH_FAILURES;
          if (isEnough || this.#clock.elapsedMs - startMs >= leftMs) ended.abort();
          this.#live[i] = sum(before, totals, seconds);
          this.#show(i, totals, seconds);
        },
      },
    );
    this.#tick();
    count(outcome, outcome.seconds);
    this.#live[i] = sum(before, outcome, outcome.seconds);
    for (const [signature, report] of Object.entries(outcome.reports)) {
      const kept = outcome.evidence.find((evidence) => evidence.signature === signature);
      const file = kept === undefined ? null : encodeEvidence(kept);
      this.#ledger.keepEvidence(slice, { row: this.#ids[i], signature, report: report.join('\n'), file });
    }
    this.#ledger.endSlice(slice, this.#hooks.signal.aborted ? 'cut' : 'whole', outcome.harnessError);
    if (outcome.harnessError !== null)
      this.#event('harness error', `${row.race.name}, ${row.name}: ${outcome.harnessError}`);
    const { spentMs, slices, provedAtMs, ...fixed } = this.#standing[i];
    const endMs = this.#clock.elapsedMs;
    this.#standing[i] = {
      ...fixed,
      spentMs: spentMs + endMs - startMs,
      slices: slices + 1,
      provedAtMs: proved ? endMs : provedAtMs,
    };
  }

  #tick(): void {
    const stoppedMs = this.#clock.tick(performance.now());
    if (stoppedMs > 0)
      this.#event(
        'stopped',
        `the process was stopped for ${(stoppedMs / 1000).toFixed(0)} s; that time does not count`,
      );
  }

  #show(row: number, slice: Totals, sliceSeconds: number): void {
    this.#hooks.onView?.({
      elapsedMs: this.#clock.elapsedMs,
      budgetMs: this.#campaign.budgetMs,
      row,
      sliceSeconds,
      slice,
      rows: this.#live,
      rssMb: rssMb(),
      isBehind: this.#ledger.isBehind,
    });
  }

  #tellDisk(full: boolean): void {
    const text = full
      ? 'no room for results: they are kept in memory until there is'
      : 'there is room again, and everything is written';
    if (full) this.#hooks.onEvent?.('disk full', text);
    else this.#event('disk', text);
  }

  #event(kind: string, text: string): void {
    this.#hooks.onEvent?.(kind, text);
    this.#ledger.event(kind, text);
  }

  /** What still waits for room when the soak ends; true if nothing does. */
  settle(): boolean {
    this.#ledger.flush();
    return !this.#ledger.isBehind;
  }
}

function sum(before: Live, totals: Totals, seconds: number): Live {
  return {
    trials: before.trials + totals.trials,
    failures: before.failures + totals.failures,
    nearMisses: before.nearMisses + totals.nearMisses,
    seconds: before.seconds + seconds,
  };
}

function countOf(totals: Totals, signature: string): number {
  return totals.outcomes.find((o) => o.signature === signature)?.count ?? 0;
}

function rssMb(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}
