/**
 * Goal: the files for other programs name what is there: a workflow's action, a unit of systemd, a Dockerfile, a development container.
 * Method: each is parsed as its program does; commands of racehammer in them go to our own parser, scripts of npm to package.json, and
 * the shell of the action and of the unit runs, with a program in the place of racehammer that prints what it was called with.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { commandsFor } from '../../lib/cli/program.js';
import { flagOf, noFlagOf } from '../../lib/run/flagName.js';
import { folder } from '../soak/rows.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly { readonly run?: string; readonly env?: Readonly<Record<string, string>> }[];
  };
}

const COMMANDS = await commandsFor();

/** Fails unless the first words are a command, and every flag is one of it. */
function isCommand(t: ExecutionContext, words: readonly string[]): void {
  const names = [words.slice(0, 2).join(' '), words[0]];
  const spec = names.flatMap((name) => COMMANDS.filter((known) => known.spec.name === name)).at(0)?.spec;
  const flags = Object.keys(spec?.options ?? {}).flatMap((name) => [flagOf(name), noFlagOf(name)]);
  t.true(spec !== undefined, words.join(' '));
  for (const word of words.filter((each) => each.startsWith('--'))) t.true(flags.includes(word), `${words[0]} ${word}`);
}

/** Makes a program of this name that prints its arguments, one a line, in front of all others. */
function withProgram(t: ExecutionContext, name: string): { readonly at: string; readonly env: NodeJS.ProcessEnv } {
  const at = folder(t);
  mkdirSync(join(at, 'bin'));
  writeFileSync(join(at, 'bin', name), '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(join(at, 'bin', name), 0o755);
  return { at, env: { ...process.env, PATH: `${join(at, 'bin')}:${process.env['PATH']}` } };
}

test('the action runs the command that it is given, and no input is a command of the shell', (t) => {
  const { inputs, runs } = parse(read('action.yml')) as Action;
  t.is(runs.using, 'composite');
  const used = [...read('action.yml').matchAll(/inputs\.([a-z-]+)/g)].map(([, name]) => name);
  t.deepEqual([...new Set(used)].toSorted(), Object.keys(inputs).toSorted());
  isCommand(t, inputs['command'].default.split(' '));
  isCommand(t, ['verify', '--junit']);
  const [{ run = '', env = {} }] = runs.steps;
  t.false(run.includes('${{'));
  const { at, env: path } = withProgram(t, 'npx');
  const given = { COMMAND: 'verify my;race --quick $(touch x)', VERSION: '1.2.3', JUNIT: 'out file.xml' };
  const set = Object.entries(given).map(([name, value]) => [`RACEHAMMER_${name}`, value]);
  t.deepEqual(Object.keys(env).toSorted(), set.map(([name]) => name).toSorted());
  const said = execFileSync('bash', ['-eo', 'pipefail', '-c', run], {
    cwd: at,
    env: { ...path, ...Object.fromEntries(set) },
  });
  t.deepEqual(said.toString().trimEnd().split('\n'), [
    '--yes',
    'racehammer@1.2.3',
    'verify',
    'my;race',
    '--quick',
    '$(touch',
    'x)',
    '--junit',
    'out file.xml',
  ]);
});

test('the unit of systemd begins a campaign, and resumes a store that is there', (t) => {
  const lines = read('deploy/systemd/racehammer-soak@.service').split('\n');
  const sections = lines.filter((line) => line.startsWith('['));
  t.deepEqual(sections, ['[Unit]', '[Service]', '[Install]']);
  for (const line of lines) t.regex(line, /^(?:|#.*|\[\w+\]|[A-Z][A-Za-z]+=.+)$/);
  const [, shell = ''] = /^ExecStart=\/bin\/sh -c '(.*)' soak %i$/m.exec(lines.join('\n')) ?? [];
  const { at, env } = withProgram(t, 'racehammer');
  const begun = (): string[] =>
    execFileSync('/bin/sh', ['-c', shell, 'soak', 'week'], { cwd: at, env }).toString().trimEnd().split('\n');
  t.deepEqual(begun(), ['soak', '--campaign', 'week.yaml', '--store', 'week.db']);
  isCommand(t, begun());
  writeFileSync(join(at, 'week.db'), '');
  t.deepEqual(begun(), ['soak', '--resume', '--store', 'week.db']);
  isCommand(t, begun());
});

test('the Dockerfile installs the package that npm packs, and its commands are there', (t) => {
  const text = read('deploy/docker/Dockerfile');
  const { name, files } = JSON.parse(read('package.json')) as { name: string; files: readonly string[] };
  const steps = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  for (const step of steps) t.regex(step, /^(?:FROM|ARG|COPY|RUN|USER|WORKDIR|STOPSIGNAL|ENTRYPOINT|CMD) \S/);
  t.true(steps.includes(`COPY ${name}-*.tgz /tmp/`) && steps.includes(`ENTRYPOINT ["${name}"]`));
  t.true(files.includes('deploy'));
  const [, major] = /^FROM node:(\d+)-slim$/m.exec(text) ?? [];
  t.true(Number(major) >= 24, 'a Node with SQLite');
  isCommand(t, JSON.parse(/^CMD (.*)$/m.exec(text)?.[1] ?? '[]') as string[]);
  for (const [, words] of text.matchAll(/docker run .*?racehammer ((?:run|fleet)[^\n]*)/g))
    isCommand(t, words.split(' '));
  t.regex(text, /PACKAGES="bullmq@6 ioredis@5 zod@4"/);
});

test('the development container runs scripts that there are', (t) => {
  const { postCreateCommand } = JSON.parse(read('.devcontainer/devcontainer.json')) as { postCreateCommand: string };
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
  for (const [, script] of postCreateCommand.matchAll(/npm run (\S+)/g)) t.true(script in scripts, script);
  t.regex(postCreateCommand, /^npm ci && /);
});
