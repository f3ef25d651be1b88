import { fileURLToPath } from 'node:url';
import test from 'ava';
import { importsGoOneWay, layerOf } from './tidy/arrows.js';
import { countsAreOneType } from './tidy/counts.js';
import { docstringsBeginWithVerbs } from './tidy/docstrings.js';
import { entriesAreStoredByMm, pagesAreFreedByMm } from './tidy/entries.js';
import { exportsHaveNamesOfTheirOwn } from './tidy/exports.js';
import { foldersAreKeptApart } from './tidy/folders.js';
import { noCycles, noDeadFiles } from './tidy/graph.js';
import { importsOf, loadsOf } from './tidy/imports.js';
import { filesSayWhatTheyAreFor } from './tidy/headers.js';
import { mask } from './tidy/mask.js';
import { wordsHaveOneMeaning } from './tidy/meanings.js';
import { catalogueIsComplete, kernelNamesAreDocumented, noDrawers } from './tidy/names.js';
import { perCpuWordsCanBePreempted } from './tidy/percpu.js';
import { commentsNameFilesThatExist } from './tidy/references.js';
import { sidesAreKept, threadsLoadNoHost } from './tidy/sides.js';
import { readTree, type Rule, type SourceFile } from './tidy/source.js';
import { noModuleState } from './tidy/state.js';
import {
  filesAreSmall,
  handlersAreGuarded,
  nothingIsPutOff,
  nounsFitTheirNumbers,
  oneFunctionMakesCommands,
  onlyCliPrints,
  optionsAreInTables,
  timersAreGuarded,
} from './tidy/text.js';
import { wordsArePlain } from './tidy/words.js';

const RULES: Readonly<Record<string, Rule>> = {
  'imports go one way': importsGoOneWay,
  'documents and commands are kept apart': foldersAreKeptApart,
  'the sides of the harness are kept': sidesAreKept,
  'threads load nothing of the host': threadsLoadNoHost,
  'no import cycles': noCycles,
  'no dead files': noDeadFiles,
  'no state in modules': noModuleState,
  'per-CPU words can be preempted': perCpuWordsCanBePreempted,
  'page-table entries are stored by lib/mm': entriesAreStoredByMm,
  'pages are freed by lib/mm': pagesAreFreedByMm,
  'no drawers': noDrawers,
  'kernel names are documented': kernelNamesAreDocumented,
  'the catalogue names every race': catalogueIsComplete,
  'nothing is put off': nothingIsPutOff,
  'one file prints, and one ends the process': onlyCliPrints,
  'timers are guarded': timersAreGuarded,
  'handlers of events are guarded': handlersAreGuarded,
  'options are in tables': optionsAreInTables,
  'nouns fit their numbers': nounsFitTheirNumbers,
  'one function makes the commands that are printed': oneFunctionMakesCommands,
  'counts are one type': countsAreOneType,
  'files are small': filesAreSmall,
  'comments name files that exist': commentsNameFilesThatExist,
  'files say what they are for': filesSayWhatTheyAreFor,
  'words are plain': wordsArePlain,
  'docstrings of functions begin with a verb': docstringsBeginWithVerbs,
  'words have one meaning': wordsHaveOneMeaning,
  'exports have names of their own': exportsHaveNamesOfTheirOwn,
};

const tree = readTree(fileURLToPath(new URL('../../', import.meta.url)));

for (const [name, rule] of Object.entries(RULES)) {
  test(`this tree: ${name}`, (t) => {
    const findings = rule(tree);
    if (findings.length > 0) t.fail(`\n${findings.join('\n')}`);
    else t.pass();
  });

  test(`an empty tree: ${name}`, (t) => {
    t.deepEqual(rule([]), []);
  });
}

/** A tree of the given paths and texts. */
function fixture(texts: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(texts).map(([path, text]) => ({ path, text }));
}

/** What a rule finds in one file. */
function findIn(rule: Rule, path: string, text: string): string[] {
  return rule([{ path, text }]);
}

test('a number has a noun that fits', (t) => {
  const find = (text: string): number => findIn(nounsFitTheirNumbers, 'lib/cli/run/run.ts', text).length;
  t.is(find('`${n} trials and ${rows.length} rows`'), 2);
  t.is(find("`${counted(n, 'trial')}, ${n} states/s, ${n} of them`"), 0);
});

