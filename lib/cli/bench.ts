/** `racehammer bench`: the project's figures, measured in one run. */

import { writeFileSync } from 'node:fs';
import { PARTS, runBench } from '../bench/bench.js';
import type { Figure } from '../bench/figure.js';
import { renderTable } from '../report/table.js';
import { hostFacts } from './hostFacts.js';
import { unknownWord } from './nearest.js';
import { parseCount } from './numbers.js';

/** The flags of `bench` as they were typed. */
export interface BenchFlags {
  readonly only: readonly string[];
  readonly rounds?: string;
  readonly json?: boolean;
  readonly output?: string;
}

const DEFAULT_ROUNDS = 5;

export async function benchCommand(flags: BenchFlags): Promise<number> {
  const known = Object.keys(PARTS);
  for (const part of flags.only) if (!known.includes(part)) throw unknownWord('part of the bench', part, known);
  const rounds =
    flags.rounds === undefined ? DEFAULT_ROUNDS : parseCount('--rounds', flags.rounds, { min: 1, max: 100 });
  const parts = flags.only.length === 0 ? known : known.filter((part) => flags.only.includes(part));
  const figures = await runBench(parts, { rounds, onPart: (part) => process.stderr.write(`${part}\n`) });
  const document = JSON.stringify({ schema: 'racehammer.bench/1', figures, host: hostFacts() }, null, 2);
  if (flags.output !== undefined) writeFileSync(flags.output, `${document}\n`);
  process.stdout.write(flags.json === true ? `${document}\n` : `${figureLines(figures).join('\n')}\n`);
  return 0;
}

/** A row for each figure: its median, its range over the rounds, what it is to reach. */
export function figureLines(figures: readonly Figure[]): string[] {
  const columns = [
    { head: 'figure', align: 'left' },
    { head: 'median', align: 'right' },
    { head: 'unit', align: 'left' },
    { head: 'lowest', align: 'right' },
    { head: 'highest', align: 'right' },
    { head: 'rounds', align: 'right' },
    { head: 'to reach', align: 'left' },
  ] as const;
  const rows = figures.map((f) => [
    f.name,
    number(f.value),
    f.unit,
    number(f.low),
    number(f.high),
    String(f.rounds),
    f.against ?? '',
  ]);
  return renderTable(columns, rows, false);
}

/** Three significant digits for small numbers, whole ones for large. */
function number(value: number): string {
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}
