/**
 * Goal: the pages name what there is: every verdict with its exit code, every signature of the machine's own, every command, and
 * no option that no command has.
 * Method: the pages as text, against the tables of the program.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { commandsFor } from '../../lib/cli/program.js';
import { signaturesOf } from '../../lib/machine/signatures.js';
import { VERDICTS, exitCodeOf, verdictWords } from '../../lib/statistics/verdict.js';
import { cliReference } from './cliReference.js';

const COMMANDS = (await commandsFor()).map(({ spec }) => spec);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Flags of node, npm, vitest, sqlite3 and docker. */
const OTHERS = ['--test', '--test-reporter', '--dir', '--reporter', '--omit', '--save-dev'];

function textOf(page: string): string {
  return readFileSync(`${ROOT}${page}`, 'utf8');
}

test('each verdict has its exit code on the page of results', (t) => {
  const page = textOf('docs/reading-a-result.md');
  for (const verdict of VERDICTS)
    t.regex(page, new RegExp(`^\\| ${verdictWords(verdict)} .*\\| ${exitCodeOf(verdict)} +\\|$`, 'm'), verdict);
});

test('the page of results explains each signature that every race has', (t) => {
  const page = textOf('docs/reading-a-result.md');
  for (const signature of signaturesOf([])) t.true(page.includes(`\`${signature}\``), signature);
});

test('README names each command', (t) => {
  const page = textOf('README.md');
  for (const { name } of COMMANDS) t.true(page.includes(`\`${name.split(' ')[0]}\``), name);
});

test('pages name no option that no command has', (t) => {
  const known = new Set([...cliReference(COMMANDS).matchAll(/--[a-z-]+/g)].map(([flag]) => flag));
  const pages = readdirSync(`${ROOT}docs`).filter((file) => file.endsWith('.md'));
  for (const page of ['README.md', 'examples/README.md', ...pages.map((file) => `docs/${file}`)])
    for (const [, flag] of textOf(page).matchAll(/(?<![\w-])(--[a-z][a-z-]*)/g))
      t.true(known.has(flag) || OTHERS.includes(flag), `${page}: ${flag}`);
});
