/** Part `soak` of the bench. Called by bench.ts. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import type { Counts } from '../statistics/counts.js';
import { runRacehammer } from './command.js';
import { makeFolder, removeFolder } from './folders.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';
import { untilTried } from './untilTried.js';

const RACES = ['xen-pin', 'pgd-lock', 'hash-batch'];
/** Time of the soak for each row: first slices are short, and a slice begins with the start of threads and compilation. */
const ROW_SECONDS = 30;
/** Time of `run` for each row, before the soak and again after it, as a share of that. */
const RUN_SHARE = 1 / 6;

const HAMMERING = 'share of the time';

interface Row {
  readonly name: string;
  readonly variant: string;
}

interface SoakedRow extends Pick<Counts, 'trials' | 'seconds'> {
  readonly race: string;
  readonly variant: string;
  readonly spentMs: number;
}

/**
 * Compares trials per second of the merged fixes in `soak` and in `run`. The time of the soak includes the start and end of threads
 * and the store; that of `run` only the trials. Each soak lies between two runs of each row, since the host changes its speed. The
 * share of time in which the soak runs trials does not depend on that.
 */
export async function measureSoak(
  options: BenchOptions,
  { races = RACES, rowSeconds = ROW_SECONDS } = {},
): Promise<Figure[]> {
  const folder = makeFolder();
  const rows = await Promise.all(
    races.map(async (name) => ({ name, variant: (await loadRace(raceUrl(name)!)).race.merged })),
  );
  const samples = new FigureSamples();
  try {
    const campaign = join(folder, 'campaign.yaml');
    writeFileSync(campaign, campaignOf(rows));
    for (let round = 0; round < options.rounds; round++) {
      options.onPart(`soak and run, round ${round + 1} of ${options.rounds}`);
      const before = await runEach(rows, rowSeconds * RUN_SHARE);
      // Each row has a twin, which gets its own share of a short soak.
      const soaked = await soakEach(rows, campaign, join(folder, `${round}.db`), 2 * races.length * rowSeconds);
      const after = await runEach(rows, rowSeconds * RUN_SHARE);
      for (const [i, { name }] of rows.entries()) {
        const { trials, spentMs } = soaked.find(({ race }) => race === name)!;
        samples.add(name, (trials / spentMs) * (2000 / (before[i] + after[i])));
      }
      const sum = (key: 'seconds' | 'spentMs'): number => soaked.reduce((n, row) => n + row[key], 0);
      samples.add(HAMMERING, sum('seconds') / (sum('spentMs') / 1000));
    }
  } finally {
    removeFolder(folder);
  }
  return [
    ...races.map((name) =>
      figure(`soak.over_run.trials.${name.replace('-', '_')}`, 'ratio', samples.of(name), '>= 0.9'),
    ),
    figure('soak.hammering_share', 'ratio', samples.of(HAMMERING), undefined, 'higher'),
  ];
}

function campaignOf(rows: readonly Row[]): string {
  return [
    'campaign: bench',
    'rows:',
    ...rows.map(({ name, variant }) => `  - { race: ${name}, variant: ${variant} }`),
  ].join('\n');
}

/** Returns trials per second of each row. */
async function runEach(rows: readonly Row[], seconds: number): Promise<number[]> {
  const rates: number[] = [];
  for (const { name, variant } of rows) {
    const ran = await untilTried(name, seconds, async (duration) => {
      const args = ['run', `${name}:${variant}`, '--duration', duration, '--no-evidence', '--no-twin', '--json'];
      return JSON.parse((await runRacehammer(args)).output) as Pick<Counts, 'trials' | 'seconds'>;
    });
    rates.push(ran.trials / ran.seconds);
  }
  return rates;
}

/** Soaks until each of these rows has a trial: beside load, a short soak may end before the threads of the last one have begun. */
async function soakEach(
  rows: readonly Row[],
  campaign: string,
  store: string,
  seconds: number,
): Promise<readonly SoakedRow[]> {
  let begin: readonly string[] = ['--campaign', campaign];
  const names = rows.map(({ name }) => name).join(', ');
  const { soaked } = await untilTried(names, seconds, async (duration) => {
    const args = ['soak', ...begin, '--store', store, '--duration', duration, '--json'];
    const { output } = await runRacehammer(args);
    begin = ['--resume'];
    const all = (JSON.parse(output) as { rows: readonly SoakedRow[] }).rows;
    const found = rows.map(({ name, variant }) => all.find((row) => row.race === name && row.variant === variant)!);
    return { soaked: found, trials: Math.min(...found.map(({ trials }) => trials)) };
  });
  return soaked;
}
