import { within, type SourceFile } from './source.js';

/** Returns the files that say what they are for, in plain words. */
export function plainFiles(files: readonly SourceFile[]): SourceFile[] {
  return within(files, 'lib', 'stress', 'workers');
}
