/** Colours verdicts by what they mean for the reader. Called by the texts of runs, rows and soaks. */

import { verdictWords, type Verdict } from '../../statistics/verdict.js';
import type { Paint } from '../format/screen.js';

const MEANINGS: Readonly<Record<Verdict, keyof Paint>> = {
  REPRODUCED: 'good',
  HELD: 'good',
  VIOLATED: 'bad',
  NOT_REPRODUCED: 'bad',
  HARNESS_ERROR: 'bad',
  INCONCLUSIVE: 'undecided',
};

/** Returns the verdict, or what is said in its place, in its colour. */
export function paintedVerdict(paint: Paint, verdict: Verdict, words = verdictWords(verdict)): string {
  return paint[MEANINGS[verdict]](words);
}
