import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One file of the tree: its path from the root of the repository, with slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A rule looks at the whole tree and returns one line per finding: where, what is wrong, what to do instead. */
export type Rule = (files: readonly SourceFile[]) => string[];

/** AssemblyScript: another language with the same file ending. */
const NOT_TYPESCRIPT = 'lib/machine/assembly/';

/** Whether a file is TypeScript. */
export function isSource(path: string): boolean {
  return /\.c?ts$/.test(path);
}

/** Pages beside those of `docs/`. CONTRIBUTING.md lists the words that are not used, and CHANGELOG.md says what was. */
const PAGES = ['ARCHITECTURE.md', 'PERFORMANCE.md', 'README.md', 'SECURITY.md'];

/** Reads what the rules look at: every TypeScript file of the four source folders, the catalogue of the races, and the pages. */
export function readTree(root: string): SourceFile[] {
  const pages = [...PAGES, ...walk(root, 'docs').filter((path) => path.endsWith('.md'))];
  const files: SourceFile[] = pages.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
  for (const top of ['lib', 'workers', 'stress', 'test']) {
    for (const path of walk(root, top)) {
      if (path.startsWith(NOT_TYPESCRIPT)) continue;
      if (isSource(path) || path === 'stress/README.md')
        files.push({ path, text: readFileSync(join(root, path), 'utf8') });
    }
  }
  return files;
}

function walk(root: string, folder: string): string[] {
  const entries = (() => {
    try {
      return readdirSync(join(root, folder), { withFileTypes: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  })();
  return entries
    .flatMap((entry) => (entry.isDirectory() ? walk(root, `${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
    .toSorted();
}

/** The TypeScript files that lie in one of the folders. */
export function within(files: readonly SourceFile[], ...folders: string[]): SourceFile[] {
  return files.filter(({ path }) => isSource(path) && folders.some((folder) => path.startsWith(`${folder}/`)));
}

/** The line of a position in a text, counted from one. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
