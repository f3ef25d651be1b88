/** Part `rows` of the bench. Called by bench.ts. */

import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { expectedOutcome } from '../race/expectation.js';
import { knobsFor } from '../race/knobs.js';
import { benchRun, type BenchRequest } from './benchRun.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const ROW_MS = 1000;

interface Targets {
  readonly trials?: string;
  readonly failures: string;
  /** Whether they hold for the default number of CPUs alone: more CPUs than cores take turns, and trials are few. */
  readonly isForDefault?: boolean;
}

const OF_TODAY: Targets = { failures: '>= 5000', isForDefault: true };

/** The races whose buggy forms are measured, and their targets. */
const TARGETS: Readonly<Record<string, Targets>> = {
  'hash-batch': { trials: '>= 200000', failures: '>= 5000' },
  'lazy-mmu': { trials: '>= 200000', failures: '>= 5000' },
  'numa-protnone': { trials: '>= 200000', failures: '>= 5000' },
  'pgd-lock': { failures: '>= 200' },
  'batched-unmap': OF_TODAY,
  'gup-fast': OF_TODAY,
  mremap: OF_TODAY,
  'pfnmap-munmap': OF_TODAY,
  'should-flush': OF_TODAY,
  'uffd-wp': OF_TODAY,
  'vma-lock-fork': OF_TODAY,
  'zap-mkclean': OF_TODAY,
};

interface MeasuredRow extends BenchRequest {
  readonly name: string;
}

/** Measures trials and failures per second of every row of `verify` in which a buggy form must fail, alternating. */
export async function measureRows(options: BenchOptions): Promise<Figure[]> {
  const rows = (await Promise.all(Object.keys(TARGETS).map(failingRows))).flat();
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`${rows.length} rows of the buggy forms, round ${round + 1} of ${options.rounds}`);
    for (const measured of rows) {
      const outcome = await benchRun(measured, { ms: ROW_MS });
      samples.add(`${measured.name}.trials`, outcome.trials / outcome.seconds);
      samples.add(`${measured.name}.failures`, outcome.failures / outcome.seconds);
    }
  }
  return rows.flatMap(({ race, name, cpus = race.cpus.default }) => {
    const { trials, failures, isForDefault = false } = TARGETS[race.name];
    const asked = isForDefault && cpus !== race.cpus.default ? undefined : failures;
    return [
      figure(`${name}.trials_per_s`, '/s', samples.of(`${name}.trials`), trials),
      figure(`${name}.failures_per_s`, '/s', samples.of(`${name}.failures`), asked),
    ];
  });
}

async function failingRows(name: string): Promise<MeasuredRow[]> {
  const { race, url } = await loadRace(raceUrl(name)!);
  const [buggy] = Object.keys(race.variants);
  return race.rows
    .filter(({ variant }) => variant === buggy)
    .filter(({ variant, knobs = {} }) => expectedOutcome(race, variant, knobsFor(race, variant, knobs)) !== null)
    .map((row) => ({ ...row, race, url, name: `${name}.${row.name.replaceAll(/[^A-Za-z0-9]+/g, '_')}` }));
}
