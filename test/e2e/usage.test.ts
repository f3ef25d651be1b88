// Goal: a mistake on the command line costs one line on stderr, exit 2, and nothing on stdout; list, explain and help print
// what they promise. Method: the program, once as a process for each kind of end; every kind of mistake is in test/cli/usage.test.ts.

import test from 'ava';
import { fixture, racehammer } from './cli.js';
import { runKept } from './keptProgram.js';

test.serial('a mistake is one line on stderr and exit 2', async (t) => {
  const own = await racehammer('run', 'xen-pin', '--cpus', '0', '--json');
  const kept = [['run', 'xen-pni'], ['lst']].map(async (args) => await runKept(...args));
  for (const { code, stdout, stderr } of [own, ...(await Promise.all(kept))]) {
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, /^racehammer: [^\n]+\n$/);
  }
});

test.serial('list shows every race as text and as JSON', async (t) => {
  const text = await runKept('list');
  t.is(text.code, 0);
  t.regex(text.stdout, /^Page tables and pinning$/m);
  t.regex(text.stdout, /^xen-pin +Does Xen PV page-table pinning race with page_referenced_one\(\)\? \(2007\)$/m);
  const json = await runKept('list', '--json');
  const { schema, races: entries } = JSON.parse(json.stdout) as { schema: string; races: Record<string, unknown>[] };
  t.is(schema, 'racehammer.list/1');
  t.true(entries.length > 0);
  for (const entry of entries) {
    for (const field of ['race', 'question', 'mail', 'commits', 'actors', 'variants', 'knobs', 'windows'])
      t.true(field in entry, field);
  }
});

test.serial('explain tells of a built-in race and of a file', async (t) => {
  const builtIn = await runKept('explain', 'xen-pin');
  t.is(builtIn.code, 0);
  t.is(builtIn.stderr, '');
  for (const word of ['74260714c56d', 'Variants', 'Knobs', 'Windows', 'Signatures', 'racehammer run xen-pin'])
    t.true(builtIn.stdout.includes(word), word);
  const path = fixture('outcomes');
  const own = await runKept('explain', path, '--json');
  t.like(JSON.parse(own.stdout), {
    race: 'outcomes',
    merged: 'fixed',
    explain: 'A race for the tests of the harness.',
  });
});

test.serial('help and version are no mistakes', async (t) => {
  const own = await racehammer();
  const kept = [['--help'], ['help', 'run'], ['run', '--help']].map(async (args) => await runKept(...args));
  for (const { code, stdout, stderr } of [own, ...(await Promise.all(kept))]) {
    t.is(code, 0);
    t.is(stderr, '');
    t.regex(stdout, /^Usage: racehammer/);
  }
  t.regex((await runKept('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
});
