// Goal: text fits the width that it is made for, loses no word, and is coloured only where that is asked for; what is copied is
// not broken. Method: lines and tables at several widths.

import test from 'ava';
import { COMMAND_START } from '../../../lib/report/format/commandLine.js';
import { PLAIN, paintOf, widthOf, type Screen } from '../../../lib/report/format/screen.js';
import { renderTable, type TableColumn } from '../../../lib/report/format/table.js';
import { wrapped } from '../../../lib/report/format/wrap.js';

const at = (width: number): Screen => ({ ...PLAIN, width });
const COLUMNS: readonly TableColumn[] = ['race', 'row', 'trials', 'observed', 'verdict'].map((head) => ({
  head,
  align: head === 'trials' ? 'right' : 'left',
}));
const ROWS = [
  ['xen-pin', 'merged fix, 40 PTE pages', '243,136', 'no failure', 'HELD'],
  ['hash-batch', 'buggy', '3,136', 'machine-check 12, duplicate-hpte 7,444, and some others', 'REPRODUCED'],
];

function wordsOf(lines: readonly string[]): string[] {
  return lines
    .join(' ')
    .split(/ +/)
    .filter((word) => word !== '');
}

test('a line is broken between words, and what follows goes in further', (t) => {
  const line = '  the host gave the threads 26.8 % of the CPU time that they wanted: expect 12.7 k/s';
  for (const width of [40, 60, 80]) {
    const lines = wrapped(line, width);
    t.deepEqual(wordsOf(lines), wordsOf([line]));
    for (const each of lines) t.true(each.length <= width, each);
    t.true(lines.slice(1).every((each) => /^ {4}\S/.test(each)));
    t.false(
      lines.some((each) => /\d$/.test(each)),
      'a number and its unit stay together',
    );
  }
  t.deepEqual(wrapped(line, 100), [line]);
});

test('a command is not broken, and neither is a path', (t) => {
  const command = 'npx racehammer run xen-pin --seed 1488394736 --window W_RO_NOT_PINNED=9';
  t.deepEqual(wrapped(`repeat: ${command}`, 40), [`repeat: ${command}`]);
  t.deepEqual(wrapped(`a sentence in front of it, and more words: ${command}`, 40), [
    'a sentence in front of it, and more',
    `  words: ${command}`,
  ]);
  t.true(COMMAND_START.test(command));
  t.deepEqual(wrapped('delays: --phase first=0..63 --window W_HERE=9', 34), [
    'delays: --phase first=0..63',
    '  --window W_HERE=9',
  ]);
  t.deepEqual(wrapped('in /a/path/that/is/longer/than/the/width', 20), [
    'in',
    '  /a/path/that/is/longer/than/the/width',
  ]);
});

test('a table has one line for each row where it fits, and several where it does not', (t) => {
  t.is(renderTable(COLUMNS, ROWS, PLAIN).length, 3);
  for (const width of [120, 80, 60, 40]) {
    const lines = renderTable(COLUMNS, ROWS, at(width));
    for (const line of lines) t.true(line.length <= width, line);
    t.deepEqual(wordsOf(lines).toSorted(), wordsOf([...COLUMNS.map(({ head }) => head), ...ROWS.flat()]).toSorted());
  }
});

test('columns that do not fit beside the names of the rows become another table with them', (t) => {
  const columns = ['', 'one', 'two', 'three'].map((head): TableColumn => ({ head, align: 'right' }));
  const rows = ['verdict', 'trials'].map((name) => [name, 'a'.repeat(20), 'b'.repeat(20), 'c'.repeat(20)]);
  const lines = renderTable(columns, rows, at(60), { namesRows: true });
  t.is(lines.filter((line) => line.startsWith('verdict')).length, 2);
  for (const line of lines) t.true(line.length <= 60, line);
});

test('colours take no room, and there are none without being asked for', (t) => {
  const rows = ROWS.map((row) => [...row.slice(0, 4), paintOf(true).good(row[4])]);
  const lines = renderTable(COLUMNS, rows, { width: 80, paint: paintOf(true) });
  t.deepEqual(
    lines.map(widthOf),
    renderTable(COLUMNS, ROWS, at(80)).map((line) => line.length),
  );
  t.is(paintOf(true).bad('VIOLATED'), '\u001b[31mVIOLATED\u001b[39m');
  t.is(paintOf(false).bad('VIOLATED'), 'VIOLATED');
  t.is(paintOf(true).dim(''), '');
});
