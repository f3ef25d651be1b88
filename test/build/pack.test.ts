/**
 * Goal: packed modules are the modules that they were: one instance for all who import them, with their addresses and names;
 * packed declarations declare what they did.
 * Method: small trees of modules in folders of their own, packed and then imported on this thread.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { folder } from '../soak/rows.js';

type Pack = (task: {
  readonly folder: string;
  readonly into: string;
  readonly packs: Readonly<Record<string, readonly string[]>>;
  readonly isPacked: (path: string) => boolean;
  readonly ownPack?: (path: string) => string | undefined;
  readonly importers?: readonly string[];
}) => Promise<void>;

const BUILD = new URL('../../../build/', import.meta.url).href;
const { pack } = (await import(`${BUILD}pack.mjs`)) as { readonly pack: Pack };
const { packTypes } = (await import(`${BUILD}packTypes.mjs`)) as {
  readonly packTypes: (folder: string, entries: readonly string[]) => void;
};

const TREE = {
  'lib/a/one.js': "import './four.js';\nimport { two } from './in/two.js';\nexport const one = [two];\n",
  'lib/a/in/two.js': "import { three } from '../../b/three.js';\nexport const two = { three, url: import.meta.url };\n",
  'lib/a/four.js': "export const at = new URL('../b/three.js', import.meta.url).href;\n",
  'lib/b/three.js': 'export const three = {};\nexport function fails() {\n  throw new Error("3");\n}\n',
  'lib/b/later.js': "export const later = import('./three.js');\n",
  'user.js': "import { three } from './lib/b/three.js';\nexport { three };\n",
};

function write(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const root = folder(t);
  for (const [path, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** Packs a tree, what is in `own` by itself; returns a function that imports a file of it. */
async function packed(t: ExecutionContext, files: Readonly<Record<string, string>>, own = 'none') {
  const root = write(t, files);
  await pack({
    folder: root,
    into: 'lib',
    packs: { packed: ['lib/a/one.js'] },
    isPacked: (path) => path.startsWith('lib/'),
    ownPack: (path) => (path.startsWith(`${own}/`) ? `${own}/packed` : undefined),
    importers: ['user.js'],
  });
  return {
    root,
    load: async (path: string) => (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>,
  };
}

for (const [what, own] of [
  ['one file', 'none'],
  ['one file beside a folder with its own', 'lib/b'],
] as const)
  test(`there is ${what}, and each module is one instance`, async (t) => {
    const { root, load } = await packed(t, TREE, own);
    const { one } = await load('lib/a/one.js');
    const { two } = await load('lib/a/in/two.js');
    const { three } = await load('lib/b/three.js');
    t.deepEqual(one, [two]);
    t.is((one as unknown[])[0], two);
    t.is((two as { three: unknown }).three, three);
    t.is((await load('lib/packed.js'))['two'], two);
    t.is((await load('user.js'))['three'], three);
    t.regex(readFileSync(join(root, 'user.js'), 'utf8'), own === 'lib/b' ? /lib\/b\/packed\.js/ : /lib\/packed\.js/);
    t.is(((await (await load('lib/b/later.js'))['later']) as Record<string, unknown>)['three'], three);
    t.is(
      readFileSync(join(root, 'lib/b/later.js'), 'utf8'),
      TREE['lib/b/later.js'],
      'what no entry loads is left alone',
    );
  });

test('a packed module keeps its address, and a folder with a pack of its own its frames', async (t) => {
  const { root, load } = await packed(t, TREE, 'lib/b');
  const { two } = await load('lib/a/in/two.js');
  t.is((two as { url: string }).url, pathToFileURL(join(root, 'lib/a/in/two.js')).href);
  t.is((await load('lib/a/four.js'))['at'], pathToFileURL(join(root, 'lib/b/three.js')).href);
  t.regex(readFileSync(join(root, 'lib/packed.js'), 'utf8'), /new URL\('\.\/b\/three\.js', import\.meta\.url\)/);
  const { fails } = await load('lib/b/three.js');
  const { stack = '' } = t.throws(fails as () => void);
  t.regex(stack, /at fails \(.*lib\/b\//);
});

test('a pack that needs an importer leaves it where it is', async (t) => {
  const { root, load } = await packed(t, {
    ...TREE,
    'user.js': 'export const own = 1;\n',
    'lib/a/four.js': "import { own } from '../../user.js';\nexport const at = own;\n",
  });
  t.is((await load('lib/a/four.js'))['at'], 1);
  t.regex(readFileSync(join(root, 'user.js'), 'utf8'), /const own = 1/);
});

test('packs that need each other to load are refused', async (t) => {
  const files = {
    'lib/a/one.js': "import { two } from '../b/two.js';\nexport const one = [two];\n",
    'lib/b/two.js': "import { four } from '../a/four.js';\nexport const two = [four];\n",
    'lib/a/four.js': 'export const four = 4;\n',
    'user.js': '',
  };
  await t.throwsAsync(packed(t, files, 'lib/b'), { message: /[Cc]ircular/ });
});

const TYPES = {
  'lib/index.d.ts': "export * from './a/one.js';\nexport type { B } from './b/in/two.js';\n",
  'lib/a/one.d.ts':
    "import type { B } from '../b/in/two.js';\nimport { LINE, type Own } from './own.js';\n" +
    'declare const hidden: unique symbol;\nexport interface One {\n    b: B;\n    [hidden]: Own;\n    line: typeof LINE;\n}\n' +
    'export type { Own };\nexport {};\n//# sourceMappingURL=one.d.ts.map',
  'lib/a/own.d.ts':
    'export declare const LINE: import("../b/in/two.js").B;\nexport type Own = 1;\nexport { three } from \'../b/three.js\';\n',
  'lib/a/unused.d.ts': 'export type Unused = 1;\n',
  'lib/b/in/two.d.ts': "import { three } from '../three.js';\nexport type B = typeof three;\nexport { three };\n",
  'lib/b/three.d.ts': 'export declare const three = 3;\n',
};

test('declarations of a folder become one file, as far as an entry reaches them', (t) => {
  const root = write(t, TYPES);
  packTypes(root, ['lib/index.d.ts']);
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  t.is(read('lib/index.d.ts'), "export * from './a/types.js';\nexport type { B } from './b/types.js';\n");
  t.is(
    read('lib/a/types.d.ts'),
    "import { B } from '../b/types.js';\n" +
      'declare const hidden: unique symbol;\nexport interface One {\n    b: B;\n    [hidden]: Own;\n    line: typeof LINE;\n}\n' +
      'export declare const LINE: import("../b/types.js").B;\nexport type Own = 1;\nexport { three } from \'../b/types.js\';\nexport {};\n',
  );
  t.is(read('lib/b/types.d.ts'), 'export type B = typeof three;\nexport declare const three = 3;\nexport {};\n');
});

test('names of a folder that differ by module alone are refused', (t) => {
  const twice = { ...TYPES, 'lib/a/own.d.ts': 'export declare const LINE = 1;\nexport interface One {\n}\n' };
  t.throws(() => packTypes(write(t, twice), ['lib/index.d.ts']), { message: /lib\/a\/own\.d\.ts and .* declare One/ });
  const other = {
    ...TYPES,
    'lib/a/own.d.ts':
      "import type { A as B } from '../b/three.js';\nexport declare const LINE: B;\nexport type Own = B;\n",
  };
  t.throws(() => packTypes(write(t, other), ['lib/index.d.ts']), {
    message: /lib\/a\/types\.d\.ts: B is imported from/,
  });
});
