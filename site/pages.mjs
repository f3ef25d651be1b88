/**
 * Makes the pages of the site from the documents of the repository. Used by build.mjs, and by the tests for what needs no
 * VitePress.
 *
 * Documents keep their place in the tree, so their links to each other stay as they are. A link to a source file leads to a
 * page that shows it.
 */

import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, posix } from 'node:path';

/** The documents, by their place in the repository. `docs` and `examples` are read as a whole. */
export const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'PERFORMANCE.md',
  'SECURITY.md',
  'stress/README.md',
  'lib/sharedarraybuffer-utils/README.md',
];

const LANGUAGES = {
  '.ts': 'ts',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.json': 'json',
  '.yaml': 'yaml',
  '.yml': 'yaml',
};
const LINK = /(\]\()([^)\s#]+)((?:#[^)\s]*)?\))/g;

/** Returns the page of a document: a folder's README is its index. @param {string} path */
export function pageOf(path) {
  return path.replace(/(^|\/)README\.md$/, '$1index.md');
}

/**
 * Rewrites the links of one document. Returns its text, and the files that it links to, as paths of the repository.
 * @param {string} path The document's own path.
 * @param {string} text
 * @returns {{ text: string, sources: string[], images: string[] }}
 */
export function rewriteLinks(path, text) {
  /** @type {string[]} */
  const sources = [];
  /** @type {string[]} */
  const images = [];
  const rewritten = text.replace(LINK, (whole, open, target, close) => {
    if (/^[a-z]+:/.test(target)) return whole;
    if (target.endsWith('.md')) return `${open}${pageOf(target)}${close}`;
    const file = posix.join(posix.dirname(path), target);
    if (target.endsWith('.svg') || target.endsWith('.png')) {
      images.push(file);
      return whole;
    }
    sources.push(file);
    return `${open}${target}.md${close}`;
  });
  return { text: rewritten, sources, images };
}

/** Returns the page that shows a source file. @param {string} path @param {string} text */
export function sourcePage(path, text) {
  const language = LANGUAGES[/** @type {keyof LANGUAGES} */ (extname(path))] ?? 'text';
  return `# ${posix.basename(path)}\n\n\`${path}\`\n\n\`\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\`\n`;
}

/**
 * Writes the pages of all documents, with what they link to. Throws Error for a link that leads nowhere.
 * @param {string} root The repository.
 * @param {string} out The folder of the pages.
 * @param {readonly string[]} documents
 * @returns {string[]} The pages.
 */
export function writePages(root, out, documents) {
  const pages = new Set(documents.map(pageOf));
  /** @param {string} path @param {string} text */
  const write = (path, text) => {
    mkdirSync(join(out, dirname(path)), { recursive: true });
    writeFileSync(join(out, path), text);
  };
  for (const path of documents) {
    const { text, sources, images } = rewriteLinks(path, readFileSync(join(root, path), 'utf8'));
    write(pageOf(path), text);
    for (const image of images) cpSync(join(root, image), join(out, image));
    for (const source of sources) {
      if (!statSync(join(root, source), { throwIfNoEntry: false })?.isFile())
        throw new Error(`${path}: links to ${source}, which is no file`);
      pages.add(`${source}.md`);
      write(`${source}.md`, sourcePage(source, readFileSync(join(root, source), 'utf8')));
    }
  }
  return [...pages];
}

/**
 * Reads the table of a page of links: the words of each link, and where it leads.
 * @param {string} path @param {string} text
 * @returns {{ text: string, link: string }[]}
 */
export function linksOf(path, text) {
  return [...text.matchAll(/\[([^\]]+)\]\(([^)\s#]+\.md)/g)].map(([, words, target]) => ({
    text: words.replaceAll('`', ''),
    link: `/${pageOf(posix.join(posix.dirname(path), target))}`,
  }));
}
