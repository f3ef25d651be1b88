/** Explores a litmus test under each memory model, and hammers it. Called by litmus.ts. */

import { exploredDocument, hammeredDocument } from '../../litmus/document.js';
import { TooManyLitmusStates, exploreLitmus, type LitmusExploration } from '../../litmus/explore.js';
import { HAMMERED_FINALS_MAX, hammerLitmus } from '../../litmus/hammer/hammer.js';
import { MEMORY_MODELS, type MemoryModel } from '../../race/settings.js';
import type { ExploredDocument, HammeredDocument } from '../../report/litmus/document.js';
import { counted } from '../../report/format/numbers.js';
import { UsageError } from '../../run/usageError.js';
import { catchInterrupts } from '../interrupts.js';
import { tell } from '../output.js';
import { located, type LitmusFile } from './files.js';
import type { LitmusFlags } from './options.js';

/** The options, with the seed that was drawn. */
export type LitmusConditions = LitmusFlags & { readonly seed: number };

interface Examined {
  readonly explored: readonly ExploredDocument[];
  readonly hammered: readonly HammeredDocument[];
  readonly wasInterrupted: boolean;
}

/** Throws UsageError for what is not supported. */
export async function examine(file: LitmusFile, conditions: LitmusConditions): Promise<Examined> {
  const models = conditions.memory === undefined ? MEMORY_MODELS : [conditions.memory];
  const explorations = models.map((model) => explored(file, model, conditions.states));
  const documents = explorations.map(({ document }) => document);
  if (!conditions.hammer) return { explored: documents, hammered: [], wasInterrupted: false };
  const found = explorations.map(({ exploration }) => exploration);
  return { explored: documents, ...(await hammered(file, found, conditions)) };
}

function explored(
  { file, program }: LitmusFile,
  memory: MemoryModel,
  states: number,
): { readonly exploration: LitmusExploration; readonly document: ExploredDocument } {
  const startedMs = performance.now();
  try {
    const exploration = located(file, () => exploreLitmus(program, memory, states));
    const document = exploredDocument(program, exploration, (performance.now() - startedMs) / 1000);
    return { exploration, document };
  } catch (error) {
    if (!(error instanceof TooManyLitmusStates)) throw error;
    throw new UsageError(`${file}: has more than ${counted(states, 'state')} under ${memory}; --states allows more`);
  }
}

async function hammered(
  { file, text, program }: LitmusFile,
  explorations: readonly LitmusExploration[],
  { duration, trials, seed }: LitmusConditions,
): Promise<Omit<Examined, 'explored'>> {
  // An exploration keeps the thread, and is ended by the signal itself.
  const interrupts = catchInterrupts();
  const { signal } = interrupts;
  const documents: HammeredDocument[] = [];
  try {
    for (const exploration of explorations) {
      if (signal.aborted) break;
      if (exploration.finals.length > HAMMERED_FINALS_MAX) {
        tell(
          `${file}: has more than ${HAMMERED_FINALS_MAX} final states under ${exploration.memory}: it is not hammered`,
        );
        continue;
      }
      const limit = trials === undefined ? { durationMs: duration } : { trials };
      const run = await hammerLitmus(text, program, exploration, { ...limit, seed, signal });
      documents.push(hammeredDocument(program, exploration, run, seed));
    }
    return { hammered: documents, wasInterrupted: signal.aborted };
  } finally {
    interrupts.release();
  }
}
