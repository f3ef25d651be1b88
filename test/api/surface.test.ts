/**
 * Goal: nothing that can be imported from the package comes or goes unseen.
 * Method: the names that each entry of package.json exports, values and types, against surface.txt beside this file's source.
 * A change that is meant is written there: UPDATE_SURFACE=1 npx ava dist/test/api/surface.test.js
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const ROOT = new URL('../../../', import.meta.url);
const SNAPSHOT = fileURLToPath(new URL('test/api/surface.txt', ROOT));

interface Entry {
  readonly types: string;
  readonly default: string;
}

/** Names that a declaration file exports, those of the files that it exports as a whole included. */
function declared(file: URL): string[] {
  const text = readFileSync(file, 'utf8');
  const lists = Array.from(text.matchAll(/^export (?:type )?\{([^}]*)\}/gm), ([, list]) => list.split(','));
  const listed = lists.flat().map(
    (name) =>
      name
        .trim()
        .replace(/^type /, '')
        .split(' as ')
        .at(-1) ?? '',
  );
  const own = Array.from(
    text.matchAll(/^export (?:declare )?(?:abstract )?(?:function|const|class|interface|type) (\w+)/gm),
    ([, name]) => name,
  );
  const wholes = Array.from(text.matchAll(/^export \* from '([^']*)\.js'/gm), ([, path]) =>
    declared(new URL(`${path}.d.ts`, file)),
  );
  return [...listed, ...own, ...wholes.flat()].filter((name) => name !== '');
}

test('what can be imported is what surface.txt says', async (t) => {
  const { exports } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
    exports: Record<string, Entry | string>;
  };
  const lines: string[] = [];
  for (const [path, entry] of Object.entries(exports)) {
    if (typeof entry === 'string') continue;
    const values = Object.keys((await import(new URL(entry.default, ROOT).href)) as object);
    const types = [...new Set(declared(new URL(entry.types, ROOT)))].filter((name) => !values.includes(name));
    lines.push(`racehammer${path.slice(1)}`);
    lines.push(...values.toSorted().map((name) => `  ${name}`), ...types.toSorted().map((name) => `  type ${name}`));
  }
  const surface = `${lines.join('\n')}\n`;
  if (process.env['UPDATE_SURFACE'] === '1') writeFileSync(SNAPSHOT, surface);
  t.true(existsSync(SNAPSHOT));
  t.is(surface, readFileSync(SNAPSHOT, 'utf8'));
});
