/*
 * Compiles the memory instructions (instructions.ts, locks.ts, storeBuffer.ts) into dist/lib/machine/instructions.wasm; `npm run build` calls it. The
 * offsets that they import are made here of those of lib/machine/offsets.ts, as the compiler has just put it into dist: so
 * they are constants in the instructions, and stand in one place.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
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
const { error, stderr } = await asc.main(
  ['instructions.ts', 'locks.ts', 'storeBuffer.ts', '--baseDir', FOLDER, '--outFile', TARGET, ...OPTIONS.split(' ')],
  { readFile: sourceOf },
);
if (error !== null) {
  process.stderr.write(stderr.toString());
  throw error;
}
