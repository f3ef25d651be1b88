/** Part `report` of the bench. Called by bench.ts. */

import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { builtInRaces, loadRace, raceUrl } from '../harness/host/loadRace.js';
import { VERDICTS, exitCodeOf } from '../statistics/verdict.js';
import { commandLine } from '../report/format/commandLine.js';
import { startChild } from './children.js';
import { makeFolder, removeFolder } from './folders.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const RUN_TIME = '1s';

/**
 * Measures the page about a whole verification. It has as many rows as all races together, filled with runs of the buggy form and the
 * merged fix of each race, without evidence as in `verify`. The time is that of the whole process.
 */
export async function measureReport(options: BenchOptions): Promise<Figure[]> {
  const directory = makeFolder();
  try {
    const input = join(directory, 'verify.json');
    const output = join(directory, 'verify.html');
    writeFileSync(input, JSON.stringify(await verification(options)));
    const samples = new FigureSamples();
    for (let round = 0; round < options.rounds; round++) {
      options.onPart(`HTML report, round ${round + 1} of ${options.rounds}`);
      const started = performance.now();
      await racehammer(['report', input, '--output', output]);
      samples.add('time', (performance.now() - started) / 1000);
      samples.add('size', statSync(output).size / 1e6);
    }
    return [
      figure('report-size', 'MB', samples.of('size'), '<= 1.5'),
      figure('report-time', 's', samples.of('time'), '<= 2'),
    ];
  } finally {
    removeFolder(directory);
  }
}

async function verification(options: BenchOptions): Promise<object> {
  const runs: object[] = [];
  let rows = 0;
  for (const name of builtInRaces()) {
    const { race } = await loadRace(raceUrl(name)!);
    if (race.rows.length === 0) continue;
    options.onPart(`${name}, for the HTML report`);
    const output = await racehammer(['run', name, '--duration', RUN_TIME, '--no-evidence', '--json']);
    runs.push(...(JSON.parse(output) as { runs: object[] }).runs);
    rows += race.rows.length;
  }
  return {
    schema: 'racehammer.verify/1',
    rows: Array.from({ length: rows }, (_, i) => ({ ...runs[i % runs.length], row: `row ${i + 1}`, firstTry: null })),
    notRun: [],
    verdict: 'AS_EXPECTED',
    exitCode: 0,
    interrupted: false,
    repeat: commandLine('verify'),
  };
}

/** Returns whether a process has run to its end. That one second was too short for its verdict is no error here, a wrong answer is. */
export function hasWorked(exitCode: number | null): boolean {
  const verdict = VERDICTS.find((one) => exitCodeOf(one) === exitCode);
  return verdict !== undefined && verdict !== 'VIOLATED' && verdict !== 'HARNESS_ERROR';
}

/** Returns what the program printed. */
async function racehammer(args: readonly string[]): Promise<string> {
  const child = startChild([MAIN, ...args]);
  child.stdin.end();
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  if (!hasWorked(code)) throw new Error(`racehammer ${args.join(' ')}: exit ${code}: ${errors}`);
  return output;
}
