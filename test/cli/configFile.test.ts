/**
 * Goal: a racehammer.config file says what stands for flags that are not typed, and nothing else; what is wrong in it is one line with file and
 * field. Method: files in folders of their own, read for the real commands; a command of a program that only says what it got.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Command } from 'commander';
import { configuredFlags } from '../../lib/cli/configFile.js';
import { resumeCommand } from '../../lib/cli/soak/end.js';
import { SOAK } from '../report/soak/madeUpSoak.js';
import { command } from '../../lib/cli/options/command.js';
import { no, orNone, plainText, texts, yes } from '../../lib/cli/options/option.js';
import { ready } from '../../lib/cli/options/parser.js';
import { commandsFor } from '../../lib/cli/program.js';
import { verifyCommandLine } from '../../lib/run/repeat.js';
import { UsageError } from '../../lib/run/usageError.js';
import { configSchema } from '../reference/configSchema.js';
import { folder } from '../soak/rows.js';

const COMMANDS = (await commandsFor()).map(({ spec }) => spec);

async function configured(t: ExecutionContext, of: string, files: Readonly<Record<string, string>>): Promise<unknown> {
  const path = folder(t);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  try {
    return await configuredFlags(
      COMMANDS.find(({ name }) => name === of)!,
      async () => Promise.resolve(COMMANDS),
      path,
    );
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message.replaceAll(`${path}/`, '');
  }
}

const JSON_FILE = 'racehammer.config.json';

test('a file may call a flag by its former name', async (t) => {
  for (const flag of ['repeat', 'rounds'])
    t.deepEqual(await configured(t, 'bench', { [JSON_FILE]: JSON.stringify({ bench: { [flag]: 3 } }) }), {
      repeat: '3',
    });
});

test('what a file says is what would be typed', async (t) => {
  const of = (flags: object): Readonly<Record<string, string>> => ({ [JSON_FILE]: JSON.stringify({ run: flags }) });
  t.deepEqual(await configured(t, 'run', {}), {});
  t.deepEqual(await configured(t, 'list', of({ cpus: 4 })), {});
  t.deepEqual(await configured(t, 'run', { [JSON_FILE]: '{ "$schema": "x", "run": {} }' }), {});
  const flags = {
    cpus: 4,
    'until-confidence': '1e-6',
    bind: false,
    lockdep: true,
    knob: ['a=1', 'b=2'],
    evidence: false,
    json: true,
  };
  t.deepEqual(await configured(t, 'run', of({ ...flags, 'stop-on-first': false, tuned: true, sync: 'free' })), {
    cpus: '4',
    untilConfidence: '1e-6',
    bind: false,
    knob: ['a=1', 'b=2'],
    evidence: false,
    json: true,
    tuned: true,
    sync: 'free',
  });
  t.deepEqual(
    await configured(t, 'soak status', {
      'racehammer.config.mjs': "export default { 'soak status': { json: true } };",
    }),
    {
      json: true,
    },
  );
});

test('what is wrong is refused with file and field', async (t) => {
  const of = (text: string): Readonly<Record<string, string>> => ({ [JSON_FILE]: text });
  const wrong: readonly (readonly [files: Readonly<Record<string, string>>, says: RegExp])[] = [
    [of('{'), /^file "racehammer\.config\.json": cannot be loaded: .*JSON/],
    [of('[]'), /^file "racehammer\.config\.json": the document must be object$/],
    [of('{ "rum": {} }'), /^file "racehammer\.config\.json": unknown command "rum": did you mean "run"\?/],
    [
      of('{ "run": { "cpu": 2 } }'),
      /^file "racehammer\.config\.json": unknown flag "cpu" for run: did you mean "cpus"\?/,
    ],
    [of('{ "verify": { "untilConfidence": 1 } }'), /: unknown flag "untilConfidence" for verify/],
    [of('{ "run": { "config": false } }'), /: unknown flag "config" for run/],
    [of('{ "run": { "cpus": true } }'), /^file "racehammer\.config\.json": \/run\/cpus must be string,number$/],
    [of('{ "run": { "json": "yes" } }'), /: \/run\/json must be boolean$/],
    [
      of('{ "run": { "sync": "fre" } }'),
      /: \/run\/sync must be equal to one of the allowed values: rendezvous, stride, free$/,
    ],
    [of('{ "run": 1 }'), /: \/run must be object$/],
    [
      of('{ "run": { "cpus": 0 } }'),
      /^file "racehammer\.config\.json": run: --cpus "0": must be a whole number, from 1 to 64$/,
    ],
    [
      { 'racehammer.config.mjs': 'throw new Error("no\\nmore")' },
      /^file "racehammer\.config\.mjs": cannot be loaded: no$/,
    ],
    [{ 'racehammer.config.mjs': '' }, /^file "racehammer\.config\.mjs": the document must be object$/],
    [
      { [JSON_FILE]: '{}', 'racehammer.config.mjs': '' },
      /^"racehammer\.config\.mjs" and "racehammer\.config\.json": there can be one of them$/,
    ],
  ];
  for (const [files, says] of wrong) t.regex(String(await configured(t, 'run', files)), says);
});

test('what is typed wins, and --no-config reads nothing', async (t) => {
  const got: unknown[] = [];
  const spec = command({
    name: 'say',
    about: 'say what it got',
    operands: [],
    options: {
      file: orNone(plainText('<file>', 'a file', { help: 'x' }), 'no file'),
      part: texts('<part>', 'a part', { help: 'x' }),
      bind: no('x'),
      loud: yes('x'),
    },
  });
  let said: object = { file: 'a', part: ['p'], bind: false, loud: true };
  const say = async (...args: readonly string[]): Promise<void> => {
    const program = new Command().exitOverride();
    ready(spec, (_, flags) => got.push(flags)).add(
      program,
      () => {},
      async () => Promise.resolve(said as never),
    );
    await program.parseAsync(['say', ...args], { from: 'user' });
  };
  const request = { budgetMs: 1000, seed: 1, row: [], bind: true, lockdep: true, memory: 'sc' } as const;
  const repeated = (): string => verifyCommandLine([], request);
  await say();
  t.regex(repeated(), / --no-config$/);
  await say('--file', 'b', '--part', 'q', '--no-bind');
  await say('--no-file', '--no-config');
  t.regex(repeated(), / --no-config$/, 'it was left out, and is again');
  t.regex(resumeCommand(SOAK, 's.db', { isUsedUp: false }), / --store s\.db --no-config$/);
  said = {};
  await say('--no-file');
  t.notRegex(repeated(), /--no-config/, 'the command before had one');
  t.notRegex(resumeCommand(SOAK, 's.db', { isUsedUp: false }), /--no-config/);
  t.deepEqual(got, [
    { file: 'a', part: ['p'], bind: false, loud: true },
    { file: 'b', part: ['q'], bind: false, loud: true },
    { file: null, part: [], bind: true, loud: false },
    { file: null, part: [], bind: true, loud: false },
  ]);
});

test('the schema of the file is that of the tables', (t) => {
  const written = JSON.parse(
    readFileSync(new URL('../../../schema/config.schema.json', import.meta.url), 'utf8'),
  ) as unknown;
  t.deepEqual(written, JSON.parse(configSchema(COMMANDS)), 'schema/config.schema.json is stale: npm run docs:cli');
});
