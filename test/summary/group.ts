/**
 * Runs several test files in one thread of ava, one test after the other: a thread of its own costs each file as much CPU time
 * as all its tests take. Called by the files that groups.ts writes.
 *
 * What a file imports as `test` from ava only notes what it declares. Once all files are loaded, it is declared to ava with the
 * name of its file in front. So equal titles do not meet, and a file may await something before it declares its tests.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** `test`, `test.serial`, `test.after.always`: each is a function with the next ones as its properties. */
export interface Chain {
  (...args: unknown[]): void;
  readonly [name: string]: unknown;
}

export interface Declared {
  /** `serial`, `failing` of `test.serial.failing`. */
  readonly names: readonly string[];
  readonly args: readonly unknown[];
}

/** Returns a chain that looks like the given one, and notes each call. */
export function noting(chain: Chain, note: (declared: Declared) => void, names: readonly string[] = []): Chain {
  return new Proxy(chain, {
    apply: (_target, _this, args: unknown[]) => note({ names, args }),
    get(target, name) {
      const next = Reflect.get(target, name) as unknown;
      const isLink = typeof next === 'function' && typeof name === 'string' && name !== 'macro' && name !== 'default';
      return isLink ? noting(next as Chain, note, [...names, name]) : next;
    },
  });
}

const TOGETHER =
  'A file with a hook that runs before its tests, or around each, runs alone: groups.ts finds it by its text.';

/** Declares to ava what the files have declared, each test behind those before it. */
export function declareAll(chain: Chain, files: ReadonlyMap<string, readonly Declared[]>): void {
  for (const [file, declared] of files)
    for (const { names, args } of declared) {
      if (names.some((name) => /^before|Each$/.test(name))) throw new Error(`${file}: ${TOGETHER}`);
      const isTest = !names.includes('after');
      const link = (isTest && !names.includes('serial') ? ['serial', ...names] : names).reduce<unknown>(
        (at, name) => (at as Chain)[name],
        chain,
      ) as Chain;
      if (isTest && typeof args[0] !== 'string') throw new Error(`${file}: a test begins with its title`);
      link(...(isTest ? [`${file.replaceAll('/', ' › ')} › ${args[0] as string}`, ...args.slice(1)] : args));
    }
}

/** What ava keeps the chain in that a test file imports. */
export interface Refs {
  runnerChain: Chain;
}

/** Loads one file after the other; returns what each declares. One that cannot be loaded is a test that fails for that reason. */
export async function loadFiles(
  refs: Refs,
  files: readonly string[],
  load: (file: string) => Promise<unknown>,
): Promise<Map<string, Declared[]>> {
  const noted = new Map(files.map((file): [string, Declared[]] => [file, []]));
  let current: Declared[] = [];
  // ava hands the chain to its importers once.
  refs.runnerChain = noting(refs.runnerChain, (declared) => current.push(declared));
  for (const [file, declared] of noted) {
    current = declared;
    try {
      await load(file);
    } catch (error) {
      declared.push({ names: [], args: ['is loaded', () => Promise.reject(error)] });
    }
  }
  return noted;
}

/** Loads the files, paths below `folder` without `.test.js`, and declares their tests. Awaited by a file of groups.ts. */
export async function runGroup(folder: URL, files: readonly string[]): Promise<void> {
  const require = createRequire(import.meta.url);
  const { refs } = require(join(require.resolve('ava'), '../../lib/worker/state.cjs')) as { refs: Refs };
  const chain = refs.runnerChain;
  declareAll(chain, await loadFiles(refs, files, (file) => import(new URL(`${file}.test.js`, folder).href)));
}
