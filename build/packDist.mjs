/* Packs what each thread of a run loads, and what `racehammer run` loads beside it. The last step of `npm run build`. */
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './pack.mjs';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '../dist');

/** Returns the compiled modules of a folder of dist. */
function modulesIn(folder) {
  return readdirSync(join(DIST, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.js'))
    .map((path) => join(folder, path));
}

await pack({
  folder: DIST,
  packs: {
    // Per-CPU variables are laid out as their modules are loaded: lib/mm and lib/arch are loaded for what a race imports.
    packed: ['lib/harness/cpu/cpuMain.js', 'lib/index.js'],
    packedRun: ['lib/cli/program.js', 'lib/cli/run/options.js', 'lib/cli/run/run.js'],
  },
  // Files beside the folders are what package.json names.
  isPacked: (path) => /^lib\/[^/]+\/.+\.js$/.test(path) && !/^lib\/(?:mm|arch|sdk)\//.test(path),
  importers: [
    'lib/cli/main.js',
    'lib/index.js',
    ...['lib/js', 'lib/mm', 'lib/arch', 'lib/sdk', 'stress'].flatMap(modulesIn),
  ],
});

// Or the compiler would write what has changed alone, beside packs of what was there before.
rmSync(join(DIST, 'tsconfig.tsbuildinfo'));
