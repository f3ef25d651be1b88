/**
 * The loop of a soak: chooses rows, runs slices, records what they count. Called by the `soak` command; terminal view
 * and metrics show its SoakView.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { counted } from '../report/format/numbers.js';
import { encodeEvidence } from '../evidence/evidenceFile.js';
import { leftThreadsGone, threadsLeft } from '../harness/host/leftThreads.js';
import type { RunOutcome, Totals } from '../harness/host/run.js';
import { minus, type Counts, type FailureCounts } from '../statistics/counts.js';
import { draw } from '../machine/random.js';
import { SourceFiles } from '../harness/host/sourceFiles.js';
import type { StoredCampaign, RowTotals } from '../report/soak/document.js';
import { ClassBook, SliceClasses, type ClassesOf } from './classBook.js';
import { SoakClock } from './clock.js';
import { CodeWatch, type Renew } from './codeWatch.js';
import { garbageCollector } from './collectGarbage.js';
import { Ledger, type OpenSlice } from './ledger.js';
import { isEnough, runSlice } from './oneSlice.js';
import type { SoakRow } from './row.js';
import { liveOf, standingOf, sum, without, type Live } from './rowState.js';
import { firstSliceMs, nextRow, sliceMs, type RowStanding } from './schedule.js';
import { rssMb, type LeftOut, type SliceBook } from './sliceBook.js';
import type { Store } from './store.js';
import { writeTrouble } from './trouble.js';

/** The state of a running soak, for the terminal and for metrics. */
export interface SoakView {
  readonly elapsedMs: number;
  readonly budgetMs: number;
  /** The row of the running slice, and its counts in this slice. */
  readonly row: number;
  readonly sliceSeconds: number;
  readonly slice: Totals;
  /** Counts of every row over the whole campaign, this slice included. */
  readonly rows: readonly Live[];
  /** Null if the host does not report it. */
  readonly rssMb: number | null;
  /** Whether results wait in memory because they cannot be written. */
  readonly isBehind: boolean;
  /** The last trial that hung: index of its row, how, and when in the soak; null if none did. */
  readonly lastHang: { readonly row: number; readonly signature: string; readonly elapsedMs: number } | null;
}

export interface SoakHooks {
  /** Makes a row again whose code has changed. */
  readonly renew: Renew;
  /** Ends the soak as soon as the running slice has stopped. */
  readonly signal: AbortSignal;
  /** Explores a row, to count the classes of orders that it meets; null where nobody asks for them. */
  readonly classesOf: ClassesOf | null;
  /** Called about ten times a second. */
  onView?(view: SoakView): void;
  /** Called at the end of each slice, with what is counted of it. */
  onSlice?(row: SoakRow, counts: Omit<Counts, 'outcomes'>, harnessError: string | null): void;
  /** Called for each event that the user should see. */
  onEvent?(kind: string, text: string): void;
}

/** Least time for a slice; with less, its threads would hardly start. */
const SLICE_LEAST_MS = 200;
/** How long a row waits if its code cannot be run now, and how long all rows may wait before the soak ends. */
const PASSED_OVER_MS = 500;
const NOTHING_TO_RUN_MS = 60_000;
/** Harness errors of a row that are reported one by one and kept in full. */
const ERRORS_TOLD = 3;

/** The harness error of a trial that does not end in a thread that cannot be ended. The slice is no pass, whatever it counted. */
const STUCK = 'a trial did not end, and its thread cannot be ended: a system call does not return';

/** Why a soak ended. */
export type SoakEnd = 'budget used up' | 'interrupted' | 'no row can be run';

/** A finished slice, whether it could be run or not. */
type Ended = Pick<RunOutcome, 'harnessError'> & Partial<RunOutcome>;

/**
 * Runs a campaign, slice by slice, until its budget is used up or it is interrupted. Failures and harness errors of slices are
 * counted and do not end it. The store lags at most one checkpoint behind. Throws what the store throws, unless its disk is full.
 */
export class Soak {
  readonly #rows: SoakRow[];
  readonly #ids: number[];
  readonly #campaign: StoredCampaign;
  readonly #hooks: SoakHooks;
  readonly #clock: SoakClock;
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #code: CodeWatch;
  readonly #classes: ClassBook;
  readonly #collectGarbage = garbageCollector();
  readonly #standing: RowStanding[];
  readonly #live: Live[];
  #slices: number;
  /** Indexes of rows that are left out from now on. */
  readonly #leftOut = new Set<number>();
  /** When a row was last run. */
  #ranAtMs: number;
  #lastHang: SoakView['lastHang'] = null;

