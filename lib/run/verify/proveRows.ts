/** Explores the rows of a verification beside what is hammered of them. Called by `verify --prove` and by verify() of programs. */

import type { Exploration } from '../../explore/explore.js';
import { ExploreRefusal } from '../../explore/trees/refusal.js';
import { isInstrumented } from '../../instrument/marked.js';
import { isTimed } from '../../machine/signatures.js';
import { requireActors } from '../../race/kinds.js';
import type { ExploreDocument } from '../../report/explore/document.js';
import type { ClassFigures } from '../../report/run/document.js';
import { isUnexpected, type ProvedRow, type RowDocument } from '../../report/verify/document.js';
import { ClassMeter, classesObstacle, noClasses } from '../classes.js';
import { exploreWith } from '../explore.js';
import { BESIDE_LIMITS } from '../exploreRequest.js';
import { samplingObstacle } from '../order/meter.js';
import type { ReadyRow } from '../rows.js';

/** What the caller sees. */
export interface ProveHooks {
  /** Whether no row is explored behind one that is not as expected; none is if one was not when it was hammered. */
  readonly failFast?: boolean;
  readonly onEnd?: (row: RowDocument) => void;
}

/** Explores rows: before each is hammered, so that its trials can be told apart by classes. */
export class RowProver {
  readonly #signal: AbortSignal;
  /** What is known of each row; why, where its search was refused. */
  readonly #known = new Map<ReadyRow, ExploreDocument | string>();

  /** `signal` ends the row and leaves out the rest. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Returns what counts the classes of orders that a row meets; figures with the reason where nothing can. */
  async meterOf(row: ReadyRow): Promise<ClassMeter | ClassFigures> {
    const obstacle = samplingObstacle(row.race, row.request.plan);
    if (obstacle !== null) return noClasses(obstacle);
    const exploration = await this.#explore(row);
    if (typeof exploration === 'string') return noClasses(exploration);
    const why = classesObstacle(exploration);
    return why === null ? new ClassMeter(requireActors(row.race), exploration, false) : noClasses(why);
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
    if (!this.#known.has(row) && !this.#signal.aborted) await this.#explore(row);
    const known = this.#known.get(row);
    if (known === undefined) return null;
    return typeof known === 'string' ? refused(known) : provedBy(known, row, document);
  }

  /** Explores a row, and notes what was found; why, if the search is refused. */
  async #explore(row: ReadyRow): Promise<Exploration | string> {
    const { variant, knobs, cpus, memory } = row.request.plan;
    const how = { limits: BESIDE_LIMITS, evidence: null, instrument: isInstrumented(row.url) };
    const request = { variant, knobs, cpus, memory, ...how };
    try {
      const { exploration, document } = await exploreWith(row, request, { signal: this.#signal });
      this.#known.set(row, document);
      return exploration;
    } catch (error) {
      if (!(error instanceof ExploreRefusal)) throw error;
      this.#known.set(row, error.message);
      return error.message;
    }
  }
}

function provedBy(explored: ExploreDocument, { request }: ReadyRow, document: RowDocument): ProvedRow {
  const { verdict, agrees, complete, preemptions, states, seconds, repeat } = explored;
  const cuts = explored.cuts + explored.leftOut;
  const failures = explored.failures.map(({ signature }) => signature);
  // Without meetings a trial does not begin in the first state.
  const isKnown = complete && cuts === 0 && request.plan.sync !== 'free';
  const contradicts = isKnown && failsOtherwise(document, failures);
  const bounds = { agrees, complete, preemptions, cuts, states, seconds };
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