test('an option is declared in a table, and a command is printed by one function', (t) => {
  t.is(findIn(optionsAreInTables, 'lib/cli/program.ts', "program.option('--x', 'y');").length, 1);
  t.is(findIn(optionsAreInTables, 'lib/cli/options/parser.ts', 'made.addOption(option);').length, 0);
  const shown = '/* npx racehammer list */ // npx racehammer list\nf();';
  t.deepEqual(findIn(oneFunctionMakesCommands, 'lib/cli/x.ts', shown), []);
  t.regex(
    findIn(oneFunctionMakesCommands, 'lib/cli/x.ts', `${shown} g('npx racehammer');`)[0],
    /x\.ts:2: .*commandLine/,
  );
});

test('mask: comments, strings, templates and regular expressions are told from code', (t) => {
  const text = "a = 'it\\'s // no'; // let x\nb = `x${ f({ c: '}' }) }y`; /* d */ e = /['\"/]/.test(g) / 2;";
  const { code, comments } = mask(text);
  t.is(code.length, text.length);
  t.is(code.replace(/ +/g, ' '), "a = ' '; \nb = ` ${ f({ c: ' ' }) } `; e = / /.test(g) / 2;");
  t.is(comments.trim().replace(/\s+/g, ' '), '// let x /* d */');
});

test('imports: every form is found, with its line and its target', (t) => {
  const text = [
    "import a, { b } from './a.js';",
    "import type { C } from '../c.js';",
    'import {',
    '  d, // as it was',
    "} from './d/d.js';",
    "import 'node:fs';",
    "export * as e from './e.js';",
    "export type { F } from './f.js';",
    "const g = await import('./g.js');",
    "type H = import('./h.js').H;",
    '// import i from "./i.js"',
    `const j = "import j from './j.js'";`,
    "export const k = { from: './k.js' };",
  ].join('\n');
  t.deepEqual(
    importsOf({ path: 'lib/mm/x.ts', text }).map(({ line, target, specifier }) => [line, target ?? specifier]),
    [
      [1, 'lib/mm/a.ts'],
      [2, 'lib/c.ts'],
      [3, 'lib/mm/d/d.ts'],
      [6, 'node:fs'],
      [7, 'lib/mm/e.ts'],
      [8, 'lib/mm/f.ts'],
      [9, 'lib/mm/g.ts'],
      [10, 'lib/mm/h.ts'],
    ],
  );
  const worker = "new URL('../../workers/cpu.cjs', import.meta.url); new URL('./page.html', import.meta.url)";
  t.deepEqual(
    loadsOf({ path: 'lib/harness/x.ts', text: worker }).map(({ target }) => target),
    ['workers/cpu.cts'],
  );
});

test('layers are named by folder', (t) => {
  t.is(layerOf('lib/mm/rmap.ts'), 'mm');
  t.is(layerOf('lib/sdk/index.ts'), 'sdk');
  t.is(layerOf('stress/xen-pin/race.ts'), 'stress');
  t.is(layerOf('test/mm/rmap.test.ts'), 'test');
  t.is(layerOf('lib/stray.ts'), undefined);
});

const ALLOWED = [
  ['lib/mm/x.ts', '../kernel/lock.js'],
  ['lib/mm/x.ts', './y.js'],
  ['lib/sdk/xen.ts', '../arch/xen.js'],
  ['stress/x/race.ts', '../../lib/sdk/xen.js'],
  ['lib/harness/x.ts', 'node:fs/promises'],
  ['lib/harness/x.ts', 'piscina'],
  ['lib/cli/x.ts', 'commander'],
  ['workers/cpu.cts', '../lib/harness/cpu.js'],
  ['test/mm/x.test.ts', '../../lib/cli/main.js'],
];

const FORBIDDEN = [
  ['lib/sharedarraybuffer-utils/x.ts', '../machine/cpu.js'],
  ['lib/machine/x.ts', '../kernel/lock.js'],
  ['lib/kernel/x.ts', 'node:os'],
  ['lib/race/x.ts', '../mm/rmap.js'],
  ['lib/evidence/x.ts', '../kernel/lock.js'],
  ['lib/report/x.ts', '../machine/cpu.js'],
  ['lib/harness/x.ts', '../../stress/xen-pin/race.js'],
  ['lib/harness/x.ts', 'commander'],
  ['lib/mm/x.ts', '../stray.js'],
  ['stress/x/race.ts', '../../lib/kernel/lock.js'],
  ['workers/cpu.cts', '../lib/machine/cpu.js'],
];

