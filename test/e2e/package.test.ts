/**
 * Goal: the package is small, holds all that it loads, and works without a checkout around it.
 * Method: the files that npm would pack, read, and installed into a folder beside the packages that it depends on alone. Where `npx tsc -b`
 * has built last, a copy of that build is packed first, as `npm run build` does.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { RunDocument } from '../../lib/report/run/document.js';
import { FOLDER } from './cli.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const TSC = join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');

const THROWING = `import { LINE, READ_ONCE, defineRace, struct } from 'racehammer';
const STATE = struct({ word: LINE });
function deep() {
  throw new TypeError('deep');
}
export default defineRace({
  name: 'throwing',
  state: STATE,
  variants: { buggy: { fails: 'actor-threw' } },
  actors: {
    act(cpu, at) {
      if (READ_ONCE(cpu, at + STATE.word) === 0) deep();
    },
  },
});
`;

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

interface Packed {
  readonly entryCount: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const BUILD = packedBuild();
const PACKED = npmPack();
const PATHS = new Set(PACKED.files.map(({ path }) => path));
const MANIFEST = JSON.parse(readFileSync(join(BUILD, 'package.json'), 'utf8')) as Manifest;
const PROJECT = install();
const INSTALLED = join(PROJECT, 'node_modules/racehammer');

/** Returns a folder like this checkout in which dist is packed. */
function packedBuild(): string {
  if (readFileSync(join(ROOT, 'dist/lib/machine/cpu.js'), 'utf8').includes("from './packed.js'")) return ROOT;
  const copy = mkdtempSync(join(FOLDER, 'build-'));
  const isLeft = /^(?:\.git|node_modules|site|test|lib\/(?!sharedarraybuffer-utils)|dist\/(?:test|groups))|\.map$/;
  cpSync(ROOT, copy, {
    recursive: true,
    filter: (path) => !isLeft.test(relative(ROOT, path).replaceAll(sep, '/')),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  node(ROOT, [join(ROOT, 'build/packDist.mjs'), join(copy, 'dist')]);
  return copy;
}

function npmPack(): Packed {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'];
  const { stdout, stderr } = spawnSync('npm', args, { cwd: BUILD, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as Packed[])[0];
}

/** Puts the package into a project, as npm would without optional packages. */
function install(): string {
  const project = mkdtempSync(join(FOLDER, 'project-'));
  const modules = join(project, 'node_modules');
  for (const path of PATHS) {
    mkdirSync(dirname(join(modules, 'racehammer', path)), { recursive: true });
    cpSync(join(BUILD, path), join(modules, 'racehammer', path));
  }
  for (const name of Object.keys(MANIFEST.dependencies))
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  // An empty folder hides what a folder above may have.
  const { peerDependencies, optionalDependencies } = MANIFEST;
  for (const name of Object.keys({ ...peerDependencies, ...optionalDependencies })) mkdirSync(join(modules, name));
  writeFileSync(join(project, 'package.json'), '{ "name": "mine", "version": "1.0.0", "type": "module" }');
  return project;
}

function node(
  cwd: string,
  args: readonly string[],
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const env = { ...process.env, GITHUB_ACTIONS: '', NODE_OPTIONS: '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

function racehammer(...args: readonly string[]): ReturnType<typeof node> {
  return node(PROJECT, [join(INSTALLED, 'dist/lib/cli/main.js'), ...args]);
}

test.serial('it has few files, and none that only a developer needs', (t) => {
  t.true(PACKED.entryCount <= 400, `${PACKED.entryCount} files`);
  t.true(PACKED.unpackedSize <= 5_000_000, `${PACKED.unpackedSize} bytes`);
  const isDevelopers = /\.map$|^(?:test|site|build|workers)\/|^dist\/(?:test|groups|lib\/bench)\/|(?<!\.d)\.[cm]?ts$/;
  t.deepEqual(
    [...PATHS].filter((path) => isDevelopers.test(path)),
    [],
  );
});

test.serial('all that its modules name is in it', (t) => {
  const specifiers =
    /\b(?:from|import|URL)\b\s*\(?\s*(['"])(\.{1,2}\/[^'"\n${}]*\.(?:[cm]?js|wasm))\1(?!, import\.meta\.url\)\.href)/g;
  const missing = [...PATHS]
    .filter((path) => /^dist\/.*(?:\.c?js|\.d\.ts)$/.test(path))
    .flatMap((path) => {
      const folder = path.endsWith('.d.ts') ? (name: string) => name.replace(/\.js$/, '.d.ts') : (name: string) => name;
      return Array.from(readFileSync(join(BUILD, path), 'utf8').matchAll(specifiers), ([, , name]) =>
        folder(join(dirname(path), name).replaceAll(sep, '/')),
      )
        .filter((name) => !PATHS.has(name))
        .map((name) => `${path}: ${name}`);
    });
  // `bench` looks whether it is there.
  t.deepEqual(
    missing.filter((line) => !line.endsWith('lib/cli/bench/bench.js')),
    [],
  );
});

test.serial('a race is made, run and replayed', (t) => {
  t.is(racehammer('init', 'mine').code, 0);
  const run = racehammer('run', './mine.mjs:buggy', '--trials', '4000', '--no-twin', '--evidence', 'kept', '--json');
  const { failures } = JSON.parse(run.stdout) as RunDocument;
  t.true(failures > 0, run.stderr);
  const [file] = readdirSync(join(PROJECT, 'kept')).filter((name) => name.endsWith('.evidence'));
  const replayed = racehammer('replay', '--trust-code', join('kept', file));
  t.regex(replayed.stdout, /^replayed: the same failure/m, replayed.stderr);
});

test.serial('a configuration file beside the races stands for flags, and what repeats a run does without it', (t) => {
  const file = join(PROJECT, 'racehammer.config.js');
  writeFileSync(file, `export default { run: { trials: 64, evidence: false, json: true } };`);
  const run = JSON.parse(racehammer('run', 'xen-pin:pte-lock', '--no-twin').stdout) as RunDocument;
  t.is(run.trials, 64);
  t.regex(run.repeat, /^npx racehammer run xen-pin:pte-lock .*--trials 64 .*--no-config$/);
  rmSync(file);
});

test.serial('a stack names the code of the race alone', (t) => {
  writeFileSync(join(PROJECT, 'throwing.mjs'), THROWING);
  const { stdout, stderr } = racehammer(
    'run',
    './throwing.mjs',
    '--report',
    '--trials',
    '400',
    '--no-twin',
    '--no-evidence',
  );
  const frames = stdout.split('\n').filter((line) => /^ +at \S+ /.test(line));
  t.true(frames.length > 1, stdout + stderr);
  t.deepEqual(
    frames.filter((frame) => !frame.includes('throwing.mjs')),
    [],
  );
});

test.serial('programs import it by all its names, in strict TypeScript too', (t) => {
  const names = Object.entries(MANIFEST.exports).flatMap(([name, target]) =>
    typeof target === 'string' ? [] : [name.replace('.', 'racehammer')],
  );
  t.true(names.length > 5);
  const lines = [
    ...names.map((name, i) => `import * as n${i} from '${name}';`),
    `import { run } from 'racehammer';`,
    `const document = await run('xen-pin', { trials: 200 });`,
    `const trials: number = document.trials;`,
    `console.log(trials > 0 && [${names.map((_, i) => `n${i}`).join(', ')}].every((one) => Object.keys(one).length > 0));`,
  ];
  writeFileSync(join(PROJECT, 'program.mts'), [...lines, '// @ts-expect-error', 'document.nothing;\n'].join('\n'));
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
  const options = [
    '--strict',
    '--declaration',
    '--skipLibCheck',
    'false',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--ignoreConfig',
  ];
  const compiled = node(PROJECT, [TSC, ...options, ...types, 'program.mts']);
  t.deepEqual([compiled.stdout, compiled.code], ['', 0]);
  t.is(node(PROJECT, ['program.mjs']).stdout, 'true\n');
});

test.serial('what it has not is said in one line', (t) => {
  saysInOneLine(t, ['bench'], /^racehammer: bench: measures a checkout/);
  saysInOneLine(
    t,
    ['fleet', 'status'],
    /^racehammer: fleet: needs packages .*: npm install bullmq@\S+ ioredis@\S+ zod@\S+$/,
  );
});

function saysInOneLine(t: ExecutionContext, args: readonly string[], line: RegExp): void {
  const { code, stderr } = racehammer(...args);
  t.regex(stderr.trimEnd(), line);
  t.is(stderr.trimEnd().split('\n').length, 1);
  t.not(code, 0);
}
