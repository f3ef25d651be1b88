import { posix } from 'node:path';
import { mask } from './mask.js';
import { lineAt, type Rule } from './source.js';

/** A TypeScript file as comments name it: `lib/cli/output.ts`, `ipi.ts`. Names with a placeholder are none. */
const NAMED = /(?<![\w<>*./-])((?:[\w-]+\/)*[\w.-]+\.c?ts)\b/g;

/** No comment names a file that does not exist: whoever reads it would look for it in vain. */
export const commentsNameFilesThatExist: Rule = (files) => {
  const paths = files.map(({ path }) => path);
  const exists = (name: string): boolean => paths.some((path) => path === name || path.endsWith(`/${name}`));
  return files
    .filter(({ path }) => !path.endsWith('.md'))
    .flatMap((file) => {
      const { comments } = mask(file.text);
      return Array.from(comments.matchAll(NAMED))
        .filter(([name]) => !exists(name) && !exists(posix.join(posix.dirname(file.path), name)))
        .filter(([name]) => !name.endsWith('.d.ts') && !name.startsWith('assembly/'))
        .map(({ 0: name, index }) => {
          return `${file.path}:${lineAt(comments, index)}: ${name} does not exist. Name the file that it means.`;
        });
    });
};
