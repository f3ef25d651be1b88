/** The rules that a file of the harness runs on the side that its folder names. Parts of test/tidy.test.ts. */

import { importsOf } from './imports.js';
import type { Rule } from './source.js';

/** Folders of the harness by the side on which they run. */
const HOST = ['host', 'watch', 'replay'];
const SIDES: Readonly<Record<string, 'host' | 'cpu'>> = {
  ...Object.fromEntries(HOST.map((folder) => [folder, 'host'])),
  cpu: 'cpu',
};

function sideOf(path: string): 'host' | 'cpu' | undefined {
  return SIDES[/^lib\/harness\/([^/]+)\//.exec(path)?.[1] ?? ''];
}

/** Values come from the same side, or from the files above the folders, which both read; types may come from the other. */
export const sidesAreKept: Rule = (files) =>
  files.flatMap((file) => {
    const side = sideOf(file.path);
    if (side === undefined) return [];
    return importsOf(file).flatMap(({ line, specifier, target, isType }) => {
      const other = target === undefined ? undefined : sideOf(target);
      if (isType || other === undefined || other === side) return [];
      return [
        `${file.path}:${line}: runs on the side of the ${side}, and ${specifier} on that of the ${other}. Move what both need into lib/harness.`,
      ];
    });
  });

/** A CPU's thread loads no file of the host's side, by whatever way: each of its modules is loaded once for each CPU. */
export const threadsLoadNoHost: Rule = (files) => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const found: string[] = [];
  const seen = new Set<string>();
  const follow = (path: string): void => {
    const file = byPath.get(path);
    if (file === undefined || seen.has(path)) return;
    seen.add(path);
    for (const { line, target, isType } of importsOf(file)) {
      if (isType || target === undefined) continue;
      if (sideOf(target) === 'host')
        found.push(
          `${path}:${line}: is loaded by each CPU's thread, and so is ${target}. Move what it needs into lib/harness.`,
        );
      else follow(target);
    }
  };
  for (const { path } of files) if (sideOf(path) === 'cpu') follow(path);
  return found;
};
