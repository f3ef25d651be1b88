/*
 * Compiles the memory instructions (instructions.ts, locks.ts, storeBuffer.ts) into dist/lib/machine/instructions.wasm; `npm run build` calls it. The
 * offsets that they import are made here of those of lib/machine/offsets.ts, as the compiler has just put it into dist: so
 * they are constants in the instructions, and stand in one place.
 *
 * Compiling takes 5 s of CPU time, so what was compiled of the same sources stays below node_modules.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, readdir, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OFFSETS } from '../../../dist/lib/machine/offsets.js';

const FOLDER = dirname(fileURLToPath(import.meta.url));
const TARGET = join(FOLDER, '../../../dist/lib/machine/instructions.wasm');

const offsets = Object.entries(OFFSETS).map(([name, value]) => `export const ${name}: i32 = ${value};`);

/** What the compiler asks for that is not there is null to it. */
async function sourceOf(name, base) {
  if (name === 'offsets.ts') return offsets.join('\n');
  return readFile(join(base, name), 'utf8').catch(() => null);
}

const OPTIONS =
  '--runtime stub --enable threads --importMemory --sharedMemory --initialMemory 1 --maximumMemory 65536 --noAssert -O3';
const CACHE = join(FOLDER, '../../../node_modules/.cache/racehammer');

/** Returns where the instructions lie that were compiled of all that decides what they are. */
async function cachedFile() {
  const require = createRequire(import.meta.url);
  const files = (await readdir(FOLDER)).toSorted().map((name) => join(FOLDER, name));
  const decides = [...files, require.resolve('assemblyscript/package.json')];
  const hash = createHash('sha256').update(offsets.join('\n'));
  for (const path of decides) hash.update(await readFile(path));
  return join(CACHE, `instructions-${hash.digest('hex').slice(0, 32)}.wasm`);
}

async function compile() {
  const { default: asc } = await import('assemblyscript/asc');
  const { error, stderr } = await asc.main(
    ['instructions.ts', 'locks.ts', 'storeBuffer.ts', '--baseDir', FOLDER, '--outFile', TARGET, ...OPTIONS.split(' ')],
    { readFile: sourceOf },
  );
  if (error === null) return;
  process.stderr.write(stderr.toString());
  throw error;
}

/** Keeps what was compiled. Written aside first: two builds may run at the same time. */
async function keepAs(path) {
  await mkdir(CACHE, { recursive: true });
  const part = `${path}.${process.pid}`;
  await copyFile(TARGET, part);
  await rename(part, path);
}

const cached = await cachedFile();
try {
  await copyFile(cached, TARGET);
} catch {
  await compile();
  // Where it cannot be kept, the next build compiles again.
  await keepAs(cached).catch(() => {});
}
