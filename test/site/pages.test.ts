/**
 * Goal: the pages of the site are those of the repository, and a link of theirs leads to a page or a picture.
 * Method: the pages are written to a folder; the links of each are followed there.
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';

interface Pages {
  readonly DOCUMENTS: readonly string[];
  rewriteLinks(path: string, text: string): { text: string; sources: string[]; images: string[] };
  sourcePage(path: string, text: string): string;
  writePages(root: string, out: string, documents: readonly string[]): string[];
  linksOf(path: string, text: string): { text: string; link: string }[];
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const pages = (await import(new URL('../../../site/pages.mjs', import.meta.url).href)) as Pages;

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'racehammer-site-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

test('links to documents stay, a README is the index of its folder, a source file has a page', (t) => {
  const { text, sources, images } = pages.rewriteLinks(
    'docs/a.md',
    '[b](b.md) [c](../README.md#top) [d](../stress/x/race.ts) ![e](images/e.svg) [f](https://example.org/g.ts)',
  );
  t.is(
    text,
    '[b](b.md) [c](../index.md#top) [d](../stress/x/race.ts.md) ![e](images/e.svg) [f](https://example.org/g.ts)',
  );
  t.deepEqual(sources, ['stress/x/race.ts']);
  t.deepEqual(images, ['docs/images/e.svg']);
});

test('the page of a source file shows it whole, whatever fences are in it', (t) => {
  const page = pages.sourcePage('examples/x.mjs', '// ```\nlet a;\n');
  t.true(page.includes('`examples/x.mjs`'));
  t.true(page.includes('````js\n// ```\nlet a;\n````\n'));
});

test('a link to what is no file is an error that names both', (t) => {
  const from = folder(t);
  writeFileSync(join(from, 'a.md'), '[b](b.ts)');
  t.throws(() => pages.writePages(from, folder(t), ['a.md']), { message: 'a.md: links to b.ts, which is no file' });
});

test('each link of each document leads to a page or a picture', (t) => {
  const documents = ['docs', 'examples'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => posix.join(top, name)),
  );
  const out = folder(t);
  const written = pages.writePages(root, out, [...pages.DOCUMENTS, ...documents]);
  t.true(written.length > documents.length);
  for (const page of written) {
    const text = readFileSync(join(out, page), 'utf8');
    if (!page.endsWith('.md') || /\.\w+\.md$/.test(page)) continue;
    for (const [, target] of text.matchAll(/\]\(([^)\s#]+)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      t.true(existsSync(join(out, posix.join(posix.dirname(page), target))), `${page}: ${target}`);
    }
  }
});

test('the side bar has the links of docs/README.md', (t) => {
  const links = pages.linksOf('docs/README.md', readFileSync(join(root, 'docs/README.md'), 'utf8'));
  t.true(links.some(({ text, link }) => text === 'tutorial' && link === '/docs/tutorial.md'));
  t.true(links.some(({ link }) => link === '/ARCHITECTURE.md'));
});
