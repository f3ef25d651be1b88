/** Explores the rows of a verification beside what is hammered of them. Called by `verify --prove` and by verify() of programs. */

import { isInstrumented } from '../../instrument/marked.js';
import { isTimed } from '../../machine/signatures.js';
import { cores } from '../../harness/makePlan.js';
import { requireActors } from '../../race/kinds.js';
import type { ExploreDocument } from '../../report/explore/document.js';
import type { ClassFigures } from '../../report/run/document.js';
import { isUnexpected, type FoundRow, type ProvedRow, type RowDocument } from '../../report/verify/document.js';
import { ClassMeter, noClasses } from '../classes.js';
import { samplingObstacle } from '../samplingObstacle.js';
import type { ReadyRow } from '../rows.js';
import { searchOf, searchRow, type RowFound, type RowRefused } from './searchRow.js';
import { searchSideBySide } from './searchThreads.js';

/** What the caller sees. */
export interface ProveHooks {
  /** Whether no row is explored behind one that is not as expected; none is if one was not when it was hammered. */
  readonly failFast?: boolean;
  readonly onEnd?: (row: RowDocument) => void;
}

/** Explores rows: before they are hammered, so that their trials can be told apart by classes, and nothing disturbs them. */
export class RowProver {
  readonly #signal: AbortSignal;
  /** What is known of each row. */
  readonly #known = new Map<ReadyRow, RowFound | RowRefused>();
  #seconds = 0;

  /** `signal` ends the row and leaves out the rest. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Seconds in which rows were searched, several at the same time. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Searches rows side by side, before anything is hammered; a row alone is searched when its turn comes. */
  async searchAll(rows: readonly ReadyRow[], onEnd: (done: number, all: number) => void = () => {}): Promise<void> {
    // Code that is instrumented is loaded so on this thread alone.
    const searched = rows.filter(({ race, url }) => race.kind === 'actors' && !isInstrumented(url));
    if (searched.length < 2) return;
    await this.#timed(
      searchSideBySide(searched, cores(), {
        signal: this.#signal,
        onEnd: (row, found) => {
          this.#known.set(row, found);
          onEnd(this.#known.size, searched.length);
        },
      }),
    );
  }

  /** Returns what all states say of rows, as far as they were searched, in the order of `rows`. */
  found(rows: readonly ReadyRow[]): FoundRow[] {
    return rows.flatMap((row) => {
      const known = this.#known.get(row);
      return known === undefined ? [] : [{ race: row.race.name, row: row.row, proved: provedOf(known, row) }];
    });
  }

  /** Returns what counts the classes of orders that a row meets; figures with the reason where nothing can. */
  async meterOf(row: ReadyRow): Promise<ClassMeter | ClassFigures> {
    const obstacle = samplingObstacle(row.race, row.request.plan);
    if (obstacle !== null) return noClasses(obstacle);
    const known = await this.#search(row);
    if ('refused' in known) return noClasses(known.refused);
    const { classes } = known;
    return typeof classes === 'string' ? noClasses(classes) : new ClassMeter(requireActors(row.race), classes);
  }

  /** Returns the rows that were hammered, each with what all states of its trial say. */
  async prove(
    rows: readonly ReadyRow[],
    documents: readonly RowDocument[],
    { onEnd, failFast = false }: ProveHooks = {},
  ): Promise<RowDocument[]> {
    const done: RowDocument[] = [];
    let isOver = failFast && documents.some(isUnexpected);
    for (const document of documents) {
      const row = rows.find(({ race, row: name }) => race.name === document.race && name === document.row);
      const proved = row === undefined || isOver ? null : await this.#prove(row, document);
      const after = { ...document, proved };
      isOver ||= failFast && isUnexpected(after);
      done.push(after);
      if (proved !== null) onEnd?.(after);
    }
    return done;
  }

  async #prove(row: ReadyRow, document: RowDocument): Promise<ProvedRow | null> {
    if (row.race.kind === 'litmus') return refused("a litmus race has no states: its threads sweep the host's memory");
    if (!this.#known.has(row) && this.#signal.aborted) return null;
    return provedOf(await this.#search(row), row, document);
  }

  /** Returns what is known of a row; searches it on this thread if nothing is. */
  async #search(row: ReadyRow): Promise<RowFound | RowRefused> {
    const known = this.#known.get(row) ?? (await this.#timed(searchRow(row, searchOf(row), { signal: this.#signal })));
    this.#known.set(row, known);
    return known;
  }

  async #timed<T>(search: Promise<T>): Promise<T> {
    const startMs = performance.now();
    try {
      return await search;
    } finally {
      this.#seconds += (performance.now() - startMs) / 1000;
    }
  }
}

/** Returns what all states say of a row; `document`: what its threads have shown, if they have. */
function provedOf(found: RowFound | RowRefused, row: ReadyRow, document: RowDocument | null = null): ProvedRow {
  return 'refused' in found ? refused(found.refused) : provedBy(found.document, row, document);
}

function provedBy(explored: ExploreDocument, { request }: ReadyRow, document: RowDocument | null): ProvedRow {
  const { verdict, agrees, complete, reduced = false, preemptions, states, seconds, repeat } = explored;
  const cuts = explored.cuts + explored.leftOut;
  const failures = explored.failures.map(({ signature }) => signature);
  // Without meetings a trial does not begin in the first state.
  const isKnown = complete && cuts === 0 && request.plan.sync !== 'free';
  const contradicts = isKnown && document !== null && failsOtherwise(document, failures);
  const bounds = { agrees, complete, ...(reduced ? { reduced } : {}), preemptions, cuts, states, seconds };
  return { verdict, failures, ...bounds, contradicts, repeat, refused: null };
}

function refused(why: string): ProvedRow {
  const nothing = { verdict: null, failures: [], agrees: null, complete: false, preemptions: null, cuts: 0, states: 0 };
  return { ...nothing, seconds: 0, contradicts: false, repeat: null, refused: why };
}

/** Whether threads have failed in a way that no state allows. A hang that time decides is in no state. */
function failsOtherwise({ outcomes }: RowDocument, failures: readonly string[]): boolean {
  return outcomes.some(({ signature }) => !isTimed(signature) && !failures.includes(signature));
}
