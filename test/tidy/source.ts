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

/** Reads what the rules look at: every TypeScript file of the four source folders, and the catalogue of the races. */
export function readTree(root: string): SourceFile[] {
  const files: SourceFile[] = [];
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
