/** The document of several runs of one race. Made by `run --json`; read by `report`. */

import type { RunDocument } from './document.js';

/** What `run --json` prints if it runs more than one variant, or if an interrupt came before the first. */
export interface RunsDocument {
  readonly schema: 'racehammer.runs/1';
  readonly runs: readonly RunDocument[];
}

/** Returns the document of what has run of so many variants that were asked for. */
export function runsDocumentOf(asked: number, runs: readonly RunDocument[]): RunDocument | RunsDocument {
  return asked === 1 && runs.length === 1 ? runs[0] : { schema: 'racehammer.runs/1', runs };
}
