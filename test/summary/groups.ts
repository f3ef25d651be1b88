/** Says which test files share a thread of ava, and writes the files that ava is given for them. Called by summary.ts. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folders below these make groups of their own; those of other folders are one group. */
const DIVIDED = /^(?:harness)$/;

/** Files that run alone whatever they declare: their tests wait, and run side by side, or take so long that another core shall have the rest. */
const ALONE = /^(?:e2e\/|[^/]+$)/;

/** Hooks of a file would be those of the whole group. */
const HOOKS = /^test\.(?:serial\.)?(?:before|beforeEach|afterEach)\b/m;

/** Returns the files of each group, paths below dist/test without `.test.js`. A group has the name of a folder, or of its only file. */
export function groupsOf(files: readonly string[], textOf: (file: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const file of files.toSorted()) {
    const group = ALONE.test(file) || HOOKS.test(textOf(file)) ? file : folderOf(file);
    groups.set(group, [...(groups.get(group) ?? []), file]);
  }
  return groups;
}

function folderOf(file: string): string {
  const [first, second, third] = file.split('/');
  return DIVIDED.test(first) && third !== undefined ? `${first}/${second}` : first;
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
  const members = files.map((file) => file.slice(group.length + 1));
  return [
    `import { runGroup } from '${up}test/summary/group.js';`,
    `await runGroup(new URL('${up}test/${group}/', import.meta.url), ${JSON.stringify(members)});\n`,
  ].join('\n');
}
