/** The table of several runs side by side. Called by `run` for several variants, and by `compare`. */

import { formatCount, formatProbability, formatRate } from '../format/numbers.js';
import { powerCell } from '../words/power.js';
import { paintedVerdict } from '../words/verdictPaint.js';
import { worldOf } from '../words/world.js';
import type { RunDocument } from '../run/document.js';
import { renderTable, type TableColumn } from '../format/table.js';
import type { Screen } from '../format/screen.js';

/** Returns a table with one column for each run: knobs that differ, expectation, counts, verdict. */
export function comparison(
  runs: readonly RunDocument[],
  screen: Screen,
  names: readonly string[] = runs.map(({ variant }) => variant),
): string[] {
  const columns: TableColumn[] = [
    { head: runs[0].race, align: 'left' },
    ...names.map((head): TableColumn => ({ head, align: 'right' })),
  ];
  const row = (name: string, cell: (run: RunDocument) => string): string[] => [name, ...runs.map(cell)];
  return renderTable(
    columns,
    [
      ...differingKnobs(runs).map((knob) => row(knob, (run) => knobOf(run, knob))),
      row('expected', (run) => (run.expectedOutcome === null ? 'to hold' : `to fail as ${run.expectedOutcome}`)),
      row('trials', (run) => formatCount(run.trials)),
      row('trials/s', (run) => formatRate(run.trials / run.seconds)),
      ...(runs.some((run) => worldOf(run).hasWindows)
        ? [row('near misses, clean trials', (run) => formatCount(run.nearMisses))]
        : []),
      row('failures', (run) => formatCount(run.failures)),
      row('failures/s', (run) => formatRate(run.failures / run.seconds)),
      row('failures per trial', failureRate),
      row('against its twin', powerCell),
      row('verdict', (run) => paintedVerdict(screen.paint, run.verdict)),
    ],
    screen,
    { namesRows: true },
  );
}

function differingKnobs(runs: readonly RunDocument[]): string[] {
  return Object.keys(runs[0].knobs).filter((knob) => runs.some((run) => knobOf(run, knob) !== knobOf(runs[0], knob)));
}

/** Returns the value of a knob, or "-". A knob may be called `constructor`, so only own properties count. */
function knobOf({ knobs }: RunDocument, knob: string): string {
  return Object.hasOwn(knobs, knob) ? knobs[knob] : '-';
}

function failureRate(run: RunDocument): string {
  if (run.upperBound95 !== null) return `< ${formatProbability(run.upperBound95)}`;
  return run.trials === 0 ? '-' : formatProbability(run.failures / run.trials);
}
