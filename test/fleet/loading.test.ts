/**
 * Goal: nobody but `fleet` loads the queue, its client and the schemas of its messages. Method: the imports of the whole tree are read.
 */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { importsOf } from '../tidy/imports.js';
import { readTree } from '../tidy/source.js';

const ONLY: Readonly<Record<string, RegExp>> = {
  bullmq: /^lib\/fleet\/engine\.ts$/,
  ioredis: /^lib\/fleet\/engine\.ts$/,
  zod: /^lib\/fleet\/(?:messages|messageTexts|tunings)\.ts$/,
};

test('the queue is loaded by one file, and that file by commands of a fleet alone', (t) => {
  const tree = readTree(fileURLToPath(new URL('../../../', import.meta.url))).filter(({ path }) =>
    /^(?:lib|workers|stress)\//.test(path),
  );
  const values = tree.flatMap((file) =>
    importsOf(file)
      .filter(({ isType }) => !isType)
      .map((one) => ({ ...one, path: file.path })),
  );
  for (const [name, allowed] of Object.entries(ONLY)) {
    const users = values.filter(({ specifier }) => specifier === name).map(({ path }) => path);
    t.true(users.length > 0, name);
    t.deepEqual(
      users.filter((path) => !allowed.test(path)),
      [],
      name,
    );
  }
  // What loads them is loaded when it is called: by the program, and by the bench.
  const isOurs = (path: string): boolean => /^lib\/(?:fleet|cli\/fleet|bench\/fleet)\//.test(path);
  const entries = tree
    .filter(({ path }) => !isOurs(path))
    .flatMap((file) =>
      importsOf(file).map(({ target, line, isType }) => ({ path: file.path, target, line, isType, text: file.text })),
    )
    .filter(({ target, isType }) => target !== undefined && isOurs(target) && !isType);
  const users = [...new Set(entries.map(({ path }) => path))];
  t.deepEqual(users.toSorted(), ['lib/bench/bench.ts', 'lib/cli/program.ts']);
  for (const { path, line, text } of entries)
    t.regex(text.split('\n')[line - 1], /(?:await|return|=>) import\('/, path);
});
