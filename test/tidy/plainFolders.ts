import { within, type SourceFile } from './source.js';

/** Folders whose files say what they are for, in plain words. */
export const PLAIN_FOLDERS: readonly string[] = ['lib', 'stress', 'workers'];

/** Returns the files of those folders, and those of lib/ that lie in no folder of it: what is imported by users. */
export function plainFiles(files: readonly SourceFile[]): SourceFile[] {
  const entries = within(files, 'lib').filter(({ path }) => path.split('/').length === 2);
  return [...entries, ...within(files, ...PLAIN_FOLDERS)];
}
