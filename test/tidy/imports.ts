import { posix } from 'node:path';
import { mask } from './mask.js';
import { lineAt, type SourceFile } from './source.js';

/** One import of a file, type imports included. */
export interface Import {
  readonly line: number;
  readonly specifier: string;
  /** The file meant by a relative specifier, as a path of the tree; undefined for a package or a built-in module. */
  readonly target: string | undefined;
  /** Whether it is `import type` or `export type`, of which nothing is left when the program runs. */
  readonly isType: boolean;
}

const IMPORTS = [
  // import x from '…', import type { x } from '…', import * as x from '…'
  /\bimport\b[\w$\s*{},]*?\bfrom\s*(?=['"])/g,
  // import '…' and import('…'), as an expression and as a type
  /\bimport\s*\(?\s*(?=['"])/g,
  // export * from '…', export * as x from '…', export type { x } from '…'
  /\bexport\s+(?:type\s+)?(?:\*[\w$\s]*|\{[^{}]*\}\s*)\bfrom\s*(?=['"])/g,
];

/** Files that are loaded by their address: new URL('…', import.meta.url). */
const LOADED = [/\bnew\s+URL\s*\(\s*(?=['"])/g];

/** Every import of a file, in the order of the lines. */
export function importsOf(file: SourceFile): Import[] {
  return scan(file, IMPORTS);
}

/** Every module of ours that a file loads as a worker or by its address. */
export function loadsOf(file: SourceFile): Import[] {
  return scan(file, LOADED).filter(({ specifier }) => /\.c?js$/.test(specifier));
}

function scan(file: SourceFile, patterns: readonly RegExp[]): Import[] {
  const { code } = mask(file.text);
  return patterns
    .flatMap((pattern) => Array.from(code.matchAll(pattern)))
    .toSorted((a, b) => a.index - b.index)
    .map((match) => {
      const open = match.index + match[0].length;
      const specifier = file.text.slice(open + 1, code.indexOf(code[open], open + 1));
      const isType = /^(?:import|export)\s+type\b/.test(match[0]);
      return { line: lineAt(file.text, match.index), specifier, target: resolve(file.path, specifier), isType };
    });
}

function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(from), specifier).replace(/\.(c?)js$/, '.$1ts');
}
