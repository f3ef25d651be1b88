/** Fits the explanation of a race, which its author has laid out for wide lines, to a narrower screen. Called by explain.ts. */

import { wrapped } from '../../report/format/wrap.js';

/** Below this a second column is no column, but a gap in a sentence. */
const COLUMN_LEAST = 20;
/** Share of the lines of a block that must have it. */
const COLUMN_SHARE = 0.4;

/** Returns the lines of a text: paragraphs are filled anew, and columns that do not fit stand below each other. */
export function reflowed(text: string, width: number): string[] {
  return blocksOf(text.split('\n')).flatMap((block) => {
    if (block.every((line) => line.length <= width)) return block;
    const column = secondColumn(block);
    if (column !== null) return columnsOf(block, column).flatMap((line) => wrapped(line, width));
    return isProse(block)
      ? paragraphsOf(block).flatMap((words) => wrapped(words, width, words.startsWith('- ') ? '  ' : ''))
      : block.flatMap((line) => wrapped(line, width));
  });
}

/** Returns the lines between empty ones together, and each empty one by itself. */
function blocksOf(lines: readonly string[]): string[][] {
  const blocks: string[][] = [];
  for (const line of lines) {
    const last = blocks.at(-1);
    if (line === '' || last === undefined || last[0] === '') blocks.push([line]);
    else last.push(line);
  }
  return blocks;
}

/** Whether the lines are sentences that go on in the next line: only the items of a list are indented, and nothing has a column. */
function isProse(block: readonly string[]): boolean {
  return block.every((line) => /^(?: {2})?\S+(?: \S+)*$/.test(line));
}

/** Returns each paragraph of a block, and each item of a list, as one line. */
function paragraphsOf(block: readonly string[]): string[] {
  const paragraphs: string[] = [];
  for (const line of block) {
    const last = paragraphs.pop();
    if (last === undefined) paragraphs.push(line.trim());
    else if (line.startsWith('- ')) paragraphs.push(last, line);
    else paragraphs.push(`${last} ${line.trim()}`);
  }
  return paragraphs;
}

/** Returns where the second column of a block begins, for most of its lines; null if there is none. */
function secondColumn(block: readonly string[]): number | null {
  const begins = (line: string, at: number): boolean => line.length > at && isGap(line, at) && line[at] !== ' ';
  const widest = Math.max(...block.map((line) => line.length));
  let found: number | null = null;
  let most = Math.max(1, block.length * COLUMN_SHARE);
  for (let at = COLUMN_LEAST; at < widest; at++) {
    const lines = block.filter((line) => begins(line, at)).length;
    if (lines > most) [found, most] = [at, lines];
  }
  return found;
}

function isGap(line: string, at: number): boolean {
  return line.slice(at - 2, at) === '  ';
}

/** Returns the first column, and the second one below it. A line that goes over both belongs to the first. */
function columnsOf(block: readonly string[], at: number): string[] {
  const split = block.map((line) => (isGap(line, at) ? [line.slice(0, at), line.slice(at)] : [line, '']));
  const column = (which: 0 | 1): string[] => split.map((parts) => parts[which].trimEnd()).filter((line) => line !== '');
  return [...column(0), '', ...column(1)];
}
