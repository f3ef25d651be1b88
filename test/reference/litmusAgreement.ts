/** The page that compares litmus files with what they state of themselves. Called by writeLitmusAgreement.ts, and by its test. */

import type { LitmusTestDocument } from '../../lib/report/litmus/document.js';

/** What a file states and what was found, in a line of the table. */
export function agreementOf({ stated, explored }: LitmusTestDocument): string {
  if (stated === null) return 'states nothing';
  if (explored.some(({ contradicts }) => contradicts)) return 'CONTRADICTED';
  if (explored.every(({ observation }) => observation === stated)) return 'the same';
  return explored.some(({ observation }) => observation === stated)
    ? 'the same under tso'
    : 'allowed, not reached on x86';
}

/** Returns the page, in Markdown. `source`: where the files are from, with their commit. */
export function agreementPage(
  tests: readonly LitmusTestDocument[],
  refused: readonly string[],
  source: string,
): string {
  const cell = (test: LitmusTestDocument, memory: string): string =>
    test.explored.find((one) => one.memory === memory)?.observation ?? '';
  const rows = tests
    .toSorted((a, b) => Number(a.test > b.test) - Number(a.test < b.test))
    .map((test) => [test.test, test.stated ?? '', cell(test, 'sc'), cell(test, 'tso'), agreementOf(test)]);
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row[4], (counts.get(row[4]) ?? 0) + 1);
  return [
    "# Agreement with the kernel's litmus tests",
    `Made by \`node dist/test/reference/writeLitmusAgreement.js FOLDER SOURCE\` from ${source}.`,
    "The kernel's model (LKMM) is weaker than `sc` and `tso`: what it states as Never must be Never under both, and what it states as Sometimes may be " +
      'Never where only reads or stores that are reordered show it. [Litmus files](../litmus-files.md) says how they are explored.',
    `${rows.length} tests: ${[...counts].map(([words, count]) => `${count} ${words}`).join(', ')}; ${refused.length} not supported.`,
    [
      '| test | kernel | sc | tso | |',
      '| --- | --- | --- | --- | --- |',
      ...rows.map((row) => `| ${row.join(' | ')} |`),
    ].join('\n'),
    ...(refused.length === 0 ? [] : [refused.map((line) => `- ${line}`).join('\n')]),
  ]
    .join('\n\n')
    .concat('\n');
}
