/**
 * Goal: rewritten code does what it did, and its accesses of elements are seen. Method: pieces of code, run as they are and rewritten, over
 * objects that note what is done to them and in which order; and over arrays that somebody looks at.
 */
import { runInThisContext } from 'node:vm';
import * as acorn from 'acorn';
import test from 'ava';
import { plainAccesses } from '../../lib/instrument/plain.js';
import { rewrite } from '../../lib/instrument/rewrite.js';

const accesses = plainAccesses();

const PIECES: readonly string[] = [
  'a[i()]',
  'a[i()] = v()',
  'o()[i()] = v()',
  'a[i()] += v()',
  'a[key] += 1',
  'a[key]',
  'a[key] = 1',
  'a[i()] **= 2',
  'a[i()]++',
  '++a[i()]',
  'a[i()]-- - --a[1]',
  'big[0]++, big[0]',
  'a[(log("x"), 1)]',
  '(log("y"), a)[i()]',
  'a[i()] = (log("z"), 3)',
  'a[0] = a[1] = v()',
  'a[i()] += a[a[0]]',
  'a[i()] ??= v()',
  'a[0] &&= v()',
  'a?.[i()]',
  'none?.[i()]',
  'none?.[i()].b.c',
  'a?.[1]?.[i()]',
  'o()?.[i()]',
  'f[0](1)',
  'f[0]`x`',
  'new f[1](2).x',
  'new (f[1])(3).x',
  'delete a[i()], a[0]',
  'typeof a[9]',
  '[a[0], a[1]] = [a[1], a[0]], a.join()',
  '({ x: a[0], y: [a[1] = 5] } = { x: 8, y: [] }), a.join()',
  '(() => { for (a[0] of [4, 6]); for (a[1] in { k: 1 }); return a.join(); })()',
  '((b, [c = a[1]] = []) => b[0] + c)(a)',
  '({ get [a[0]]() { return a[1]; } })[a[0]]',
  'words["length"] + a["0"]',
  '`${a[0]}${a[i()]}`',
  '[...a].map((x, n) => a[n] + x).join()',
  'a[0] /* one ] */ [/* two */ "toFixed"](1)',
  'a [ 0 ]\n  = a\n[ 1 ]\n+ 2',
  '(class { static x = a[1]; #p = a[0]; get() { return this.#p; } static y = new this().get(); }).y',
  'words[0] = 7, words[1] += words[0], words[-1] = 3, words[9] = 1, [...words, words[-1], words[9]].join()',
  'words[0] = "5", words[0]++',
  'frozen[0] = 2, frozen[0]',
  'null[i()] = v()',
  'undefined[i()]',
  'undefined[i()] += v()',
  'text[1] = 2, text[1]',
];

/** Runs a piece over new objects; returns what it was, what it logged, and what it threw. */
function outcomeOf(code: string): string {
  const logged: string[] = [];
  const log = <T>(what: T): T => (logged.push(String(what)), what);
  const array = [2, 3];
  const a = new Proxy(array, {
    get: (target, key) => (logged.push(`get ${String(key)}`), Reflect.get(target, key) as unknown),
    set: (target, key, value) => (logged.push(`set ${String(key)} ${String(value)}`), Reflect.set(target, key, value)),
  });
  const scope = {
    log,
    a,
    o: () => log('o') && a,
    i: () => (log('i'), 0),
    v: () => (log('v'), 4),
    key: { toString: () => (log('key'), '1') },
    none: null,
    f: [
      (x: unknown) => `f${String(x)}`,
      function F(this: { x: unknown }, x: unknown) {
        this.x = x;
      },
    ],
    big: [5n],
    words: new Int32Array(new SharedArrayBuffer(8)),
    frozen: Object.freeze([1]),
    text: 'abc',
  };
  const call = runInThisContext(`(function (${Object.keys(scope).join()}) { return (${code}\n); })`) as (
    ...args: unknown[]
  ) => unknown;
  let result: string;
  try {
    result = String(call(...Object.values(scope)));
  } catch (error) {
    result = (error as Error).name;
  }
  return JSON.stringify([result, logged, array, [...scope.words]]);
}

test('rewritten code does what it did: values, order, exceptions, lines', (t) => {
  for (const piece of PIECES) {
    const [script] = [rewrite(acorn, `(${piece}\n)`, 'script')];
    t.is(outcomeOf(script), outcomeOf(`(${piece}\n)`), piece);
    t.is(script.split('\n').length, piece.split('\n').length + 1, piece);
    const strict = rewrite(acorn, `'use strict';(${piece}\n)`, 'script');
    t.notThrows(() => acorn.parse(strict, { ecmaVersion: 'latest' }), piece);
  }
});

test('code that is strict throws where it may not store, other code goes on', (t) => {
  const run = (head: string): unknown =>
    runInThisContext(rewrite(acorn, `${head}var x = Object.freeze([1]); x[0] = 2; x[0]`, 'script')) as unknown;
  t.is(run(''), 1);
  t.throws(() => run("'use strict';"), { instanceOf: TypeError });
});

test('elements of arrays of integers are seen by who looks, by each kind of access; nothing else is', (t) => {
  const seen: string[] = [];
  const words = new Int32Array(4);
  accesses.watch = {
    sees: (array) => array === words,
    load: (_, index) => (seen.push(`load ${index}`), words[index]),
    store: (_, index, value) => void (seen.push(`store ${index} ${String(value)}`), (words[index] = value as number)),
  };
  t.teardown(() => (accesses.watch = null));
  const code =
    'w[0] = 1; w[1] += w[0]; w[2]++; --w[2]; w?.[1]; other[0] = 2; w.length; w["length"]; w[-1]; w[4] = 1; w[1.5]; w[0] + other[0]';
  const run = runInThisContext(
    `(function (w, other) { return ${rewrite(acorn, `(() => { ${code.replace(/; ([^;]*)$/, '; return $1')} })()`, 'script')}; })`,
  ) as (...arrays: Int32Array[]) => unknown;
  t.is(run(words, new Int32Array(4)), 3);
  t.deepEqual(seen, [
    'store 0 1',
    'load 1',
    'load 0',
    'store 1 1',
    'load 2',
    'store 2 1',
    'load 2',
    'store 2 0',
    'load 1',
    'load 0',
  ]);
});
