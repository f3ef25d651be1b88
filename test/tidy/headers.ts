import { mask } from './mask.js';
import { plainFiles } from './plainFolders.js';
import type { Rule, SourceFile } from './source.js';

/** A comment at the very beginning, and what stands behind it. */
const HEADER = /^(?:#!.*\n)?\/\*[\s\S]*?\*\/\n(?<behind>.*)/;

/** A file begins with what it is for and who calls it: a comment of its own, not that of its first declaration. */
export const filesSayWhatTheyAreFor: Rule = (files) =>
  plainFiles(files)
    .filter((file) => !hasHeader(file))
    .map(({ path }) => {
      return `${path}:1: does not begin with a comment and an empty line. Say in it what the file is for, and who calls it.`;
    });

function hasHeader({ text }: SourceFile): boolean {
  const header = HEADER.exec(text);
  if (header === null || mask(header[0]).comments.replace(/[\s/*]/g, '') === '') return false;
  const { behind } = header.groups!;
  return behind === '' || behind.startsWith('import ');
}
