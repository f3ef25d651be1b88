/** `racehammer soak`: a campaign for hours or days, that survives its own end. */

import { INTERRUPTED_EXIT } from '../../statistics/verdict.js';
import { catchInterrupts, type Interrupts } from '../interrupts.js';
import { SoakServed } from './served.js';
import { EventFile } from '../eventFile.js';
import { LiveLines, tell } from '../output.js';
import { OutputFiles } from '../outputFiles.js';
import { planCampaign, planResumption, type Begun } from './begin.js';
import { exitCodeOfSoak, printCounts, printSoak, resumeCommand } from './end.js';
import { runSession } from '../../campaign/session.js';
import type { SoakFlags } from './options.js';
import { SoakScreen } from './view.js';
import { tunedRowsLines } from '../tuned.js';

/** A soak that broke, or whose store or code did, is no answer, whatever its results are. */
const HARNESS_EXIT = 70;

/**
 * Soaks to the end of the budget, or to an interrupt, and prints what is known then. Returns the exit code. Throws UsageError.
 * Until everything is set up the signals keep their usual meaning: while a file is read that is a pipe, or a race is imported that
 * loops, nobody could answer them.
 */
export async function soakCommand(targets: readonly string[], flags: SoakFlags): Promise<number> {
  const served = new SoakServed();
  const files = new OutputFiles([{ what: 'the store', path: flags.store }]);
  const events = new EventFile(files, flags.events);
  let interrupts: Interrupts | undefined;
  try {
    const addresses = await served.listen(flags);
    const begin = flags.resume ? await planResumption(targets, flags) : await planCampaign(targets, flags);
    tell(addresses);
    interrupts = catchInterrupts();
    const begun = begin();
    tell(tunedRowsLines(begun.tuning?.path ?? null, begun.rows));
    events.begin('soak');
    const exitCode = await soakOn(begun, flags, interrupts.signal, { served, events });
    events.end(files.exitCode(exitCode));
    return files.exitCode(exitCode);
  } finally {
    await served.close();
    interrupts?.release();
  }
}

async function soakOn(
  begun: Begun,
  flags: SoakFlags,
  signal: AbortSignal,
  { served, events }: { readonly served: SoakServed; readonly events: EventFile },
): Promise<number> {
  const screen = new SoakScreen(new LiveLines(), begun.rows);
  served.begin(begun.claimed[0]);
  const { end, trouble, document, rows, counts } = await runSession(begun, {
    signal,
    onView(view, hammered) {
      screen.update(view, hammered);
      served.update(view, hammered);
    },
    onSlice: ({ race, name }, counted, harnessError) =>
      events.slice({ race: race.name, row: name, counts: counted, harnessError }),
    onEvent(kind, text) {
      screen.event(kind, text);
      events.note(kind, text);
    },
  });
  screen.end();
  if (document === null) printCounts(rows, counts);
  else {
    const isUsedUp = end === 'budget used up';
    printSoak(document, flags, [`resume: ${resumeCommand(document, flags.store, { isUsedUp })}`]);
  }
  if (trouble !== null || document === null) return HARNESS_EXIT;
  return end === 'interrupted' ? INTERRUPTED_EXIT : exitCodeOfSoak(document);
}
