/**
 * Goal: the commands of README and docs run, end and print as their pages say; links lead to files and headings that there are.
 * Method: each page with `console` blocks, its commands in a folder of their own; the links of all pages.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { ROOT, blocksOf, faultsOf } from './consoleBlocks.js';

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'examples/README.md',
  'stress/README.md',
  ...docs('docs'),
];
const RUN = ['README.md', ...docs('docs')].filter((page) =>
  blocksOf(textOf(page)).some(({ language }) => language === 'console'),
);

function docs(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return docs(path);
    return path.endsWith('.md') ? [path] : [];
  });
}

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  return Array.from(textOf(page).matchAll(/^#+ (.*)$/gm), ([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

for (const page of RUN) {
  test.serial(`the commands of ${page} do what it shows`, async (t) => {
    t.timeout(180_000);
    t.deepEqual(await faultsOf(page), []);
  });
}

test('links lead to files and headings that there are', (t) => {
  for (const page of PAGES)
    for (const [, link] of textOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [path, anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      t.true(existsSync(join(ROOT, target)), `${page}: ${link}: there is no ${target}`);
      if (anchor !== undefined) t.true(anchorsOf(target).includes(anchor), `${page}: ${link}: no such heading`);
    }
});

test('the test command of README is what the build runs', (t) => {
  const run = /^(npm ci && .*)$/m.exec(textOf('.ci/run'))?.[1];
  t.is(run, 'npm ci && npm test');
  t.true(textOf('README.md').includes(`\n    ${run}\n`));
});
