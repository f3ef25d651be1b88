/** Explores the rows of a verification beside what was hammered of them. Called by `verify --prove` and by verify() of programs. */

import { ExploreRefusal } from '../explore/refusal.js';
import { isTimed } from '../machine/signatures.js';
import type { ProvedRow, RowDocument } from '../report/verify/document.js';
import { exploreVariant } from './explore.js';
import { EXPLORE_LIMITS } from './exploreRequest.js';
import type { ReadyRow } from './rows.js';

/** Limits of a row: what takes longer is bounded, so that a hundred rows end. */
const ROW_LIMITS = { ...EXPLORE_LIMITS, states: 1_000_000, accesses: 300 };

/** What the caller sees and controls. */
export interface ProveHooks {
  /** Ends the row and leaves out the rest. */
  readonly signal: AbortSignal;
  readonly onEnd?: (row: RowDocument) => void;
}

/** Returns the rows that were hammered, each with what all states of its trial say. */
export async function proveRows(
  rows: readonly ReadyRow[],
  documents: readonly RowDocument[],
  { signal, onEnd }: ProveHooks,
): Promise<RowDocument[]> {
  const done: RowDocument[] = [];
  for (const document of documents) {
    const row = rows.find(({ race, row: name }) => race.name === document.race && name === document.row);
    const proved = row === undefined || signal.aborted ? null : await prove(row, document, signal);
    const after = { ...document, proved };
    done.push(after);
    onEnd?.(after);
  }
  return done;
}

async function prove(row: ReadyRow, document: RowDocument, signal: AbortSignal): Promise<ProvedRow> {
  const { variant, knobs, cpus, memory, sync } = row.request.plan;
  if (row.race.kind === 'litmus') return refused("a litmus race has no states: its threads sweep the host's memory");
  const request = { variant, knobs, cpus, memory, limits: ROW_LIMITS, evidence: null };
  try {
    const explored = await exploreVariant(row, request, { signal });
    const { verdict, agrees, complete, preemptions, cuts, states, seconds, repeat } = explored;
    const failures = explored.failures.map(({ signature }) => signature);
    // Without meetings a trial does not begin in the first state.
    const isKnown = complete && cuts === 0 && sync !== 'free';
    const contradicts = isKnown && failsOtherwise(document, failures);
    const bounds = { agrees, complete, preemptions, cuts, states, seconds };
    return { verdict, failures, ...bounds, contradicts, repeat, refused: null };
  } catch (error) {
    if (!(error instanceof ExploreRefusal)) throw error;
    return refused(error.message);
  }
}

function refused(why: string): ProvedRow {
  const nothing = { verdict: null, failures: [], agrees: null, complete: false, preemptions: null, cuts: 0, states: 0 };
  return { ...nothing, seconds: 0, contradicts: false, repeat: null, refused: why };
}

/** Whether threads have failed in a way that no state allows. A hang that time decides is in no state. */
function failsOtherwise({ outcomes }: RowDocument, failures: readonly string[]): boolean {
  return outcomes.some(({ signature }) => !isTimed(signature) && !failures.includes(signature));
}
