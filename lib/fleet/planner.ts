/** Chooses the slices that are queued, from what has been counted and what is on its way. Used by hub.ts. */

import { draw } from '../machine/random.js';
import type { RowTotals, StoredCampaign } from '../report/soak/document.js';
import { standingOf } from '../soak/rowState.js';
import { nextRow, type RowStanding } from '../soak/schedule.js';
import { keyOf, type SoakRow } from '../soak/row.js';
import { isRaceFile } from '../harness/host/raceFiles.js';
import type { Sync } from '../race/settings.js';
import { JOB_VERSION_MAX, MESSAGE_VERSION, SLICE_MS, type NamedRow, type SliceJob } from './messages.js';
import type { CampaignTuning } from './tunings.js';

/** A row of the campaign, with its id in the store. */
export interface FleetRow {
  readonly id: number;
  readonly row: SoakRow;
}

/** A slice that is to be queued. */
export interface PlannedSlice {
  readonly id: string;
  readonly index: number;
  readonly job: SliceJob;
}

/** How long what a job has counted may be on its way when the job is over. */
const MISSING_MS = 60_000;

/** What has become known of a row since the plan was begun. */
export interface RowNews {
  readonly lengthMs: number;
  readonly hasTrials: boolean;
  readonly hasProved: boolean;
}

/** Plans slices by the schedule of a soak. What is queued counts as done, until the counts come. */
export class SlicePlan {
  readonly #campaign: string;
  readonly #session: number;
  readonly #seed: number;
  readonly #pace: StoredCampaign['pace'];
  readonly #rows: readonly FleetRow[];
  readonly #standing: RowStanding[];
  /** Slices of each row that were queued and have not ended. */
  readonly #onWay: number[];
  /** Jobs that have not ended, with the index of their row. */
  readonly #jobs = new Map<string, number>();
  /** Of these, those that are not in the queue, and since when. */
  readonly #missing = new Map<string, number>();
  readonly #named: NamedRow[];
  readonly #hammers: (NamedRow | null)[];
  /** What only a job of the newest version asks for. */
  readonly #more: Pick<SliceJob, 'version' | 'tunings' | 'classes'>;
  #planned = 0;

