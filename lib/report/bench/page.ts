/** Writes the performance page. Called by `bench --page`. */

import { targetsOf, type BenchDocument, type Figure } from './document.js';
import { headWords, rangeWords, reachedWords } from './text.js';
import { plain } from '../format/markdown.js';
import { formatFigure } from '../format/numbers.js';

const HEAD = ['figure', 'median', 'range', 'unit', 'rounds', 'target', ''];
const RIGHT = [1, 4];

/** What each part measures, in a sentence. */
export type PartTexts = Readonly<Record<string, string>>;

/** Returns the performance page: every figure of a bench as Markdown, part by part. Text of the document is escaped. */
export function benchPage(document: BenchDocument, about: PartTexts): string {
  const { figures } = document;
  const { targets, reached } = targetsOf(figures);
  const parts = [...new Set(figures.map(({ part }) => part))];
  const lines = [
    '# Performance',
    '',
    'Every figure of the project, as `racehammer bench --page PERFORMANCE.md` measured and wrote it. Not edited by hand.',
    '',
    `- measured by ${plain(headWords(document))}`,
    `- ${reached} of ${targets} targets met, by the medians`,
    '- ratios come from alternating rounds of this run, so a change of the host affects both sides; all other figures',
    '  are valid on this host only, and can be compared with those of another host by their order of magnitude at most',
    '- load is the average of the last minute before the first figure; above 0.5 other processes were running',
    '',
    ...parts.flatMap((part) => [
      ...(part === undefined ? [] : [`## ${plain(part)}`, '']),
      ...(part === undefined || !Object.hasOwn(about, part) ? [] : [about[part], '']),
      ...markdownTable(figures.filter((figure) => figure.part === part).map((figure) => row(figure))),
      '',
    ]),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function row(figure: Figure): string[] {
  return [
    `\`${plain(figure.name).replaceAll('`', "'")}\``,
    formatFigure(figure.value),
    figure.rounds === 1 ? '' : rangeWords(figure),
    plain(figure.unit),
    String(figure.rounds),
    plain((figure.against ?? '').replace('>=', '≥').replace('<=', '≤')),
    reachedWords(figure),
  ];
}

function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((head, i) => Math.max(3, head.length, ...rows.map((cells) => cells[i].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (RIGHT.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) => (RIGHT.includes(i) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(HEAD), line(rule), ...rows.map(line)];
}
