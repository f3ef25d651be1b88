/**
 * Hooks of Node's loader: the modules of an instrumented test, packages included, are rewritten when they are loaded. Loaded by
 * `module.register` in a thread of the loader.
 */

import { readFile } from 'node:fs/promises';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as acorn from 'acorn';
import { instrumented, isInstrumented } from './marked.js';
import { rewrite } from './rewrite.js';

/** Modules of racehammer itself see accesses, and have none that would be seen. */
const OURS = new URL('../', import.meta.url).href;

/** Marks what an instrumented module imports. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const resolved = await nextResolve(specifier, context);
  const { url } = resolved;
  if (!isInstrumented(context.parentURL) || !url.startsWith('file:') || url.startsWith(OURS)) return resolved;
  return { ...resolved, url: instrumented(url) };
};

/** Rewrites an instrumented module. */
export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (!isInstrumented(url) || (loaded.format !== 'module' && loaded.format !== 'commonjs')) return loaded;
  const source = loaded.source ?? (await readFile(fileURLToPath(url)));
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  const sourceType = loaded.format === 'module' ? 'module' : 'script';
  return { ...loaded, source: rewrite(acorn, text, sourceType), shortCircuit: true };
};