  /** `session`: of the hub, so that the ids of two hubs' jobs differ. */
  constructor(
    campaign: string,
    session: number,
    { seed, pace, classes }: Pick<StoredCampaign, 'seed' | 'pace' | 'classes'>,
    rows: readonly FleetRow[],
    totals: readonly RowTotals[],
    tunings: readonly CampaignTuning[],
  ) {
    this.#campaign = campaign;
    this.#session = session;
    this.#seed = seed;
    this.#pace = pace;
    this.#rows = rows;
    this.#standing = rows.map(({ id, row }) =>
      standingOf(
        row,
        totals.find((one) => one.id === id),
      ),
    );
    this.#onWay = rows.map(() => 0);
    this.#named = rows.map((row, i) => named(row, tunings, i));
    this.#more = {
      version: tunings.length > 0 || classes ? JOB_VERSION_MAX : MESSAGE_VERSION,
      ...(tunings.length === 0 ? {} : { tunings: tunings.map(({ path, host }) => ({ path, host })) }),
      ...(classes ? { classes } : {}),
    };
    this.#hammers = rows.map(({ row }) => this.#hammerOf(row));
  }

  /** Plans so many slices. */
  plan(count: number, nowMs: number): PlannedSlice[] {
    return Array.from({ length: count }, () => this.#next(nowMs));
  }

  /** Takes what was counted of a row. */
  note(rowId: number, nowMs: number, { lengthMs, hasTrials, hasProved }: RowNews): void {
    const i = this.#rows.findIndex(({ id }) => id === rowId);
    if (i < 0) return;
    const before = this.#standing[i];
    this.#standing[i] = {
      ...before,
      spentMs: before.spentMs + lengthMs,
      hasTrials: before.hasTrials || hasTrials,
      provedAtMs: hasProved ? nowMs : before.provedAtMs,
    };
  }

  /** Notes that a job was run: its row, not the one that was hammered before to prove the host. */
  ended(job: string, rowId: number): void {
    const i = this.#jobs.get(job);
    if (i === undefined || this.#rows[i].id !== rowId) return;
    this.#jobs.delete(job);
    this.#missing.delete(job);
    this.#onWay[i]--;
    this.#standing[i] = { ...this.#standing[i], slices: this.#standing[i].slices + 1 };
  }

  /**
   * Forgets jobs that have been in the queue no more for so long that all they have counted is there: nobody has said that they ended, since
   * their host is gone for good, or the queue has lost them. `queued`: ids of those that wait or run.
   */
  compare(queued: ReadonlySet<string>, nowMs: number): void {
    for (const [job, i] of this.#jobs) {
      const sinceMs = this.#missing.get(job) ?? nowMs;
      if (queued.has(job)) this.#missing.delete(job);
      else if (nowMs - sinceMs < MISSING_MS) this.#missing.set(job, sinceMs);
      else {
        this.#missing.delete(job);
        this.#jobs.delete(job);
        this.#onWay[i]--;
      }
    }
  }

  /** Forgets what is on its way: the queue was lost. */
  forget(): void {
    this.#jobs.clear();
    this.#missing.clear();
    this.#onWay.fill(0);
  }

  #next(nowMs: number): PlannedSlice {
    const sliceMs = Math.max(SLICE_MS.min, Math.min(SLICE_MS.max, this.#pace.sliceMs));
    const standing = this.#standing.map((one, i) => ({
      ...one,
      spentMs: one.spentMs + this.#onWay[i] * sliceMs,
      slices: one.slices + this.#onWay[i],
      // Of what is on its way nobody needs more to know whether it runs, or still fails.
      hasTrials: one.hasTrials || this.#onWay[i] > 0,
      provedAtMs: this.#onWay[i] > 0 ? one.triedAtMs : one.provedAtMs,
    }));
    const index = nextRow(standing, nowMs, this.#pace);
    this.#onWay[index]++;
    this.#standing[index] = { ...this.#standing[index], triedAtMs: nowMs };
    const number = ++this.#planned;
    const id = `${this.#campaign}/${this.#rows[index].id}/${this.#session}.${number}`;
    this.#jobs.set(id, index);
    const job: SliceJob = {
      ...this.#more,
      campaign: this.#campaign,
      row: this.#named[index],
      hammer: this.#hammers[index],
      proveEveryMs: this.#pace.proveEveryMs,
      seed: draw(this.#seed, this.#session, number),
      lengthMs: sliceMs,
    };
    return { id, index, job };
  }

  /** Returns what must fail on a host before it hammers the row: its twin, else what fails of its race, else anything that should fail. */
  #hammerOf({ expected, expectation, race }: SoakRow): NamedRow | null {
    if (expected !== null) return null;
    const failing = this.#rows.map(({ row }, i) => ({ row, i })).filter(({ row }) => row.expected !== null);
    const found =
      failing.find(({ row }) => keyOf(row) === expectation.twin) ??
      failing.find(({ row }) => row.race.name === race.name) ??
      failing[0];
    return found === undefined ? null : this.#named[found.i];
  }
}

/** Returns the row as jobs name it. `index`: of the row, in the tuning files. */
function named({ id, row }: FleetRow, tunings: readonly CampaignTuning[], index: number): NamedRow {
  const { variant, knobs, cpus, sync, memory } = row.plan;
  const tuned = tunings.flatMap(({ entries }, file) => {
    const entry = entries[index];
    return entry === null ? [] : [{ file, entry }];
  });
  return {
    id,
    race: row.race.name,
    isFile: isRaceFile(row.typed),
    name: row.name,
    variant,
    knobs,
    cpus,
    sync: sync as Sync,
    memory,
    source: row.source.hash,
    ...(tuned.length === 0 ? {} : { tuned }),
  };
}