test('imports go one way', (t) => {
  for (const [path, specifier] of ALLOWED) {
    t.deepEqual(findIn(importsGoOneWay, path, `import { x } from '${specifier}';`), [], `${path} ${specifier}`);
  }
  for (const [path, specifier] of FORBIDDEN) {
    const findings = findIn(importsGoOneWay, path, `\nimport type { x } from '${specifier}';`);
    t.is(findings.length, 1, `${path} ${specifier}`);
    t.true(findings[0].startsWith(`${path}:2: `));
    t.true(findings[0].includes(specifier));
  }
  t.regex(findIn(importsGoOneWay, 'lib/stray.ts', '')[0], /lies in no layer/);
});

test('documents and commands are kept apart', (t) => {
  const find = (path: string, specifier: string): string[] =>
    findIn(foldersAreKeptApart, path, `import { x } from '${specifier}';`);
  for (const [path, specifier] of [
    ['lib/report/run/text.ts', '../words/power.js'],
    ['lib/report/soak/text.ts', '../verify/document.js'],
    ['lib/report/soak/text.ts', '../../statistics/verdict.js'],
    ['lib/cli/soak/end.ts', '../output.js'],
    ['lib/cli/tune/tune.ts', '../run/checkedFlags.js'],
    ['lib/cli/program.ts', './run/run.js'],
    ['lib/run/runs.ts', '../report/run/text.js'],
  ])
    t.deepEqual(find(path, specifier), [], `${path} ${specifier}`);
  for (const [path, specifier] of [
    ['lib/report/run/text.ts', '../soak/text.js'],
    ['lib/report/format/table.ts', '../run/text.js'],
    ['lib/report/bench/page.ts', '../html/markup.js'],
    ['lib/cli/soak/end.ts', '../run/checkedFlags.js'],
    ['lib/cli/output.ts', './run/run.js'],
  ])
    t.regex(find(path, specifier).join(), /->/, `${path} ${specifier}`);
  for (const path of ['lib/report/loose.ts', 'lib/report/other/text.ts', 'lib/cli/other/x.ts'])
    t.regex(findIn(foldersAreKeptApart, path, '').join(), /none of the folders/, path);
});

test('no import cycles', (t) => {
  const a = "import type { B } from './b.js';";
  t.deepEqual(noCycles(fixture({ 'lib/mm/a.ts': a, 'lib/mm/b.ts': '' })), []);
  const findings = noCycles(fixture({ 'lib/mm/a.ts': a, 'lib/mm/b.ts': "export * from './a.js';" }));
  t.is(findings.length, 1);
  t.regex(findings[0], /lib\/mm\/a\.ts -> lib\/mm\/b\.ts -> lib\/mm\/a\.ts/);
});

test('the sides of the harness are kept', (t) => {
  const path = 'lib/harness/cpu/x.ts';
  t.is(findIn(sidesAreKept, path, "import { a } from '../host/a.js';").length, 1);
  t.is(findIn(sidesAreKept, path, "import {\n  a,\n} from '../watch/a.js';").length, 1);
  t.deepEqual(findIn(sidesAreKept, path, "import type { A } from '../host/a.js';"), []);
  t.deepEqual(findIn(sidesAreKept, path, "import { a } from '../plan.js'; import { b } from './b.js';"), []);
  t.is(findIn(sidesAreKept, 'lib/harness/host/x.ts', "import { a } from '../cpu/a.js';").length, 1);
  t.deepEqual(findIn(sidesAreKept, 'lib/harness/watch/x.ts', "import { a } from '../host/a.js';"), []);
});

test('threads load nothing of the host', (t) => {
  const files = (both: string): SourceFile[] => [
    { path: 'lib/harness/cpu/x.ts', text: "import { a } from '../both.js';" },
    { path: 'lib/harness/both.ts', text: both },
    { path: 'lib/harness/host/y.ts', text: '' },
  ];
  t.is(threadsLoadNoHost(files("import { b } from './host/y.js';")).length, 1);
  t.deepEqual(threadsLoadNoHost(files("import type { B } from './host/y.js';")), []);
  t.deepEqual(threadsLoadNoHost(files('')), []);
});

test('no dead files', (t) => {
  const files = {
    'lib/cli/main.ts': "import { run } from '../harness/host/run.js';",
    'lib/harness/host/run.ts': "new URL('./clock.js', import.meta.url);",
    'lib/harness/host/clock.ts': '',
    'stress/xen-pin/race.ts': '',
  };
  t.deepEqual(noDeadFiles(fixture(files)), []);
  const findings = noDeadFiles(fixture({ ...files, 'stress/parts/x.ts': "import '../xen-pin/race.js';" }));
  t.deepEqual(
    findings.map((line) => line.split(':')[0]),
    ['stress/parts/x.ts'],
  );
});

