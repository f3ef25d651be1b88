/*
 * Packs what each thread of a run loads, and what each command loads beside it; then the types of what package.json exports. The last
 * step of `npm run build`. What is published are the packs, and the modules that package.json or a thread names (`files` there).
 */
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './pack.mjs';
import { packTypes } from './packTypes.mjs';

/** Another build than that of this checkout, for a test. */
const [, , DIST = join(dirname(fileURLToPath(import.meta.url)), '../dist')] = process.argv;

/** Returns the compiled modules of a folder of dist. */
function modulesIn(folder) {
  return readdirSync(join(DIST, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.js'))
    .map((path) => join(folder, path));
}

/** Modules that do something when they are loaded: threads other than CPUs, programs, and a race that has several addresses. */
const THREADS = [
  'lib/cli/hostWatchThread.js',
  'lib/doctor/probeThread.js',
  'lib/harness/host/rehearsalThread.js',
  'lib/instrument/hooks.js',
];
/** A thread that loads what commands do. */
const SEARCH = 'lib/run/verify/searchThread.js';
const STARTED = [
  ...THREADS,
  'lib/cli/main.js',
  'lib/cli/fleet/sliceMain.js',
  'lib/litmus/hammer/hammeredRace.js',
  'lib/cli/page/timelineThread.js',
  SEARCH,
];
/** Per-CPU variables are laid out as their modules are loaded: these are loaded for what a race imports, so they stay single. */
const LAID_OUT = ['lib/mm', 'lib/arch', 'lib/sdk'].flatMap(modulesIn);

const commands = (...names) => names.flatMap((name) => modulesIn(`lib/cli/${name}`));
const single = new Set([...STARTED, ...LAID_OUT]);

await pack({
  folder: DIST,
  packs: {
    packed: ['lib/harness/cpu/cpuMain.js', 'lib/index.js'],
    packedThread: THREADS,
    packedLitmus: ['lib/litmus/hammer/hammeredRace.js'],
    packedRun: ['lib/cli/program.js', 'lib/cli/run/options.js', 'lib/cli/run/run.js'],
    packedJs: ['lib/js/index.js'],
    packedLocking: ['lib/sdk/locking.js'],
    packedCommands: [
      'lib/cli/bench/options.js',
      'lib/cli/bench/inCheckout.js',
      ...['fleet', 'options', 'packages'].map((name) => `lib/cli/fleet/${name}.js`),
      ...commands(
        'compare',
        'completion',
        'doctor',
        'explain',
        'explore',
        'init',
        'list',
        'litmus',
        'trials',
        'tune',
        'verify',
      ),
      SEARCH,
      'lib/run/order/meter.js',
      ...['assertions', 'explore', 'lockstep', 'run'].map((name) => `lib/api/${name}.js`),
    ],
    packedReplay: [
      ...commands('replay'),
      'lib/run/evidence/keptEvidence.js',
      ...['givenOrder', 'sampledOrders'].map((name) => `lib/run/order/${name}.js`),
    ],
    packedSoak: [...commands('soak', 'report'), 'lib/cli/page/timelineThread.js', 'lib/api/soak.js'],
    packedFleet: commands('fleet'),
  },
  // Files beside the folders are what package.json names. A bench is for checkouts.
  isPacked: (path) => /^lib\/[^/]+\/.+\.js$/.test(path) && !single.has(path) && !path.startsWith('lib/bench/'),
  importers: [...single, 'lib/index.js', 'lib/lockstep.js', ...modulesIn('stress')],
});

const { exports } = JSON.parse(readFileSync(join(DIST, '../package.json'), 'utf8'));
packTypes(
  DIST,
  Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [types.slice('./dist/'.length)])),
);

// Or the compiler would write what has changed alone, beside packs of what was there before.
rmSync(join(DIST, 'tsconfig.tsbuildinfo'));
