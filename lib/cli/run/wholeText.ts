/** The whole report of `run`: settings, figures, the kernel's report of each failure. Called by run.ts, for stdout or a file. */

import type { Screen } from '../../report/format/screen.js';
import type { Plan } from '../../harness/plan.js';
import { expectedOutcome } from '../../race/expectation.js';
import { isJavaScript } from '../../race/kinds.js';
import type { Race } from '../../race/race.js';
import { comparison } from '../../report/comparison/sideBySide.js';
import { evidenceLines } from '../../report/run/evidenceLines.js';
import { orderLines } from '../../report/run/orderLines.js';
import { runReport } from '../../report/run/text.js';
import { codeMark, worldOf } from '../../report/words/world.js';
import { spinWords } from '../../run/options.js';
import { repeatRemark } from '../../run/repeat.js';
import type { RunRequest } from '../../run/request.js';
import { hostNotes, rateLines, shapeWords, type AskedRuns, type RunText } from './runText.js';

/** Returns the lines of the whole report. */
export function wholeText({ race, requests, given, notes }: AskedRuns, screen: Screen): RunText {
  return {
    begin: () => [...introduction(race, requests), ...(given === null ? [] : orderLines(given.order)), ...notes],
    ended: (run) => ['', ...runReport(run, screen)],
    kept: evidenceLines,
    end: (runs, left) => [
      ...(runs.length > 1 ? ['', ...comparison(runs, screen)] : []),
      ...rateLines(runs),
      '',
      ...left,
      repeatRemark(requests[0]),
      ...runs.map((run) => `repeat: ${run.repeat}`),
    ],
  };
}

/** Returns the conditions of the runs that are about to begin. */
function introduction(race: Race, requests: readonly RunRequest[]): string[] {
  const [request] = requests;
  const { plan } = request;
  const width = Math.max(...requests.map(({ plan: { variant } }) => variant.length));
  return [
    `${race.name}: ${race.question}`,
    ...requests.map(({ plan: { variant, knobs, memory } }) => {
      const fails = expectedOutcome(race, variant, knobs, memory);
      const expected = fails === null ? 'expected to hold' : `expected to fail as ${fails}`;
      return `  ${variant.padEnd(width)}  ${expected}: ${race.variants[variant].about}`;
    }),
    `${shapeWords(race, requests)}${requests[0].draws ? `, seed ${plan.seed}` : ''}`,
    ...(race.kind === 'actors' ? settingsLines(race, plan) : [LITMUS_NOTE]),
    ...hostNotes(race, request),
  ];
}

function rangeWords(ranges: RunRequest['plan']['phases']): string {
  const words = Object.entries(ranges).map(([name, range]) => `${name} ${spinWords(range)}`);
  return words.length === 0 ? 'none' : words.join(', ');
}

const LITMUS_NOTE =
  'a litmus test: its threads sweep the memory of the host; no machine, no record, no evidence, no replay';

function settingsLines(race: Race, plan: Plan): string[] {
  const { phases, delays } = worldOf(codeMark(isJavaScript(race)));
  return [
    `${phases} in spins: ${rangeWords(plan.phases)}; ${delays}: ${rangeWords(plan.windows)}`,
    `rounds of ${plan.round}; a wait spins ${spinWords(plan.spin)} iterations before it sleeps`,
  ];
}