test('no state in modules', (t) => {
  const inside = 'const a = 1;\nfunction f() { let b = 1; for (let i = 0; i < 2; i++) b++; }\n// let c\n';
  t.deepEqual(findIn(noModuleState, 'lib/mm/x.ts', inside), []);
  t.deepEqual(findIn(noModuleState, 'lib/harness/x.ts', 'let a = 1;'), []);
  t.regex(findIn(noModuleState, 'lib/mm/x.ts', `${inside}export let d = 1;`)[0], /^lib\/mm\/x\.ts:4: module-level let/);
  t.is(findIn(noModuleState, 'stress/x.ts', 'var a = `${1}`; let b;').length, 2);
});

test('per-CPU words can be preempted', (t) => {
  const text = '// ownWords(\nconst at = ownWords(cpu, batch);\ncpu.mem[cpu.percpu + 1] = 2;\n';
  t.deepEqual(
    findIn(perCpuWordsCanBePreempted, 'lib/arch/x.ts', text).map((line) => line.split(' ')[0]),
    ['lib/arch/x.ts:2:', 'lib/arch/x.ts:3:'],
  );
  t.is(findIn(perCpuWordsCanBePreempted, 'stress/x.ts', text).length, 2);
  t.deepEqual(findIn(perCpuWordsCanBePreempted, 'lib/mm/tlb.ts', text), []);
  t.deepEqual(findIn(perCpuWordsCanBePreempted, 'lib/arch/xen/report.ts', text), []);
  t.deepEqual(findIn(perCpuWordsCanBePreempted, 'lib/harness/x.ts', text), []);
  t.deepEqual(findIn(perCpuWordsCanBePreempted, 'lib/arch/x.ts', 'this_cpu_ptr(cpu, batch);'), []);
});

test('no drawers', (t) => {
  t.deepEqual(findIn(noDrawers, 'lib/sharedarraybuffer-utils/misconduct.ts', ''), []);
  for (const path of ['lib/mm/utils.ts', 'lib/common/x.ts', 'test/helpers.test.ts']) {
    t.is(findIn(noDrawers, path, '').length, 1, path);
  }
});

test('kernel names are documented', (t) => {
  const doc = '/**\n * Takes the lock.\n * @kernel include/linux/spinlock.h\n */\n';
  const spin = 'export function spin_lock(cpu: Cpu): void {\n}\n';
  const find = (text: string): number => findIn(kernelNamesAreDocumented, 'lib/kernel/x.ts', text).length;
  t.is(find(doc + spin), 0);
  t.is(find(`${doc}export const _PAGE_RW = 2;\nexport const _PAGE_USER = 4;\n`), 0);
  t.is(find('export const LOCK_WORDS = 2;\nexport function lockName(): string {}\nfunction not_exported() {}\n'), 0);
  t.is(find(spin), 1);
  t.is(find(`/** Takes the lock. */\n${spin}`), 1);
  t.is(find(`${doc}export const a_b = 2;\n\nexport const c_d = 4;\n`), 1);
  t.is(find('export function READ_ONCE() {}\n'), 1);
});

test('the catalogue names every race', (t) => {
  const races = { 'stress/litmus/pin.ts': '', 'stress/xen-pin/race.ts': '', 'stress/xen-pin/x.ts': '' };
  t.deepEqual(catalogueIsComplete(fixture(races)), []);
  t.deepEqual(catalogueIsComplete(fixture({ ...races, 'stress/README.md': '`xen-pin` and pin.' })), []);
  t.is(catalogueIsComplete(fixture({ ...races, 'stress/README.md': 'xen-pin' })).length, 1);
});

test('nothing is put off', (t) => {
  const [todo, silence] = ['// TODO: more', '// @ts-ignore'];
  const find = (path: string, text: string): number => findIn(nothingIsPutOff, path, text).length;
  t.is(find('test/x.test.ts', `test('a', run); f('${todo}');`), 0);
  t.is(find('lib/mm/x.ts', todo), 1);
  t.is(find('lib/cli/x.ts', "print('FIXME');"), 1);
  t.is(find('test/x.test.ts', silence), 1);
  t.is(find('lib/mm/x.ts', '/* oxlint-disable no-shadow */'), 1);
  t.is(find('test/x.test.ts', "test.serial.skip('a', run); test.only('b', run);"), 2);
});

