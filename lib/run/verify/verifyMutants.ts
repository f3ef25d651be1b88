/** Explores the mutants of races, and hammers them, one after the other. Called by `verify --mutants`. */

import { expectedOf } from '../../race/expectation.js';
import { mutantsOf } from '../../race/mutants.js';
import type { Race } from '../../race/race.js';
import { mutantVerdict, type MutantDocument, type MutantsDocument } from '../../report/verify/mutantsDocument.js';
import type { RowDocument } from '../../report/verify/document.js';
import { countOf } from '../../statistics/counts.js';
import { hammerRequest } from '../hammer.js';
import { RowProver } from './proveRows.js';
import { RaceThreads } from '../raceThreads.js';
import type { ReadyRow, RowConditions } from '../rows.js';
import { usualSync } from '../../harness/makePlan.js';
import type { ViewOf } from '../view.js';

/** What the caller sees and controls. */
export interface MutantsHooks {
  /** Ends the current mutant and leaves out the rest. */
  readonly signal: AbortSignal;
  readonly view: ViewOf;
  readonly onEnd: (title: string, document: MutantDocument) => void;
  /** Called when one more of all mutants has been searched, before they are hammered. */
  readonly onSearched?: (done: number, all: number) => void;
}

/** Returns the conditions of a race's mutants; with `variant` those of that variant, or the mutant of that name. */
export function mutantRows(race: Race, variant?: string): RowConditions[] {
  return Object.entries(mutantsOf(race))
    .filter(([name, { of }]) => variant === undefined || variant === of || variant === name)
    .map(([name, { cpus = race.cpus.default, memory }]) => ({
      name,
      variant: name,
      knobs: {},
      cpus,
      sync: usualSync(race),
      ...(memory === undefined ? {} : { memory }),
    }));
}

/** Returns the mutants that ran, in their order, and those that did not. */
export async function verifyMutants(
  rows: readonly ReadyRow[],
  hooks: MutantsHooks,
): Promise<Pick<MutantsDocument, 'mutants' | 'notRun' | 'interrupted'>> {
  const { signal } = hooks;
  const threads = new RaceThreads();
  const prover = new RowProver(signal);
  const done: MutantDocument[] = [];
  try {
    await prover.searchAll(rows, hooks.onSearched);
    for (const row of rows) {
      if (signal.aborted) break;
      const title = `[${done.length + 1}/${rows.length}] ${row.race.name}, ${row.row}`;
      const hammered = await hammerMutant(row, title, threads, hooks);
      const [explored] = await prover.prove([row], [hammered]);
      // What was cut off has shown nothing.
      if (signal.aborted) break;
      const document = documentOf(row, explored);
      done.push(document);
      hooks.onEnd(title, document);
    }
  } finally {
    await threads.end(signal.aborted);
  }
  const notRun = rows.slice(done.length).map(({ race, row }) => ({ race: race.name, row }));
  return { mutants: done, notRun, interrupted: signal.aborted };
}

/** Hammers a mutant until it fails as it must, or for its whole time. One that must survive ends with any failure. */
async function hammerMutant(
  row: ReadyRow,
  title: string,
  threads: RaceThreads,
  { signal, view: viewOf }: MutantsHooks,
): Promise<RowDocument> {
  const { race, request } = row;
  const { variant, knobs, memory } = request.plan;
  const { fails } = expectedOf(race, variant, knobs, memory);
  const view = viewOf(title, { trials: Infinity, durationMs: request.durationMs ?? 0 }, 'run');
  const document = await hammerRequest(race, request, {
    signal,
    known: null,
    threads: await threads.of(row),
    onProgress: (totals, seconds) => view?.update(totals, seconds),
    isEnough: (totals) => (fails === null ? totals.failures : countOf(fails, totals)) > 0,
  });
  view?.end();
  return { ...document, row: row.row, firstTry: null };
}

function documentOf({ race, row }: ReadyRow, document: RowDocument): MutantDocument {
  const { of, about, alsoFails = [], survives = null } = mutantsOf(race)[row];
  return { ...document, of, about, survives, mutant: mutantVerdict(document, alsoFails) };
}
