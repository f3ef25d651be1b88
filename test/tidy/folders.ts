import { posix } from 'node:path';
import { importsOf } from './imports.js';
import { isSource, type Rule } from './source.js';

/** The folders of a layer, and the folders of the same layer that each may import from. */
interface Inside {
  readonly folders: Readonly<Record<string, readonly string[]>>;
  /** Files that every folder may import, wherever they lie. */
  readonly open: RegExp;
  /** The file that may import everything. */
  readonly entry: string | undefined;
}

const PAGE = ['format', 'html'];

const LAYERS: Readonly<Record<string, Inside>> = {
  'lib/report': {
    folders: {
      format: [],
      html: ['format'],
      words: ['format'],
      litmus: PAGE,
      run: ['litmus', 'words', ...PAGE],
      verify: ['run', 'words', 'format'],
      soak: ['run', 'words', ...PAGE],
      comparison: ['words', 'format'],
      tune: ['run', 'words', ...PAGE],
      bench: ['format'],
      replay: ['words', 'format'],
      explore: ['words', 'format'],
      page: ['run', 'verify', 'soak', 'comparison', 'words', ...PAGE],
    },
    // The type of a document holds types of others: a verification has runs.
    open: /^lib\/report\/\w+\/document\.ts$/,
    entry: undefined,
  },
  'lib/cli': {
    folders: {
      options: [],
      bench: ['options'],
      compare: ['options'],
      completion: ['options'],
      doctor: ['options'],
      explain: ['options'],
      explore: ['options', 'run'],
      fleet: ['options', 'soak', 'page', 'metrics'],
      init: ['options'],
      list: ['options', 'explain'],
      litmus: ['options'],
      replay: ['options'],
      metrics: [],
      page: ['metrics'],
      report: ['options', 'page'],
      run: ['options'],
      soak: ['options', 'page', 'metrics'],
      trials: ['options'],
      tune: ['options', 'run'],
      verify: ['options'],
    },
    // What several commands share lies beside their folders.
    open: /^lib\/cli\/\w+\.ts$/,
    entry: 'lib/cli/program.ts',
  },
};

/** Documents and commands are kept apart: each folder imports what is shared, and those that it is built on. */
export const foldersAreKeptApart: Rule = (files) =>
  files.flatMap((file) => {
    const layer = /^lib\/\w+/.exec(file.path)?.[0] ?? '';
    const inside = LAYERS[layer];
    if (inside === undefined || !isSource(file.path) || file.path === inside.entry) return [];
    const from = folderOf(file.path, layer);
    const allowed = from === undefined ? ['options'] : inside.folders[from];
    if (allowed === undefined || (from === undefined && !inside.open.test(file.path))) {
      return [
        `${file.path}:1: lies in none of the folders of ${layer}: ${Object.keys(inside.folders).join(', ')}. Move it into one, or add its folder to the table.`,
      ];
    }
    return importsOf(file).flatMap(({ line, specifier, target }) => {
      if (target === undefined || posix.relative(layer, target).startsWith('..')) return [];
      const to = folderOf(target, layer);
      if (to === from || inside.open.test(target) || (to !== undefined && allowed.includes(to))) return [];
      return [
        `${file.path}:${line}: ${from ?? 'what is shared'} -> ${to ?? 'the shared files'} (${specifier}). Move what both need into a file that both may import.`,
      ];
    });
  });

function folderOf(path: string, layer: string): string | undefined {
  const [folder, ...below] = posix.relative(layer, path).split('/');
  return below.length === 0 ? undefined : folder;
}
