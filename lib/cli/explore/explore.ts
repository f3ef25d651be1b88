/** `racehammer explore`: every state of a trial, searched. */

import { ExploreRefusal } from '../../explore/trees/refusal.js';
import { KeptThreads } from '../../harness/host/keptThreads.js';
import type { ExploredSoFar } from '../../explore/explore.js';
import { counted, formatCount } from '../../report/format/numbers.js';
import type { ExploreDocument } from '../../report/explore/document.js';
import { exploreReport, estimateWords } from '../../report/explore/text.js';
import { exploreVariant, type ExploreRunHooks } from '../../run/explore.js';
import type { ExploreRequest } from '../../run/exploreRequest.js';
import type { ChosenRace } from '../../run/namedRace.js';
import { UsageError } from '../../run/usageError.js';
import { noteExploringThread } from '../../race/cpuThread.js';
import { INTERRUPTED_EXIT, worstExitCode } from '../../statistics/verdict.js';
import { chooseRace } from '../chooseRace.js';
import { catchInterrupts } from '../interrupts.js';
import { LiveLines, print, printDocument, screen } from '../output.js';
import { exploreRequestsOf } from './checkedFlags.js';
import type { ExploreFlags } from './options.js';

const REWRITE_MS = 200;
const LINE_EVERY_MS = 10_000;

/** Explores the requested variants and prints what is known of them. Returns the exit code. Throws UsageError. */
export async function exploreCommand(target: string, flags: ExploreFlags): Promise<number> {
  // A race is imported after that: it may take operations off `Atomics` then.
  noteExploringThread();
  const chosen = await chooseRace(target, flags);
  const requests = exploreRequestsOf(chosen, flags);
  const interrupts = catchInterrupts();
  const threads = new KeptThreads();
  const documents: ExploreDocument[] = [];
  try {
    for (const request of requests) {
      if (interrupts.signal.aborted) break;
      const document = await exploreOne(chosen, request, { signal: interrupts.signal, threads });
      documents.push(document);
      if (!flags.json) print([...(documents.length > 1 ? [''] : []), ...exploreReport(document, screen().paint)]);
    }
  } finally {
    interrupts.release();
    await threads.end(interrupts.signal.aborted);
  }
  if (flags.json)
    printDocument(
      requests.length === 1 ? documents[0] : { schema: 'racehammer.explorations/1', explorations: documents },
    );
  else print(['', ...documents.map(({ repeat }) => `repeat: ${repeat}`)]);
  return interrupts.signal.aborted ? INTERRUPTED_EXIT : worstExitCode(documents.map(({ exitCode }) => exitCode));
}

async function exploreOne(
  chosen: ChosenRace,
  request: ExploreRequest,
  hooks: Pick<ExploreRunHooks, 'signal' | 'threads'>,
): Promise<ExploreDocument> {
  const progress = new ExploreProgress(`${chosen.race.name}:${request.variant}`);
  try {
    return await exploreVariant(chosen, request, {
      ...hooks,
      onProgress: (soFar, seconds) => progress.update(soFar, seconds),
    });
  } catch (error) {
    if (error instanceof ExploreRefusal) throw new UsageError(error.message);
    throw error;
  } finally {
    progress.end();
  }
}

/** One line on stderr, rewritten on a terminal, every ten seconds elsewhere. */
class ExploreProgress {
  readonly #lines = new LiveLines();
  readonly #title: string;
  #nextMs: number;

  constructor(title: string) {
    this.#title = title;
    this.#nextMs = this.#lines.isLive ? REWRITE_MS : LINE_EVERY_MS;
  }

  /** `seconds` since it has begun. */
  update(soFar: ExploredSoFar, seconds: number): void {
    if (seconds * 1000 < this.#nextMs) return;
    this.#nextMs = seconds * 1000 + (this.#lines.isLive ? REWRITE_MS : LINE_EVERY_MS);
    this.#lines.show([`${this.#title}: ${progressWords(soFar)}, ${(soFar.found.bytes / 1e6).toFixed(0)} MB`]);
  }

  end(): void {
    this.#lines.clear();
  }
}

/** Says how far an exploration has come. */
function progressWords({ what, found, estimate, seconds, preemptions }: ExploredSoFar): string {
  const { states, frontier } = found;
  const of = estimate === null || estimate <= states ? '' : ` of ${estimateWords(estimate)}`;
  const met = `${counted(states, 'state')}${of}`;
  if (what === 'confirm') return `${met}, confirming that the actors are functions of what they read`;
  const lookedAt = states - frontier;
  const rate = `${formatCount(Math.round(lookedAt / Math.max(seconds, 1e-3)))} states/s, frontier ${formatCount(frontier)}`;
  if (what === 'preemptions') {
    const goal = estimate === states ? 'searching for the shortest orders' : 'by preemptions';
    return `${met}, ${goal}: those with ${counted(preemptions ?? 0, 'preemption')}, ${rate}`;
  }
  return `${what === 'reduced' ? `${counted(states, 'state')} that stand for all` : met}, ${rate}`;
}
