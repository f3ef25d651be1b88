/** Breaks lines of text so that they fit a width. Called by the output of the command line and by tables. */

import { COMMAND_START } from './commandLine.js';
import { widthOf } from './screen.js';

/** A word, a number with its sign and its unit, or a flag with its value. */
const WORDS = / *(?:[<=] |--[\w-]+ )?[^ ]+(?:(?<=\d) (?:%|[kMG]?\/s|[nµm]?s|h|d|[kMG]B|MiB)(?![^ ,;:.)]))*/g;

/** A short name, with what lies between it and the text that it is the label of. */
const LABEL = /^ *\S+(?: \S+){0,2} {2,}(?=\S)/;

/** How far lines go in behind a line that was broken. */
const INDENT = 2;

/**
 * Returns the lines that a line becomes where no more than `width` columns fit. It is broken between words alone, and the rest goes in
 * further than the line: below what stands behind a label (`Mail     Jeremy`), or behind `hanging`. A command is one word, since it is copied; so is a path.
 */
export function wrapped(line: string, width: number, hanging?: string): string[] {
  if (widthOf(line) <= width) return [line];
  const { length } = /^ */.exec(line)?.[0] ?? '';
  // Far to the right there is no room for words.
  const indent = ' '.repeat(length < width / 2 ? length : 2 * INDENT);
  const label = LABEL.exec(line)?.[0].length ?? 0;
  const usual = label > 0 && label < width / 2 ? label : indent.length + INDENT;
  const behind = hanging ?? ' '.repeat(usual < width / 2 ? usual : 0);
  const lines: string[] = [];
  let current = '';
  for (const word of wordsOf(line.slice(length))) {
    const start = lines.length === 0 && current === '' ? indent : behind;
    if (current === '') current = `${start}${word.trimStart()}`;
    else if (widthOf(current) + widthOf(word.trimEnd()) <= width) current += word;
    else {
      lines.push(current.trimEnd());
      current = `${behind}${word.trimStart()}`;
    }
  }
  return [...lines, current.trimEnd()];
}

/** What stands in front of a command stays there, up to so many columns. */
const LABEL_MAX = 20;

/** Returns the words of a line, each with the blanks in front of it. */
function wordsOf(line: string): string[] {
  const start = COMMAND_START.exec(line)?.index ?? line.length;
  const at = start <= LABEL_MAX && start < line.length ? 0 : start;
  const words = line.slice(0, at).match(WORDS) ?? [];
  const blanks = / *$/.exec(line.slice(0, at))?.[0] ?? '';
  return at === line.length ? words : [...words, `${blanks}${line.slice(at)}`];
}
