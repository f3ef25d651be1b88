/** The short text of `run`: what is run, the verdicts, the failures, how to repeat it. Called by run.ts. */

import type { Screen } from '../../report/format/screen.js';
import { briefFailures, briefNotes, briefVerdict } from '../../report/run/brief.js';
import { orderLines } from '../../report/run/orderLines.js';
import { repeatCommands, repeatRemark } from '../../run/repeat.js';
import { hostNotes, rateLines, shapeWords, type AskedRuns, type RunText } from './runText.js';

/** Returns the lines of the short text. Each verdict is printed when its run has ended, the failures behind all of them. */
export function briefText({ race, requests, given, notes }: AskedRuns, screen: Screen): RunText {
  const { paint } = screen;
  const names = requests.map(({ plan }) => plan.variant);
  return {
    begin: () => [
      `${race.name}: ${race.question}`,
      paint.dim(shapeWords(race, requests)),
      ...hostNotes(race, requests[0]),
      ...(given === null ? [] : orderLines(given.order)),
      ...notes,
    ],
    ended: (run) => briefVerdict(run, names, screen),
    kept: () => [],
    end: (runs, left) => [
      ...left,
      ...rateLines(runs),
      ...briefNotes(runs, screen),
      ...runs.flatMap((run) => briefFailures(run, screen)),
      '',
      ...repeatCommands(requests).map((command) => `repeat: ${command}`),
      paint.dim(repeatRemark(requests[0])),
      paint.dim('--report prints the whole report, with all figures'),
    ],
  };
}
