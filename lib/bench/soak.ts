import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { runCommand } from './command.js';
import { Samples, figure, type BenchOptions, type Figure } from './figure.js';

const RACES = ['xen-pin', 'pgd-lock', 'hash-batch'];
/** Of the soak for each row: its first slices are short, and a slice begins with threads that start and code that is compiled. */
const ROW_SECONDS = 30;
/** Of `run` for each row, before the soak and again behind it, as a share of that. */
const RUN_SHARE = 1 / 6;

const HAMMERING = 'share of the time';

interface SoakedRow {
  readonly race: string;
  readonly variant: string;
  readonly trials: number;
  readonly spentMs: number;
  readonly seconds: number;
}

/**
 * Trials a second of the merged fixes in `soak` over those under `run`. The soak's time is all that it spent on a row: threads
 * that start and end, and the file; of `run` it is the hammering alone. Each soak stands between two runs of each row. How fast
 * the host is changes meanwhile; the share of its time in which the soak hammers does not depend on that.
 */
export async function measureSoak(
  options: BenchOptions,
  { races = RACES, rowSeconds = ROW_SECONDS } = {},
): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-bench-'));
  const rows = await Promise.all(
    races.map(async (name) => ({ name, variant: (await loadRace(raceUrl(name)!)).race.merged })),
  );
  const samples = new Samples();
  try {
    const campaign = join(folder, 'campaign.yaml');
    writeFileSync(campaign, campaignOf(rows));
    for (let round = 0; round < options.rounds; round++) {
      options.onPart(`soak and run, round ${round + 1} of ${options.rounds}`);
      const before = await runEach(rows, rowSeconds * RUN_SHARE);
      // Each row has a twin beside it, which has its own share of a short soak.
      const all = await soak(campaign, join(folder, `${round}.db`), 2 * races.length * rowSeconds);
      const soaked = all.filter((row) =>
        rows.some(({ name, variant }) => row.race === name && row.variant === variant),
      );
      const after = await runEach(rows, rowSeconds * RUN_SHARE);
      for (const [i, { name }] of rows.entries()) {
        const { trials, spentMs } = soaked.find(({ race }) => race === name)!;
        if (trials === 0) throw new Error(`the soak had no time for ${name}: its rows need longer`);
        samples.add(name, (trials / spentMs) * (2000 / (before[i] + after[i])));
      }
      const sum = (key: 'seconds' | 'spentMs'): number => soaked.reduce((n, row) => n + row[key], 0);
      samples.add(HAMMERING, sum('seconds') / (sum('spentMs') / 1000));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return [
    ...races.map((name) =>
      figure(`soak.over_run.trials.${name.replace('-', '_')}`, 'ratio', samples.of(name), '>= 0.9'),
    ),
    figure('soak.hammering_share', 'ratio', samples.of(HAMMERING), undefined, 'higher'),
  ];
}

function campaignOf(rows: readonly { readonly name: string; readonly variant: string }[]): string {
  return [
    'campaign: bench',
    'rows:',
    ...rows.map(({ name, variant }) => `  - { race: ${name}, variant: ${variant} }`),
  ].join('\n');
}

/** Trials a second of each row. */
async function runEach(
  rows: readonly { readonly name: string; readonly variant: string }[],
  seconds: number,
): Promise<number[]> {
  const rates: number[] = [];
  for (const { name, variant } of rows) {
    const args = [
      'run',
      `${name}:${variant}`,
      '--duration',
      `${Math.round(seconds * 1000)}ms`,
      '--no-evidence',
      '--no-twin',
      '--json',
    ];
    const run = JSON.parse((await runCommand(args)).output) as { trials: number; seconds: number };
    rates.push(run.trials / run.seconds);
  }
  return rates;
}

async function soak(campaign: string, store: string, seconds: number): Promise<readonly SoakedRow[]> {
  const args = ['soak', '--campaign', campaign, '--store', store, '--duration', `${seconds * 1000}ms`, '--json'];
  return (JSON.parse((await runCommand(args)).output) as { rows: SoakedRow[] }).rows;
}
