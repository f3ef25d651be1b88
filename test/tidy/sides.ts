/** The rule that a file of the harness runs on the side that its folder names. Part of test/tidy.test.ts. */

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