test('one file prints, and one ends the process', (t) => {
  const text = "console.log('x'); process.stdout.write('x'); process.exit(1);";
  t.is(findIn(onlyCliPrints, 'lib/bench/x.ts', text).length, 3);
  t.is(
    findIn(onlyCliPrints, 'lib/cli/x.ts', 'process.stderr.write(x); writeSync(2, x); process.exitCode = 1;').length,
    3,
  );
  t.is(findIn(onlyCliPrints, 'lib/cli/output.ts', text).length, 1);
  t.is(findIn(onlyCliPrints, 'lib/cli/ending.ts', text).length, 2);
  t.deepEqual(findIn(onlyCliPrints, 'lib/mm/x.ts', "// console.log()\nprocess.memoryUsage(); f('console.log');"), []);
});

test('timers are guarded', (t) => {
  const text = 'setTimeout(f, 1); globalThis.setInterval(f, 1); setImmediate(f);';
  t.is(findIn(timersAreGuarded, 'lib/mm/x.ts', text).length, 3);
  t.deepEqual(findIn(timersAreGuarded, 'lib/harness/host/timers.ts', text), []);
  const fine =
    "import { setTimeout as delay } from 'node:timers/promises'; await delay(1); server.setTimeout(1); // setTimeout(f)";
  t.deepEqual(findIn(timersAreGuarded, 'lib/cli/x.ts', fine), []);
});

test('handlers of events are guarded', (t) => {
  const find = (text: string, path = 'lib/soak/x.ts'): number => findIn(handlersAreGuarded, path, text).length;
  for (const text of [
    "worker.once('exit', () => f());",
    "worker\n  .once('exit', () => f())",
    "signal.addEventListener('abort', stop, { once: true });",
    "child.stdout.on('data', (text: string) => (all += text));",
    'process.on(name, onSignal); const onSignal = () => f();',
  ])
    t.is(find(text), 1, text);
  for (const text of [
    "worker.once('exit', guarded(f, g));",
    "worker.once(\n  'exit',\n  guarded(() => f(), g),\n);",
    "child.once('close', done).once('error', failed); pool.on('error', () => {});",
    "const onAbort = guarded(f, g); signal.addEventListener('abort', onAbort, { once: true });",
    "await once(child, 'close'); signal.removeEventListener('abort', f); set.add(x, () => f());",
  ])
    t.is(find(text), 0, text);
  t.is(find("process.on('exit', endedByOthers);", 'lib/cli/ending.ts'), 0);
});

test('docstrings of functions begin with a verb', (t) => {
  const find = (text: string): string[] => findIn(docstringsBeginWithVerbs, 'lib/cli/x.ts', text);
  for (const text of ['/** Returns it. */\nfunction f()', '/**\n * Whether it is.\n */\nexport async function f()'])
    t.deepEqual(find(text), [], text);
  t.deepEqual(find('/** The rate. */\nconst rate = 1;\nfunction f()'), []);
  t.regex(find('\n/** The rate. */\nexport function rateOf()').join(), /x\.ts:2: .*rateOf/);
  t.is(find('/** `rate` is one. */\nasync function f()').length, 1);
});

test('words have one meaning', (t) => {
  const find = (path: string, text: string): number => findIn(wordsHaveOneMeaning, path, text).length;
  t.is(find('lib/harness/cpu/x.ts', 'nextTurn(progress); progress.turn = 1; const { turns } = a;'), 3);
  t.is(find('lib/harness/replay/x.ts', 'nextTurn(); const turn = 1;'), 0);
  t.is(find('lib/run/x.ts', 'const plan: RunOrder = orderOf(a); return plan.order;'), 2);
  t.is(find('lib/kernel/x.ts', 'if (hasVerdict(cpu)) verdict = 1;'), 2);
  t.is(find('lib/js/x.ts', 'const SETTLE_ROUNDS = Math.round(1); round++; lastRound();'), 3);
  t.is(find('lib/run/x.ts', 'plan.round = Math.round(1);'), 0);
  t.is(find('lib/run/x.ts', 'const verdict = judge(a); // the turn of nobody'), 0);
});

