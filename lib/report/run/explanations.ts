/** What the figures of a run mean: said beside them, or once for all rows of a page. Called by section.ts, facts.ts and saidOnce.ts. */

import { formatProbability } from '../format/numbers.js';
import { worldOf } from '../words/world.js';
import type { RunDocument } from './document.js';

export const NEAR_MISS_WORDS = 'clean trials within reach of an open window';
export const SEED_WORDS = "fixes the delays, not what the host's scheduler does";

/** Returns the caption of the picture of rates over time. */
export function overTimeWords(run: RunDocument): string {
  return `Read while the ${worldOf(run).thread}s ran. Trials are counted at the ends of rounds, failures at once.`;
}

/** Returns the caption of the picture of distances between failures, with the rate of this run or of whichever. */
export function gapsWords(run: RunDocument, ofThisRun: boolean): string {
  const rate = ofThisRun ? `, ${formatProbability(run.failures / run.trials)}` : '';
  return (
    `Counted by each ${worldOf(run).group} from one failure to its next, the first from its start. ` +
    `Dots: expected for independent trials that all fail at the run's mean rate${rate}. ` +
    'Bars far from them mean that failures occur in bursts, or that the rate changed during the run.'
  );
}

/** Returns the names of figures, and what each means in every row of such a race. */
export function explanationsOf(run: RunDocument): [name: string, words: string][] {
  const isRace = run.litmus === undefined;
  return [
    ['Over time', overTimeWords(run)],
    ...(isRace ? [['Trials to a failure', gapsWords(run, false)] as [string, string]] : []),
    ...(isRace && worldOf(run).hasWindows ? [['near misses', NEAR_MISS_WORDS] as [string, string]] : []),
    ['seed', SEED_WORDS],
  ];
}
