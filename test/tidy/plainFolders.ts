import { within, type SourceFile } from './source.js';

/** Folders whose files say what they are for, in plain words. A folder is added when all of its files do. */
export const PLAIN_FOLDERS: readonly string[] = [
  'lib/api',
  'lib/arch',
  'lib/bench',
  'lib/doctor',
  'lib/evidence',
  'lib/harness',
  'lib/kernel',
  'lib/machine',
  'lib/mm',
  'lib/race',
  'lib/report',
  'lib/run',
  'lib/sdk',
  'lib/sharedarraybuffer-utils',
  'lib/soak',
  'lib/statistics',
  'lib/tune',
  'stress',
  'workers',
];

/** Returns the files of those folders, and those of lib/ that lie in no folder of it: what is imported by users. */
export function plainFiles(files: readonly SourceFile[]): SourceFile[] {
  const entries = within(files, 'lib').filter(({ path }) => path.split('/').length === 2);
  return [...entries, ...within(files, ...PLAIN_FOLDERS)];
}
