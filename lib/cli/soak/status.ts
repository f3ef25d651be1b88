/** `racehammer soak status`: what a store holds, also while a soak writes to it. Called by program.ts. */

import { EvidenceFileError } from '../../evidence/evidenceFile.js';
import { soakDocumentOf } from '../../soak/document.js';
import type { Store } from '../../soak/store.js';
import { EvidenceReader } from '../../run/evidence/decodeEvidence.js';
import { keepEvidence } from '../../run/evidence/evidenceFiles.js';
import { lineToReplay } from '../../run/replayCommand.js';
import { exitCodeOfSoak, printSoak, resumeCommand } from './end.js';
import { EVENTS_SHOWN } from '../../campaign/closeStore.js';
import { lookAt } from '../../campaign/stores.js';
import type { StatusFlags } from './options.js';
import { UsageError, quoted } from '../../run/usageError.js';
import { watchStore } from './watch.js';

/** Prints what the store holds, or serves its page. Returns the exit code. Throws UsageError for anything that is not a store. */
export async function soakStatusCommand(path: string, flags: StatusFlags): Promise<number> {
  if (flags.page !== undefined) {
    const other = flags.json ? '--json' : flags.evidence === undefined ? null : '--evidence';
    if (other !== null) throw new UsageError(`--page and ${other}: give only one`);
    return await watchStore(path, flags.page);
  }
  const { document, commands } = lookAt(path, (store) => ({
    document: soakDocumentOf(store, EVENTS_SHOWN),
    commands: flags.evidence === undefined ? [] : writeEvidence(store, flags.evidence),
  }));
  const state =
    document.soakingPid !== null
      ? `process ${document.soakingPid} is soaking`
      : document.campaign.endedAt !== null
        ? 'its budget is used up'
        : `nobody is soaking; resume: ${resumeCommand(document, path, { isUsedUp: false })}`;
  printSoak(document, flags, [...commands, state]);
  return exitCodeOfSoak(document);
}

/** Writes what the store has kept; the command that replays each file, or why there is none. */
function writeEvidence(store: Store, folder: string): string[] {
  const reader = new EvidenceReader();
  return Array.from(store.evidenceFiles(), ({ row, signature, file }) => {
    try {
      const evidence = reader.decode(file);
      return lineToReplay(keepEvidence(folder, evidence).path, evidence);
    } catch (error) {
      if (!(error instanceof EvidenceFileError)) throw error;
      return `evidence of ${quoted(signature)}, row ${row} of the store: ${error.message}`;
    }
  });
}
