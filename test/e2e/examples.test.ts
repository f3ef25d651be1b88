/**
 * Goal: the examples run as they say, and print what examples/README.md shows: the buggy forms fail, the others hold.
 * Method: the commands of that page, each in a process; which files there are.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ROOT, faultsOf, missing } from './consoleBlocks.js';

const PAGE = 'examples/README.md';

test.serial('the commands of the page do what it shows', async (t) => {
  t.timeout(180_000);
  t.deepEqual(await faultsOf(PAGE), []);
});

test('each example is on the page, with the command that it names at its top', (t) => {
  const page = readFileSync(join(ROOT, PAGE), 'utf8');
  const files = readdirSync(join(ROOT, 'examples')).filter((file) => /^\d/.test(file));
  t.is(files.length, 8);
  for (const file of files) {
    const text = readFileSync(join(ROOT, 'examples', file), 'utf8');
    const command = /^ \* Run: (.*)$/m.exec(text)?.[1] ?? 'no command';
    const words = command.split(' ').filter((word) => !word.startsWith('--'));
    const shown = page.split('\n').filter((line) => line.startsWith('$ '));
    t.true(
      shown.some((line) => words.every((word) => line.includes(word))),
      `${file}: ${command}`,
    );
  }
});

test('a line that a command does not print is noticed, whatever its figures', (t) => {
  const output = 'a:buggy: REPRODUCED\nclean   12   yes\ndeadlock  3  1.5 %  2 /s  yes\n1 access in 2.5 s\n';
  t.deepEqual(missing(['a:buggy: REPRODUCED', '...', 'deadlock  99  44.1 %  18.2 k/s  yes'], output), []);
  t.deepEqual(missing(['8 accesses in 20 ms'], output), []);
  t.deepEqual(missing(['a:buggy: HELD'], output), ['a:buggy: HELD']);
  t.deepEqual(missing(['clean  1  no'], output), ['clean  1  no']);
});
