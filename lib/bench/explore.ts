/** Part `explore` of the bench. Called by bench.ts. */

import type { ExploreDocument } from '../report/explore/document.js';
import type { RowDocument, VerifyDocument } from '../report/verify/document.js';
import { runRacehammer } from './command.js';
import { measureEstimates } from './estimates.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

/** The threads of a row are run for as long as one needs at least: what is measured is the search. */
const ROWS = ['verify', '--prove', '--budget', '20ms', '--no-evidence', '--json'];
const MANY_STATES = [
  'explore',
  'xen-pin:pte-lock',
  '--knob',
  'path=fork-exit',
  '--knob',
  'writer=mixed',
  '--cpus',
  '4',
  '--no-evidence',
  '--json',
];
/** Rows with more CPUs may be bounded. */
const FEW_CPUS = 3;

/** What figures are made of: the rows, and the time in which they were searched side by side. */
interface VerifiedRows extends Pick<VerifyDocument, 'searchSeconds'> {
  readonly rows: readonly Pick<RowDocument, 'cpus' | 'proved'>[];
}

/** Measures the search of all states: every row of `verify` that has states, and one variant with many: the row `merged fix, 4 CPUs`. */
export async function measureExplore(options: BenchOptions): Promise<Figure[]> {
  options.onPart('all states of every row of verify');
  const verified = JSON.parse((await runRacehammer(ROWS)).output) as VerifyDocument;
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`many states, round ${round + 1} of ${options.rounds}`);
    const { states, seconds, bytes } = JSON.parse((await runRacehammer(MANY_STATES)).output) as ExploreDocument;
    samples.add('speed', states / seconds);
    samples.add('bytes', bytes / states);
  }
  options.onPart('estimates of the number of states');
  return [
    ...rowFigures(verified),
    await measureEstimates(),
    figure('explore.states_per_s', '/s', samples.of('speed'), '>= 300000'),
    figure('explore.bytes_per_state', 'bytes', samples.of('bytes'), '<= 200'),
  ];
}

/** Returns what the search found of the rows. Those that it refuses have no states. */
export function rowFigures({ rows, searchSeconds = 0 }: VerifiedRows): Figure[] {
  const proved = rows.flatMap(({ cpus, proved: all }) => (all?.verdict == null ? [] : [{ ...all, cpus }]));
  const few = proved.filter(({ cpus }) => cpus <= FEW_CPUS);
  const cut = few.filter(({ complete, cuts }) => !complete || cuts > 0);
  const wrong = proved.filter(({ agrees, contradicts }) => agrees === false || contradicts);
  const secondsOf = (some: typeof proved): number[] => some.map(({ seconds }) => seconds);
  const slowest = (cpus: number): number => Math.max(0, ...secondsOf(proved.filter((row) => row.cpus === cpus)));
  return [
    figure('explore.rows', 'rows', [proved.length]),
    figure('explore.rows_incomplete', 'rows', [cut.length], '= 0'),
    figure('explore.rows_that_disagree', 'rows', [wrong.length], '= 0'),
    figure('explore.all_rows', 's', [searchSeconds], '<= 60'),
    figure('explore.slowest_row.2', 's', [slowest(2)], '<= 2'),
    figure('explore.slowest_row.3', 's', [slowest(3)], '<= 10'),
  ];
}
