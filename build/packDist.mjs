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
/** What package.json exports beside the folders, and joins nothing but names. */
const SDK = modulesIn('lib/sdk');
const LOCKING = 'lib/sdk/locking.js';
/** Per-CPU variables are laid out as their modules are loaded: for what a race imports, and not for all that there is. */
const LAID_OUT = ['lib/mm', 'lib/arch/xen', 'lib/arch/ppc64', 'lib/arch/paravirt'];
/** The modules of each race: its race.js stays, by which it is named. */
const RACES = modulesIn('stress').filter((path) => path.endsWith('/race.js'));

/** What CPUs run is packed by folder: a stack tells by that whether a frame is one of the machine, of the harness, or of a race. */
const BY_FOLDER = ['packed', 'packedJs', 'packedLocking'];

/** Returns the pack of a module that has another than lib/<name>. */
function ownPack(path, name) {
  const folder = [...LAID_OUT, ...RACES.map((race) => dirname(race))].find((own) => path.startsWith(`${own}/`));
  if (folder !== undefined) return join(folder, 'packed');
  return BY_FOLDER.includes(name) ? [...path.split('/').slice(0, 2), name].join('/') : undefined;
}

const commands = (...names) => names.flatMap((name) => modulesIn(`lib/cli/${name}`));
const single = new Set([...STARTED, ...SDK, ...RACES, ...modulesIn('stress/litmus')]);

await pack({
  folder: DIST,
  into: 'lib',
  packs: {
    packed: ['lib/harness/cpu/cpuMain.js', 'lib/index.js', ...SDK.filter((path) => path !== LOCKING)],
    packedThread: THREADS,
    packedLitmus: ['lib/litmus/hammer/hammeredRace.js'],
    // Loaded before all that a run loads.
    packedStart: ['lib/harness/host/cpuThreads.js'],
    packedRun: ['lib/cli/program.js', 'lib/cli/run/options.js', 'lib/cli/run/run.js'],
    packedJs: ['lib/js/index.js'],
    packedLocking: [LOCKING],
    packedRaces: RACES,
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
  ownPack,
  // Files beside the folders are what package.json names. A bench is for checkouts.
  isPacked: (path) => /^(lib|stress)\/[^/]+\/.+\.js$/.test(path) && !single.has(path) && !path.startsWith('lib/bench/'),
  importers: [...single, 'lib/index.js', 'lib/lockstep.js'],
});

const { exports } = JSON.parse(readFileSync(join(DIST, '../package.json'), 'utf8'));
packTypes(
  DIST,
  Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [types.slice('./dist/'.length)])),
);

// Or the compiler would write what has changed alone, beside packs of what was there before.
rmSync(join(DIST, 'tsconfig.tsbuildinfo'));
