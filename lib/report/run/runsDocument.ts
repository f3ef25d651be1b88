/** The document of several runs of one race. Made by `run --json`; read by `report`. */

import type { RunDocument } from './document.js';

/** What `run --json` prints if it runs more than one variant. */
export interface RunsDocument {
  readonly schema: 'racehammer.runs/1';
  readonly runs: readonly RunDocument[];
}
