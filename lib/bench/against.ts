/**
 * Measures this build beside another one: what a change costs the built-in races. Called by `bench --against FOLDER`, as the
 * part `against`.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import type { Counts } from '../statistics/counts.js';
import { runRacehammer } from './command.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const RACES = ['xen-pin', 'lazy-mmu', 'hash-batch', 'pgd-lock', 'numa-protnone'];
/** Long enough that the first tenths of a second, in which threads start and code is compiled, weigh little. */
const RUN_MS = 4000;
const NO_TWIN = '--no-twin';

/** Returns the command line of a checkout, or null if it has not been built. */
export function mainOf(folder: string): string | null {
  const main = join(folder, 'dist/lib/cli/main.js');
  return existsSync(main) ? main : null;
}

/**
 * Runs the buggy form and the merged fix of each race in both builds, alternating, each in a process of its own with the same
 * seed. Gives trials per second of this build over those of the other one, pair by pair. Without another build there are none.
 */
export async function measureAgainst(options: BenchOptions, { races = RACES, runMs = RUN_MS } = {}): Promise<Figure[]> {
  const { against, rounds, onPart } = options;
  if (against === undefined) return [];
  const targets = (await Promise.all(races.map(variantsOf))).flat();
  const builds = await Promise.all([undefined, against].map(buildOf));
  const samples = new FigureSamples();
  for (let round = 0; round < rounds; round++) {
    onPart(`${targets.length} variants in both builds, round ${round + 1} of ${rounds}`);
    for (const target of targets) {
      // The first build alternates, so that a host that slows down affects both alike.
      for (const { main, alone } of round % 2 === 0 ? builds : builds.toReversed()) {
        const args = ['run', target, '--duration', `${runMs}ms`, '--seed', '1', '--no-evidence', '--json', ...alone];
        const { output } = await runRacehammer(args, main);
        const { trials, seconds } = JSON.parse(output) as Pick<Counts, 'trials' | 'seconds'>;
        samples.add(`${main === undefined ? 'this' : 'other'} ${target}`, trials / seconds);
      }
    }
  }
  const all = targets.flatMap((target) => samples.ratio(`this ${target}`, `other ${target}`));
  return [
    figure('against.trials_over_other', 'ratio', all, '>= 0.97'),
    ...targets.map((target) => {
      const name = target.replaceAll(/[^a-z0-9]+/g, '_');
      return figure(`against.${name}.trials_over_other`, 'ratio', samples.ratio(`this ${target}`, `other ${target}`));
    }),
  ];
}

/** Returns how a build is run: this one, or the one with the command line `main`; without the twin, if it knows twins. */
async function buildOf(main: string | undefined): Promise<{ main: string | undefined; alone: readonly string[] }> {
  if (main === undefined) return { main, alone: [NO_TWIN] };
  const { output } = await runRacehammer(['run', '--help'], main);
  return { main, alone: output.includes(NO_TWIN) ? [NO_TWIN] : [] };
}

/** Returns the buggy form and the merged fix, as `run` names them. */
async function variantsOf(name: string): Promise<string[]> {
  const { race } = await loadRace(raceUrl(name)!);
  const [buggy] = Object.keys(race.variants);
  return [buggy, race.merged].map((variant) => `${name}:${variant}`);
}
