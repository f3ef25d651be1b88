import type { RunDocument } from './runDocument.js';

/** Several variants of one race: what `run --json` prints where it runs more than one. */
export interface RunsDocument {
  readonly schema: 'racehammer.runs/1';
  readonly runs: readonly RunDocument[];
}
