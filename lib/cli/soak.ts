/** `racehammer soak`: a campaign for hours or days, that survives its own end. */

import { counted } from '../report/numbers.js';
import { INTERRUPTED_EXIT } from '../statistics/verdict.js';
import { Soak, type SoakEnd, type SoakView } from '../soak/soak.js';
import { catchInterrupts, type Interrupts } from './interrupts.js';
import { MetricsServer, parseAddress } from './metrics.js';
import { LiveLines, tell } from './output.js';
import { planCampaign, planResumption, type Begun } from './soakBegin.js';
import { exitCodeOfSoak, printCounts, printSoak, resumeCommand } from './soakEnd.js';
import { closeStore } from '../campaign/closeStore.js';
import type { SoakFlags } from './options/soak.js';
import { mending } from './soakStore.js';
import { SoakScreen } from './soakView.js';
import { tunedRowsLines } from './tuned.js';

/** A soak that broke, or whose store or code did, is no answer, whatever its results are. */
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
    const begin = flags.resume ? await planResumption(targets, flags) : await planCampaign(targets, flags);
    if (url !== null) tell(`metrics: ${url}`);
    interrupts = catchInterrupts();
    const begun = begin();
    tell(tunedRowsLines(begun.tuning?.path ?? null, begun.rows));
    return await soakOn(begun, flags, interrupts.signal, server);
  } finally {
    server.close();
    interrupts?.release();
  }
}

async function soakOn(
  { store, session, rows, renew }: Begun,
  flags: SoakFlags,
  signal: AbortSignal,
  server: MetricsServer,
): Promise<number> {
  const screen = new SoakScreen(new LiveLines(), rows);
  const onEvent = (kind: string, text: string): void => screen.event(kind, text);
  let end: SoakEnd | 'failed' = 'failed';
  const onView = (view: SoakView): void => {
    screen.update(view, soak.rows);
    server.update(view, soak.rows);
  };
  const soak: Soak = mending(() => new Soak(store, session, rows, { signal, renew, onView, onEvent }), store.path);
  try {
    end = await soak.run();
  } catch (error) {
    // What was counted up to then is shown all the same.
    onEvent('internal error', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const lost = soak.settle();
  screen.end();
  const closed = closeStore(store, session, end);
  if (lost !== null) {
    const { trials, failures } = lost;
    onEvent(
      'store',
      `${counted(trials, 'trial')} with ${counted(failures, 'failure')} could not be written: the report lacks them`,
    );
  }
  const { document } = closed;
  if (document === null) {
    onEvent('store', closed.trouble);
    printCounts(soak.rows, soak.counts());
  } else {
    const isUsedUp = end === 'budget used up';
    printSoak(document, flags, [`resume: ${resumeCommand(document, flags.store, { isUsedUp })}`]);
  }
  const isBroken = end === 'failed' || end === 'no row can be run' || lost !== null || document === null;
  return isBroken ? HARNESS_EXIT : end === 'interrupted' ? INTERRUPTED_EXIT : exitCodeOfSoak(document);
}
