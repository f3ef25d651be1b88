import { importsOf } from './imports.js';
import { isSource, type Rule } from './source.js';

/** What a layer may import: layers of ours, and modules from outside (`node:` stands for every built-in module). */
interface Layer {
  readonly ours: readonly string[];
  readonly outside: readonly string[];
}

const MACHINE = ['machine', 'sharedarraybuffer-utils'];
const KERNEL = ['kernel', ...MACHINE];
const MM = ['mm', ...KERNEL];

const LAYERS: Readonly<Record<string, Layer>> = {
  'sharedarraybuffer-utils': { ours: [], outside: [] },
  machine: { ours: ['sharedarraybuffer-utils'], outside: [] },
  kernel: { ours: MACHINE, outside: [] },
  mm: { ours: KERNEL, outside: [] },
  arch: { ours: MM, outside: [] },
  race: { ours: KERNEL, outside: [] },
  explore: { ours: ['race', ...KERNEL], outside: [] },
  sdk: { ours: ['race', 'arch', ...MM], outside: [] },
  stress: { ours: ['sdk'], outside: [] },
  statistics: { ours: [], outside: [] },
  evidence: { ours: MACHINE, outside: ['node:'] },
  report: { ours: ['evidence', 'statistics', 'race'], outside: ['node:', 'cli-table3'] },
  harness: {
    ours: ['evidence', 'statistics', 'report', 'race', 'instrument', ...MACHINE],
    outside: ['node:', 'piscina'],
  },
  run: {
    ours: ['harness', 'explore', 'report', 'evidence', 'statistics', 'race', 'instrument', 'machine'],
    outside: ['node:', 'ajv'],
  },
  api: { ours: ['campaign', 'soak', 'run', 'harness', 'report', 'evidence', 'statistics', 'race'], outside: ['node:'] },
  instrument: { ours: [], outside: ['node:', 'acorn'] },
  js: { ours: ['race', 'report', 'api', 'instrument', ...MACHINE], outside: ['node:'] },
  index: { ours: ['sdk', 'api', 'run', 'report', 'explore'], outside: [] },
  lockstep: { ours: ['api', 'run', 'harness', 'machine'], outside: [] },
  soak: {
    ours: ['harness', 'instrument', 'report', 'evidence', 'statistics', 'race', 'machine'],
    outside: ['node:', 'ajv', 'libsql', 'yaml'],
  },
  tune: { ours: ['harness', 'report', 'evidence', 'statistics', 'race', 'machine'], outside: ['node:', 'ajv'] },
  bench: {
    ours: [
      'js',
      'fleet',
      'campaign',
      'soak',
      'run',
      'tune',
      'explore',
      'harness',
      'report',
      'evidence',
      'statistics',
      'race',
      ...MM,
    ],
    outside: ['node:', 'bullmq', 'playwright-core'],
  },
  litmus: { ours: ['harness', 'report', 'statistics', 'race', ...KERNEL], outside: [] },
  campaign: {
    ours: ['soak', 'run', 'harness', 'instrument', 'report', 'evidence', 'statistics', 'race'],
    outside: ['node:'],
  },
  fleet: {
    ours: ['campaign', 'soak', 'run', 'harness', 'report', 'evidence', 'statistics', 'race', 'machine'],
    outside: ['node:', 'bullmq', 'ioredis', 'zod'],
  },
  doctor: { ours: ['harness'], outside: ['node:'] },
  cli: {
    ours: [
      'fleet',
      'instrument',
      'campaign',
      'litmus',
      'run',
      'harness',
      'explore',
      'report',
      'evidence',
      'statistics',
      'race',
      'bench',
      'soak',
      'doctor',
      'tune',
    ],
    outside: ['node:', 'ajv', 'commander', 'cli-table3'],
  },
  workers: { ours: ['harness'], outside: ['node:'] },
};

/** The layer of a file, by its folder; undefined where no layer is. */
export function layerOf(path: string): string | undefined {
  if (path === 'lib/index.ts') return 'index';
  if (path === 'lib/lockstep.ts') return 'lockstep';
  return /^lib\/([^/]+)\//.exec(path)?.[1] ?? /^(workers|stress|test)\//.exec(path)?.[1];
}

/** Imports go one way, from the command line down to the shared memory; tests may import everything. */
export const importsGoOneWay: Rule = (files) =>
  files.flatMap((file) => {
    const from = layerOf(file.path);
    if (from === 'test' || !isSource(file.path)) return [];
    const layer = from === undefined ? undefined : LAYERS[from];
    if (from === undefined || layer === undefined) {
      return [`${file.path}:1: lies in no layer. Move it into one of: ${Object.keys(LAYERS).join(', ')}.`];
    }
    return importsOf(file).flatMap(({ line, specifier, target }) => {
      const at = `${file.path}:${line}`;
      if (target === undefined) {
        return layer.outside.some((name) => comesFrom(specifier, name))
          ? []
          : [`${at}: ${from} -> ${specifier}. ${listed('modules from outside', layer.outside)} Have it passed in.`];
      }
      const to = layerOf(target);
      if (to !== undefined && layer.ours.includes(to)) return [];
      if (to === from && (from !== 'stress' || raceOf(target) === raceOf(file.path))) return [];
      const remedy = 'Move what you need down into one of these, or have it passed in.';
      return [`${at}: ${from} -> ${to ?? target} (${specifier}). ${listed('layers', layer.ours)} ${remedy}`];
    });
  });

/** The parts of a race lie in one folder; litmus races have none. */
function raceOf(path: string): string {
  return path.startsWith('stress/litmus/') ? path : path.split('/').slice(0, 2).join('/');
}

function comesFrom(specifier: string, name: string): boolean {
  return name === 'node:' ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`);
}

function listed(what: string, names: readonly string[]): string {
  return names.length === 0 ? `No ${what} may be imported here.` : `Allowed ${what} here: ${names.join(', ')}.`;
}
