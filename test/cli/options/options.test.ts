// Goal: every option of every command is a row of a table, says what it does, and gives a unit; the help and the reference are made from
// these rows. Method: the parser of the whole program, held against the tables.

import { readFileSync } from 'node:fs';
import test from 'ava';
import type { CommandSpec } from '../../../lib/cli/options/command.js';
import { shownOptions } from '../../../lib/cli/options/parser.js';
import { commandsFor, programOf, runProgram } from '../../../lib/cli/program.js';
import { UsageError } from '../../../lib/run/usageError.js';
import { cliReference } from '../../reference/cliReference.js';

/** First words of helps. A new one must be a verb. */
const VERBS = new Set(
  (
    'adapt begin change compare compute continue count delay do end explain explore find follow go hammer keep leave let list ' +
    'load measure print prove read record remember replace rewrite run save search serve set show soak spin step take tell use verify ' +
    'watch write'
  ).split(' '),
);

const READY = await commandsFor();
const COMMANDS = READY.map(({ spec }) => spec);

const LINES = COMMANDS.flatMap((spec) => [
  { of: spec.name, help: spec.about },
  ...Object.entries(spec.options).flatMap(([name, option]) =>
    shownOptions(name, option).map(({ flags, help }) => ({ of: `${spec.name} ${flags}`, help })),
  ),
]);

test('each option of each command is in a table', (t) => {
  const program = programOf(READY, () => {});
  const commands = program.commands.flatMap((command) => [
    { name: command.name(), command },
    ...command.commands.map((inner) => ({ name: `${command.name()} ${inner.name()}`, command: inner })),
  ]);
  const names = COMMANDS.flatMap(({ name, formerly = [] }) => [name, ...formerly]);
  t.deepEqual(commands.map(({ name }) => name).toSorted(), names.toSorted());
  for (const { name, command } of commands) {
    const spec = COMMANDS.find((each) => [each.name, ...(each.formerly ?? [])].includes(name))!;
    const declared = Object.entries(spec.options).flatMap(([field, option]) => shownOptions(field, option));
    t.deepEqual(
      command.options.filter(({ hidden }) => !hidden).map(({ flags, description }) => ({ flags, help: description })),
      declared,
      name,
    );
  }
});

test('a help begins with a verb, is no sentence, and shows no value of the parser', (t) => {
  for (const { of, help } of LINES) {
    t.true(VERBS.has(help.split(/[ :]/)[0]), `${of}: ${help}`);
    t.notRegex(help, /\.$|\(default: \[|undefined|true|false/, of);
  }
});

/** What is read of a plausible text; undefined if the option takes something else. */
function readOf(option: CommandSpec['options'][string], text: string): unknown {
  try {
    return option.read(text, '--x');
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

test('an option with a value says what it takes, a number its unit', (t) => {
  let numbers = 0;
  for (const { name: command, options } of COMMANDS) {
    for (const [name, option] of Object.entries(options)) {
      if (option.value === undefined) continue;
      const of = `${command} ${name}`;
      t.truthy(option.takes, of);
      const isNumber = ['9', '9s'].some((text) => /number|object/.test(typeof readOf(option, text)));
      if (!isNumber || option.value.includes('=') || option.isRepeatable === true) continue;
      numbers++;
      t.regex(option.takes ?? '', /^(a )?(whole )?numbers? of [A-Za-z]+|with its unit|without a unit/, of);
    }
  }
  t.true(numbers > 15);
});

test('the reference is up to date', (t) => {
  const written = readFileSync(new URL('../../../../docs/reference/cli.md', import.meta.url), 'utf8');
  t.true(written === cliReference(COMMANDS), 'docs/reference/cli.md is stale: npm run docs:cli');
});

test('a command that is called by its name is found without the others', async (t) => {
  for (const { name, formerly = [] } of COMMANDS) {
    for (const each of [name, ...formerly]) {
      const found = await commandsFor(each.split(' ')[0]);
      t.true(
        found.some(({ spec }) => spec.name === name),
        each,
      );
      const [word] = each.split(' ');
      t.true(
        found.every(({ spec }) => [spec.name, ...(spec.formerly ?? [])].some((known) => known.split(' ')[0] === word)),
        each,
      );
    }
  }
});

test('an option is read under its former name, which no help and no message shows', async (t) => {
  for (const [typed, read] of [
    [['--repeat', '3'], '--repeat'],
    [['--rounds', '3'], '--repeat'],
    [['--rounds', '3', '--repeat', '0'], '--repeat "0"'],
    [['--repeat', '3', '--rounds=0'], '--repeat "0"'],
  ] as const)
    await t.throwsAsync(
      runProgram(['bench', '--from', 'nowhere.json', ...typed]),
      { instanceOf: UsageError, message: new RegExp(`^(?:--from and )?${read}: `) },
      typed.join(' '),
    );
  const bench = programOf(READY, () => {}).commands.find((command) => command.name() === 'bench')!;
  t.notRegex(bench.helpInformation(), /--rounds/);
  const error = await t.throwsAsync(runProgram(['bench', '--round']), { instanceOf: UsageError });
  t.notRegex(error.message, /--rounds/);
});

test('a command is found under its former name, which no help and no message shows', async (t) => {
  for (const name of ['trials', 'plan'])
    await t.throwsAsync(runProgram([name, '2']), { instanceOf: UsageError, message: /^claim "2": must be a rate/ });
  t.notRegex(programOf(READY, () => {}).helpInformation(), /\bplan\b/);
  const error = await t.throwsAsync(runProgram(['nothing']), { instanceOf: UsageError });
  t.regex(error.message, /^unknown command "nothing" \(known: list, .*, trials, /);
  t.notRegex(error.message, /\bplan\b/);
});
