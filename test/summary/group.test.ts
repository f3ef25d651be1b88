// Goal: test files in one thread are as good as each in its own: no title, hook or broken file of one is another's. Method: a
// chain that only notes what reaches ava.

import test from 'ava';
import { declareAll, loadFiles, noting, type Chain, type Declared } from './group.js';
import { groupsOf } from './groups.js';

/** A chain as ava's, and what was declared with it, as `test.serial a › title`. */
function fakeAva(): { chain: Chain; calls: string[] } {
  const calls: string[] = [];
  const link = (name: string): Chain =>
    new Proxy((() => {}) as unknown as Chain, {
      apply: (_target, _this, [first]: unknown[]) =>
        void calls.push(typeof first === 'string' ? `${name} ${first}` : name),
      get: (_target, next) => link(`${name}.${String(next)}`),
    });
  return { chain: link('test'), calls };
}

function declare(...declared: Declared[]): string[] {
  const { chain, calls } = fakeAva();
  declareAll(
    chain,
    new Map([
      ['a', declared],
      ['b', [{ names: [], args: ['one', () => {}] }]],
    ]),
  );
  return calls;
}

const nothing = (): void => {};

test('a test has its file in front of its title, and waits for those before it', (t) => {
  t.deepEqual(declare({ names: [], args: ['one', nothing] }, { names: ['serial'], args: ['two', nothing] }), [
    'test.serial a › one',
    'test.serial a › two',
    'test.serial b › one',
  ]);
});

test('what removes things at the end stays at the end', (t) => {
  t.deepEqual(declare({ names: ['after', 'always'], args: [nothing] }), ['test.after.always', 'test.serial b › one']);
});

test('a hook before or around the tests of one file would be one of all', (t) => {
  for (const names of [['before'], ['serial', 'before'], ['beforeEach'], ['afterEach', 'always']])
    t.throws(() => declare({ names, args: [nothing] }), { message: /^a: .* runs alone/ }, names.join('.'));
  t.throws(() => declare({ names: [], args: [nothing] }), { message: /^a: a test begins with its title$/ });
});

test('what a file declares is noted and not declared', (t) => {
  const { chain, calls } = fakeAva();
  const noted: Declared[] = [];
  const test2 = noting(chain, (declared) => noted.push(declared)) as unknown as typeof test;
  test2('one', nothing as never);
  test2.serial('two', nothing as never);
  test2.after.always(nothing as never);
  t.deepEqual(
    noted.map(({ names }) => names.join('.')),
    ['', 'serial', 'after.always'],
  );
  t.deepEqual(calls, []);
});

test('a file that cannot be loaded is a failed test of its own, and the others run', async (t) => {
  const refs = { runnerChain: fakeAva().chain };
  const noted = await loadFiles(refs, ['a', 'b'], async (file) => {
    if (file === 'a') throw new Error('no such export');
    await Promise.resolve();
    refs.runnerChain('one', nothing);
  });
  t.deepEqual([...noted.keys()], ['a', 'b']);
  const [broken] = noted.get('a')!;
  t.is(broken.args[0], 'is loaded');
  await t.throwsAsync(broken.args[1] as () => Promise<void>, { message: 'no such export' });
  t.deepEqual(
    noted.get('b')!.map(({ args }) => args[0]),
    ['one'],
  );
});

test('the files of a folder are a group, and those of small ones are one; those of the command line, and with hooks, run alone', (t) => {
  const texts: Readonly<Record<string, string>> = { 'report/hooked': 'test.before(async () => {' };
  const many = Array.from({ length: 10 }, (_, i) => `report/page/${i}`);
  const files = [
    'tidy',
    'lock',
    'e2e/run',
    'harness/host/pool',
    'js/a',
    'js/b.race',
    ...many,
    'report/hooked',
    'soak/row',
  ];
  t.deepEqual(Object.fromEntries(groupsOf(files, (file) => texts[file] ?? 'test.after.always(() => {});')), {
    tidy: ['tidy'],
    'e2e/run': ['e2e/run'],
    'report/hooked': ['report/hooked'],
    report: many,
    'harness/host': ['harness/host/pool'],
    js: ['js/b.race'],
    small: ['js/a', 'lock', 'soak/row'],
  });
});