  constructor(store: Store, session: number, rows: readonly SoakRow[], hooks: SoakHooks) {
    this.#rows = [...rows];
    this.#store = store;
    this.#hooks = hooks;
    this.#ids = store.declare(rows);
    this.#campaign = store.campaign();
    this.#clock = new SoakClock(this.#campaign.elapsedMs, performance.now());
    this.#ranAtMs = this.#campaign.elapsedMs;
    this.#ledger = new Ledger(store, session, (trouble) => this.#tellTrouble(trouble));
    this.#classes = new ClassBook(this.#ledger, hooks.classesOf);
    this.#code = new CodeWatch(new SourceFiles(), hooks.renew, (text) => this.#event('code', text));
    const totals = store.totals();
    const of = (i: number): RowTotals | undefined => totals.find(({ id }) => id === this.#ids[i]);
    this.#standing = rows.map((row, i) => standingOf(row, of(i)));
    this.#live = rows.map((_, i) => liveOf(of(i)));
    const [hang] = store.hangs().toSorted((a, b) => b.lastMs - a.lastMs);
    const hungRow = this.#ids.indexOf(hang?.row ?? -1);
    if (hungRow >= 0) this.#lastHang = { row: hungRow, signature: hang.signature, elapsedMs: hang.lastMs };
    this.#slices = totals.reduce((n, row) => n + row.slices, 0);
  }

  /** The rows that run. A row whose code has changed is replaced by another one. */
  get rows(): readonly SoakRow[] {
    return this.#rows;
  }

  async run(): Promise<SoakEnd> {
    const { budgetMs, pace } = this.#campaign;
    const firstMs = firstSliceMs(budgetMs, this.#rows.length);
    for (;;) {
      if (this.#hooks.signal.aborted) return 'interrupted';
      this.#tick();
      const nowMs = this.#clock.elapsedMs;
      const leftMs = budgetMs - nowMs;
      if (leftMs < SLICE_LEAST_MS) return 'budget used up';
      const left = this.#standing.filter((_, row) => !this.#leftOut.has(row));
      if (left.length === 0) return 'no row can be run';
      const i = this.#standing.indexOf(left[nextRow(left, this.#clock.elapsedMs, pace)]);
      if (nowMs - this.#ranAtMs >= NOTHING_TO_RUN_MS) return 'no row can be run';
      const lengthMs = sliceMs(this.#standing[i].slices, firstMs, leftMs, pace);
      if (await this.#hasItsCode(i)) {
        await this.#runSlice(i, lengthMs);
        this.#ranAtMs = this.#clock.elapsedMs;
      } else {
        // This counts as its slice, so that other rows run next.
        await delay(PASSED_OVER_MS, undefined, { signal: this.#hooks.signal }).catch(() => {});
        this.#stand(i, nowMs, lengthMs, false);
      }
    }
  }

  /** Whether the row can be run. Replaces a row whose code has changed. */
  async #hasItsCode(i: number): Promise<boolean> {
    const row = await this.#code.current(this.#rows[i]);
    if (row === null) return false;
    const isOther = row.source.hash !== this.#rows[i].source.hash;
    try {
      if (isOther) [this.#ids[i]] = this.#store.declare([row]);
    } catch (error) {
      if (writeTrouble(error) === null) throw error;
      return false;
    }
    this.#rows[i] = row;
    if (!isOther) return true;
    const known = this.#store.totals().find(({ id }) => id === this.#ids[i]);
    this.#standing[i] = standingOf(row, known);
    this.#live[i] = liveOf(known);
    return true;
  }

  async #runSlice(i: number, mostMs: number): Promise<void> {
    const row = this.#rows[i];
    const { signal } = this.#hooks;
    const told = await this.#classes.of(this.#ids[i], row, { signal, onProgress: () => this.#tick() });
    this.#tick();
    const leftMs = this.#campaign.budgetMs - this.#clock.elapsedMs;
    if (signal.aborted || leftMs < SLICE_LEAST_MS) return;
    const lengthMs = Math.min(mostMs, leftMs);
    const seed = draw(this.#campaign.seed, 0, ++this.#slices);
    const startMs = this.#clock.elapsedMs;
    const slice = this.#ledger.beginSlice(this.#ids[i], startMs, seed);
    const classes = told === null ? null : new SliceClasses(this.#ledger, this.#ids[i], told);
    const before = this.#live[i];
    const threadsBefore = threadsLeft();
    const { outcome, book } = await runSlice({
      row,
      seed,
      lengthMs,
      leftMs,
      slice,
      classes,
      ledger: this.#ledger,
      clock: this.#clock,
      signal: this.#hooks.signal,
      tick: () => this.#tick(),
      isEnough: (totals) => isEnough(row, totals),
      onCounts: (totals, seconds) => {
        this.#live[i] = sum(before, totals, seconds);
      },
      onBooked: (totals, seconds, booked) => {
        this.#noteHang(i, booked);
        this.#show(i, totals, seconds);
      },
    });
    this.#noteHang(i, book);
    this.#live[i] = without(this.#live[i], book.leftOut);
    if ('trials' in outcome && book.leftOut === null) this.#keepEvidence(i, slice, outcome);
    const ended = this.#withLeftOut(i, outcome, book.leftOut);
    this.#endSlice(
      i,
      slice,
      (await this.#isStuck(i, threadsBefore)) ? { ...ended, harnessError: ended.harnessError ?? STUCK } : ended,
    );
    this.#hooks.onSlice?.(row, minus(this.#live[i], before), ended.harnessError);
    // Otherwise a row that breaks at once would always be the one furthest behind.
    this.#stand(i, startMs, outcome.harnessError === null ? 0 : lengthMs, book.hasProved);
    this.#collectGarbage();
  }

  /** Whether threads of the row are stuck in the kernel. Such a row is left out: each slice would leave more threads behind. */
  async #isStuck(i: number, threadsBefore: number): Promise<boolean> {
    if (threadsLeft() > threadsBefore) await leftThreadsGone();
    if (threadsLeft() <= threadsBefore) return false;
    this.#leftOut.add(i);
    const { race, name } = this.#rows[i];
    this.#event('left out', `${race.name}, ${name}: its threads cannot be ended, so it is left out`);
    return true;
  }

  /** Returns the end of a slice that leaves counts out. Code that changes while threads load it is no fault of the row. */
  #withLeftOut<T extends Ended>(i: number, outcome: T, leftOut: LeftOut | null): T {
    if (leftOut === null) return outcome;
    const { race, name } = this.#rows[i];
    const { trials, failures } = leftOut;
    if (leftOut.why === 'counts') {
      const text = `its counters were overwritten: the counts of a slice (${counted(trials, 'trial')}, ${counted(failures, 'failure')}) are left out`;
      return { ...outcome, harnessError: outcome.harnessError ?? text };
    }
    const what = `the counts of its slice (${counted(trials, 'trial')}, ${counted(failures, 'failure')}) are left out`;
    this.#event('code', `${race.name}, ${name}: files of its code were written while it ran: ${what}`);
    return { ...outcome, harnessError: null };
  }

  #noteHang(row: number, { lastHang }: SliceBook): void {
    if (lastHang !== null) this.#lastHang = { row, ...lastHang };
  }

  /** Updates the standing of the row after a slice that began at `startMs` and counts as at least `leastMs`. */
  #stand(i: number, startMs: number, leastMs: number, proved: boolean): void {
    const { weight, holds, spentMs, slices, provedAtMs } = this.#standing[i];
    const endMs = this.#clock.elapsedMs;
    this.#standing[i] = {
      weight,
      holds,
      hasTrials: this.#live[i].trials > 0,
      spentMs: spentMs + Math.max(endMs - startMs, leastMs),
      slices: slices + 1,
      provedAtMs: proved ? endMs : provedAtMs,
      triedAtMs: startMs,
    };
  }

  #keepEvidence(i: number, slice: OpenSlice, { reports, evidence }: RunOutcome): void {
    for (const [signature, report] of Object.entries(reports)) {
      const kept = evidence.find((one) => one.signature === signature);
      const file = kept === undefined ? null : encodeEvidence(kept);
      this.#ledger.keepEvidence(slice, { row: this.#ids[i], signature, report: report.join('\n'), file });
    }
  }

  #endSlice(i: number, slice: OpenSlice, { harnessError, watchdog, processorTime = null }: Ended): void {
    const { race, name } = this.#rows[i];
    const { hostStalls = 0, hostStallMs = 0, workersReplaced = 0 } = watchdog ?? {};
    const end = this.#hooks.signal.aborted ? 'cut' : 'whole';
    let text = harnessError;
    if (harnessError !== null) {
      const harnessErrors = this.#live[i].harnessErrors + 1;
      this.#live[i] = { ...this.#live[i], harnessErrors };
      // An error that occurs in every slice must not fill the disk.
      if (harnessErrors > ERRORS_TOLD) [text] = harnessError.split('\n');
      if (harnessErrors <= ERRORS_TOLD || Math.log10(harnessErrors) % 1 === 0) {
        const which = harnessErrors === 1 ? '' : ` (${harnessErrors} times by now)`;
        this.#event('harness error', `${race.name}, ${name}${which}: ${harnessError}`);
      }
    }
    this.#ledger.endSlice(slice, {
      end,
      harnessError: text,
      hostStalls,
      hostStallMs,
      workersReplaced,
      processorTime,
    });
  }

  #tick(): void {
    const stoppedMs = this.#clock.tick(performance.now());
    if (stoppedMs === 0) return;
    const seconds = (stoppedMs / 1000).toFixed(0);
    this.#event('stopped', `the process was stopped, or got no CPU time, for ${seconds} s; that time does not count`);
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
      lastHang: this.#lastHang,
    });
  }

  #tellTrouble(trouble: string | null): void {
    if (trouble === null) this.#event('store', 'everything is written again');
    else this.#hooks.onEvent?.('store', `${trouble}: results are kept in memory until they can be written`);
  }

  #event(kind: string, text: string): void {
    this.#hooks.onEvent?.(kind, text);
    this.#ledger.event(kind, text);
  }

  /** Returns the counts of every row, including the running slice. */
  counts(): readonly Live[] {
    return this.#live;
  }

  /** Tries once more to write what waits. Returns the counts that are lost with this process; null if there are none. */
  settle(): FailureCounts | null {
    try {
      this.#store.waitLonger();
      this.#ledger.flush();
    } catch (error) {
      this.#hooks.onEvent?.('store', error instanceof Error ? error.message : String(error));
    }
    return this.#ledger.isBehind ? this.#ledger.waiting() : null;
  }
}
