/** `racehammer soak`: a campaign for hours or days, that survives its own end. */

import { INTERRUPTED_EXIT } from '../evidence/verdict.js';
import type { SoakDocument } from '../report/soakDocument.js';
import { writeTrouble } from '../soak/database.js';
import { documentOf } from '../soak/document.js';
import { Soak, type SoakEnd } from '../soak/soak.js';
import type { Store } from '../soak/store.js';
import { endAtOnce } from './ending.js';
import { catchInterrupts, type Interrupts } from './interrupts.js';
import { MetricsServer, parseAddress } from './metrics.js';
import { LiveLines, printed, tell } from './output.js';
import { planCampaign, planResumption, type Begun } from './soakBegin.js';
import { EVENTS_SHOWN, exitCodeOfSoak, printSoak } from './soakEnd.js';
import type { SoakFlags } from './soakOptions.js';
import { SoakScreen } from './soakView.js';
import { tunedRowsLines } from './tuned.js';

/** A soak that broke, or results that could not be written, are the harness's fault, whatever the results were. */
const HARNESS_EXIT = 70;

/**
 * Soaks to the end of the budget, or to an interrupt, and prints what is known then. Returns the exit code. Throws UsageError.
 * Until everything is set up the signals keep their usual meaning: while a file is read that is a pipe, or a race is imported that
 * loops, nobody could answer them.
 */
export async function soakCommand(targets: readonly string[], flags: SoakFlags): Promise<number> {
  const server = new MetricsServer();
  let interrupts: Interrupts | undefined;
  try {
    const url = flags.metrics === undefined ? null : await server.listen(parseAddress(flags.metrics));
    const begin = flags.resume === true ? await planResumption(targets, flags) : await planCampaign(targets, flags);
    if (url !== null) tell(`metrics: ${url}`);
    interrupts = catchInterrupts();
    const begun = begin();
    tell(tunedRowsLines(begun.tuning?.path ?? null, begun.rows));
    const { exitCode, hasThreadsLeft } = await soakOn(begun, flags, interrupts.signal, server);
    if (hasThreadsLeft) await die(interrupts);
    return exitCode;
  } finally {
    server.close();
    interrupts?.release();
  }
}

async function soakOn(
  { store, session, rows }: Begun,
  flags: SoakFlags,
  signal: AbortSignal,
  server: MetricsServer,
): Promise<{ readonly exitCode: number; readonly hasThreadsLeft: boolean }> {
  const screen = new SoakScreen(new LiveLines(), rows);
  let end: SoakEnd | 'failed' = 'failed';
  let lost: ReturnType<Soak['settle']> = null;
  let hasThreadsLeft = false;
  try {
    const soak = new Soak(store, session, rows, {
      signal,
      onView(view) {
        screen.update(view);
        server.update(view, rows);
      },
      onEvent: (kind, text) => screen.event(kind, text),
    });
    end = await soak.run();
    hasThreadsLeft = soak.hasThreadsLeft;
    lost = soak.settle();
  } catch (error) {
    // What was counted up to then is shown all the same.
    screen.event('internal error', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  screen.end();
  const document = close(store, session, end);
  if (lost !== null) {
    const { trials, failures } = lost;
    screen.event(
      'store',
      `${trials} trials with ${failures} failures could not be written: they are not in what follows`,
    );
  }
  const longer = end === 'budget used up' ? ' --duration LONGER' : '';
  printSoak(document, flags, [`resume: npx racehammer soak --resume${longer} --store ${flags.store}`]);
  return { exitCode: exitCodeOf(end, lost, document), hasThreadsLeft };
}

function exitCodeOf(end: SoakEnd | 'failed', lost: ReturnType<Soak['settle']>, document: SoakDocument): number {
  if (end === 'interrupted') return INTERRUPTED_EXIT;
  return end === 'failed' || lost !== null ? HARNESS_EXIT : exitCodeOfSoak(document);
}

/**
 * Ends the process by the signal itself, which a shell shows as the exit code of an interrupt: Node would wait for threads that
 * have not ended yet.
 */
async function die(interrupts: Interrupts): Promise<void> {
  await printed();
  interrupts.release();
  endAtOnce();
}

/** Gives the store up. Whoever cannot even do that leaves a claim that the next one takes over. */
function close(store: Store, session: number, end: SoakEnd | 'failed'): SoakDocument {
  const document = { ...documentOf(store, EVENTS_SHOWN), soakingPid: null };
  try {
    store.end(session, end, end === 'budget used up');
  } catch (error) {
    if (writeTrouble(error) === null) throw error;
    store.release();
  }
  return document;
}