test('counts are one type', (t) => {
  const find = (text: string, path = 'lib/run/x.ts'): string[] => findIn(countsAreOneType, path, text);
  const shape =
    'interface A {\n  readonly trials: number;\n  readonly x: { y: string };\n  readonly failures: number;\n}';
  t.deepEqual(
    find(`\n${shape}`).map((line) => line.split(' ')[0]),
    ['lib/run/x.ts:2:'],
  );
  t.is(find('function f(a: { trials: number; failures?: number }): void {}').length, 1);
  t.is(find('const run = parsed as { seconds: number; trials: number };').length, 1);
  t.is(find('class A { trials: number = 0; failures: number = 0; }').length, 1);
  t.deepEqual(find(shape, 'lib/statistics/counts.ts'), []);
  t.deepEqual(find(shape, 'test/run/x.ts'), []);
  t.deepEqual(find('class A { f(trials: number, failures: number): void {} }'), []);
  t.deepEqual(find('interface A { trials: number }\ninterface B { failures: number } // trials: number'), []);
  t.deepEqual(find('interface A { trials: number; needs: { failures: number } }'), []);
  t.is(find('const c = { trials: a.trials - b.trials, failures: sum.failures + pair[which].failures };').length, 2);
  t.deepEqual(find('const c = { trials: row.trials - row.since, seconds: ms / 1000, trials: a.trials };'), []);
});

test('files are small', (t) => {
  t.deepEqual(findIn(filesAreSmall, 'lib/mm/x.ts', 'x;\n'.repeat(400)), []);
  t.regex(findIn(filesAreSmall, 'lib/mm/x.ts', 'x;\n'.repeat(401))[0], /401 lines/);
});

test('comments name files that exist', (t) => {
  const there = {
    'lib/mm/rmap.ts': '// see x.ts, ./x.ts, lib/mm/x.ts and <race>.state.ts',
    'lib/mm/x.ts': "f('gone.ts');",
  };
  t.deepEqual(commentsNameFilesThatExist(fixture(there)), []);
  const findings = commentsNameFilesThatExist(fixture({ 'lib/mm/x.ts': '\n/** See lib/mm/gone.ts. */' }));
  t.deepEqual(findings, ['lib/mm/x.ts:2: lib/mm/gone.ts does not exist. Name the file that it means.']);
});

test('files say what they are for', (t) => {
  const find = (text: string, path = 'lib/mm/x.ts'): number => findIn(filesSayWhatTheyAreFor, path, text).length;
  t.is(find("/** Flushes. Called by y.ts. */\n\nimport { a } from './a.js';\n"), 0);
  t.is(find("/*\n * Flushes.\n * Called by y.ts.\n */\nimport { a } from './a.js';\n"), 0);
  t.is(find("import { a } from './a.js';\n\n/** Flushes. */\n"), 1);
  t.is(find('/** Returns one. */\nexport function one(): number {}\n'), 1);
  t.is(find("#!/usr/bin/env node\n/** Starts all. */\n\nimport { a } from './a.js';\n"), 0);
  t.is(find('/** */\n\nconst a = 1;\n'), 1);
  t.is(find(''), 1);
  t.is(find('const a = 1;\n', 'test/x.test.ts'), 0);
  t.is(find('const a = 1;\n', 'lib/x.ts'), 1);
});

test('words are plain', (t) => {
  const find = (text: string): string[] => findIn(wordsArePlain, 'lib/mm/x.ts', text);
  t.deepEqual(find('\n/** Rings\n * whoever came\n * to the gate. */'), [
    'lib/mm/x.ts:3: "whoever". Name the thread, the CPU or the person.',
    'lib/mm/x.ts:3: "came to". Write "reaches", "arrives at" or "becomes".',
  ]);
  t.is(find("f('takes 3 ms of processor time');").length, 1);
  t.is(find('// The CPU is\n// told.').length, 1);
  t.deepEqual(find('const whoever = 1; // Signatures that are told apart; an exchange of CPUs; becomes a tomato'), []);
  t.deepEqual(findIn(wordsArePlain, 'test/x.test.ts', '// whoever'), []);
  t.is(findIn(wordsArePlain, 'docs/x.md', 'They run by turns.').length, 1);
});

test('exports have names of their own', (t) => {
  const a = { 'lib/a.ts': 'export const one = 1;', 'lib/index.ts': 'export const one = 2;' };
  t.deepEqual(exportsHaveNamesOfTheirOwn(fixture(a)), []);
  const findings = exportsHaveNamesOfTheirOwn(fixture({ ...a, 'lib/b.ts': '\nexport function one(): void {}' }));
  t.deepEqual(findings, ['lib/b.ts:2: one is also exported by lib/a.ts. Give one of them another name.']);
  t.deepEqual(exportsHaveNamesOfTheirOwn(fixture({ ...a, 'test/b.ts': 'export const one = 1;' })), []);
});
