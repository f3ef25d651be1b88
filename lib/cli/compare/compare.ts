/** `racehammer compare`: did the fix change the rate? */

import { comparisonDocument, rateCells, rateSentence, ratioWords } from '../../report/comparison/rates.js';
import { comparison } from '../../report/comparison/sideBySide.js';
import type { RunDocument } from '../../report/run/document.js';
import { renderTable } from '../../report/format/table.js';
import { screen, print, printDocument } from '../output.js';
import { readDocuments, runsOf } from '../readDocument.js';
import { UsageError } from '../../run/usageError.js';

/** Prints how the rates of two runs compare: the two of one file, or the one of each of two. Throws UsageError. */
export async function compareCommand(files: readonly string[], flags: { readonly json?: boolean }): Promise<number> {
  const runs = (await readDocuments(files)).flatMap(runsOf);
  if (runs.length !== 2) {
    throw new UsageError(
      `compare: needs two runs, and the ${files.length === 1 ? 'file holds' : 'files hold'} ${runs.length}: ` +
        'name two files of run <race>:<variant> --json, or one of run <race> --json',
    );
  }
  for (const { race, variant, trials } of runs) {
    if (trials === 0) throw new UsageError(`compare: ${race}:${variant} has no trial, so it has no rate`);
  }
  if (flags.json === true) printDocument(comparisonDocument(runs[0], runs[1]));
  else print(compareLines(runs[0], runs[1]));
  return 0;
}

function compareLines(first: RunDocument, second: RunDocument): string[] {
  const { rates, differs } = comparisonDocument(first, second);
  const names = namesOf(first, second);
  return [
    ...comparison([first, second], screen(), names),
    '',
    ...(rates.length === 1
      ? []
      : [
          ...renderTable(
            [
              { head: 'failures per trial', align: 'left' },
              { head: names[0], align: 'right' },
              { head: names[1], align: 'right' },
              { head: 'ratio', align: 'left' },
            ],
            rates.map((rate) => [rate.signature ?? 'all', ...rateCells(rate), ratioWords(rate)]),
            screen(),
          ),
          '',
        ]),
    rateSentence(rates[0], names),
    ...differs.map((line) => `the runs differ in ${line}`),
  ];
}

/** Returns the variants, or what else tells the two apart. */
function namesOf(first: RunDocument, second: RunDocument): [string, string] {
  if (first.race !== second.race) return [`${first.race}:${first.variant}`, `${second.race}:${second.variant}`];
  if (first.variant !== second.variant) return [first.variant, second.variant];
  return ['the first', 'the second'];
}
