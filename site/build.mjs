/** Makes the static site: pages of the documents, a reference of the SDK from its docstrings, then HTML. `npm run docs` calls it. */

import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DOCUMENTS, writePages } from './pages.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..');
const out = join(here, 'pages');

/** @param {string} folder */
const documentsIn = (folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`);

/** @param {string} bin @param {readonly string[]} args */
const run = (bin, args) =>
  execFileSync(process.execPath, [join(here, 'node_modules', bin), ...args], { cwd: here, stdio: 'inherit' });

rmSync(out, { recursive: true, force: true });
const pages = writePages(root, out, [...DOCUMENTS, ...documentsIn('docs'), ...documentsIn('examples')]);
console.log(`${pages.length} pages of documents and the files that they name`);
run('typedoc/bin/typedoc', ['--options', 'typedoc.json']);
run('vitepress/bin/vitepress.js', ['build', '.']);
console.log('site/.vitepress/dist has the site');
