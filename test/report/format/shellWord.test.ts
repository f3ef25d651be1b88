// Goal: whatever a printed command names, a shell reads it back. Method: words of every kind, through a real shell.

import { execFileSync } from 'node:child_process';
import test from 'ava';
import { shellWord } from '../../../lib/report/format/shellWord.js';

test('a shell reads back every word', (t) => {
  const words = [
    'a',
    'a b',
    "it's",
    '"',
    '$HOME',
    '`id`',
    '\\',
    '*',
    '~',
    '',
    'a\nb',
    '-x',
    '#',
    'größe',
    ';',
    '!1',
    "'''",
  ];
  const script = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
  const read = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
  t.deepEqual(read.split('\0').slice(0, -1), words);
  t.is(shellWord('evidence/xen-pin-1.evidence'), 'evidence/xen-pin-1.evidence');
});
