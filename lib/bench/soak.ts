import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRace, raceUrl } from '../harness/loadRace.js';
import { runCommand } from './command.js';
import { Samples, figure, type BenchOptions, type Figure } from './figure.js';

const RACES = ['xen-pin', 'pgd-lock', 'hash-batch'];
/** Of the soak for each row, and of `run` for each row before it and again behind it. */
const ROW_SECONDS = 10;

interface SoakedRow {
  readonly race: string;
  readonly trials: number;
  readonly spentMs: number;
}

/**
 * Trials a second of the merged fixes in `soak` over those under `run`. The soak's time is all that it spent on a row: threads
 * that start and end, and the file; of `run` it is the hammering alone. Each soak stands between two runs of each row.
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
      const before = await runEach(rows, rowSeconds / 2);
      const soaked = await soak(campaign, join(folder, `${round}.db`), races.length * rowSeconds);
      const after = await runEach(rows, rowSeconds / 2);
      for (const [i, { name }] of rows.entries()) {
        const { trials, spentMs } = soaked.find(({ race }) => race === name)!;
        if (trials === 0) throw new Error(`the soak had no time for ${name}: its rows need longer`);
        samples.add(name, (trials / spentMs) * (2000 / (before[i] + after[i])));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return races.map((name) =>
    figure(`soak.over_run.trials.${name.replace('-', '_')}`, 'ratio', samples.of(name), '>= 0.9'),
  );
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
    const args = ['run', `${name}:${variant}`, '--duration', `${seconds * 1000}ms`, '--no-evidence', '--json'];
    const run = JSON.parse((await runCommand(args)).output) as { trials: number; seconds: number };
    rates.push(run.trials / run.seconds);
  }
  return rates;
}

async function soak(campaign: string, store: string, seconds: number): Promise<readonly SoakedRow[]> {
  const args = ['soak', '--campaign', campaign, '--store', store, '--duration', `${seconds * 1000}ms`, '--json'];
  return (JSON.parse((await runCommand(args)).output) as { rows: SoakedRow[] }).rows;
}
