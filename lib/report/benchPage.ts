import { targetsOf, type BenchDocument, type Figure } from './benchDocument.js';
import { headWords, rangeWords, reachedWords } from './benchReport.js';
import { formatFigure } from './numbers.js';

const HEAD = ['figure', 'median', 'range', 'unit', 'rounds', 'to reach', ''];
const RIGHT = [1, 4];

/** What each part measures, in a sentence. */
export type PartTexts = Readonly<Record<string, string>>;

/** The performance page: every figure of a bench as Markdown, part by part. Nothing in the document is taken for markup. */
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
    `- ${reached} of ${targets} targets met, by their medians`,
    '- ratios come from rounds in turn within this run, so a change of the host in between meets both sides; all other figures',
    '  belong to this host, and are compared with those of another one at most by their order of magnitude',
    '- load is the average of the last minute before the first figure; above 0.5 somebody else was at work',
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

/** Text of a document in one line, without meaning to Markdown or HTML. */
function plain(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\|*[\]]/g, (mark) => `\\${mark}`);
}

function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((head, i) => Math.max(3, head.length, ...rows.map((cells) => cells[i].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (RIGHT.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) => (RIGHT.includes(i) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(HEAD), line(rule), ...rows.map(line)];
}
