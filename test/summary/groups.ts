/** Says which test files share a thread of ava, and writes the files that ava is given for them. Called by summary.ts. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folders below these make groups of their own: some of their tests count the threads that their process keeps. */
const DIVIDED = /^harness$/;

/** Files that run alone whatever they declare: their tests wait, and run side by side, or take so long that another core shall have the rest. */
const ALONE = /^(?:e2e\/|fleet\/worker\.slow$|schema$|tidy$)/;

/** Stay with their folder: what hammers leaves more behind in its thread, and what is slow shall end beside the others. */
const LONG = /\.(?:race|slow)$/;

/** Folders of fewer files are one group: a thread costs 0.2 CPU seconds, as much as the tests of some files. */
const FILES_LEAST = 10;
const SMALL = 'small';

/** Hooks of a file would be those of the whole group. */
const HOOKS = /^test\.(?:serial\.)?(?:before|beforeEach|afterEach)\b/m;

/**
 * Returns the files of each group, paths below dist/test without `.test.js`. A group has the name of a folder, or of its only file, or is
 * that of small folders.
 */
export function groupsOf(files: readonly string[], textOf: (file: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  const add = (group: string, file: string): unknown => groups.set(group, [...(groups.get(group) ?? []), file]);
  const shared: string[] = [];
  for (const file of files.toSorted())
    if (ALONE.test(file) || HOOKS.test(textOf(file))) add(file, file);
    else shared.push(file);
  const short = shared.filter((file) => !LONG.test(file));
  for (const file of shared) {
    const folder = folderOf(file);
    const isSmall = short.filter((other) => folderOf(other) === folder).length < FILES_LEAST;
    const joins = isSmall && !LONG.test(file) && !DIVIDED.test(folder.split('/')[0]);
    add(joins || folder === '' ? SMALL : folder, file);
  }
  return groups;
}

/** Returns the folder of the group, below dist/test; empty for a file that lies in none. */
function folderOf(file: string): string {
  const [first, ...others] = file.split('/');
  if (others.length === 0) return '';
  return DIVIDED.test(first) && others.length > 1 ? `${first}/${others[0]}` : first;
}

/** Writes a file for each group in a folder of dist/groups, which holds nothing else; returns their paths. `files` are paths below dist/test. */
export function writeGroups(root: string, folder: string, files: readonly string[]): string[] {
  rmSync(join(root, GROUPS, folder), { recursive: true, force: true });
  const names = files.map((file) => file.replace(/\.test\.js$/, ''));
  const groups = groupsOf(names, (file) => readFileSync(join(root, 'dist/test', `${file}.test.js`), 'utf8'));
  return Array.from(groups, ([group, members]) => {
    const path = `${join(GROUPS, folder, group)}.js`;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), textOfGroup(group, members));
    return path;
  });
}

/** Where ava.config.mjs looks for groups. */
const GROUPS = 'dist/groups';

function textOfGroup(group: string, files: readonly string[]): string {
  const up = '../'.repeat(1 + group.split('/').length);
  if (files[0] === group) return `import '${up}test/${group}.test.js';\n`;
  const folder = group === SMALL ? '' : `${group}/`;
  const members = files.map((file) => file.slice(folder.length));
  return [
    `import { runGroup } from '${up}test/summary/group.js';`,
    `await runGroup(new URL('${up}test/${folder}', import.meta.url), ${JSON.stringify(members)});\n`,
  ].join('\n');
}
