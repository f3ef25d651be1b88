/**
 * The tuning files of a campaign: each holds settings that were found on one kind of host, and hosts of that kind alone use them. The hub
 * sends them with the jobs (planner.ts), and each worker chooses its own (worker.ts).
 */

import { z } from 'zod';
import { differences, type Fingerprint } from '../harness/host/fingerprint.js';
import { CPUS_MAX } from '../harness/plan.js';
import { SPINS_MAX, SYNC_MODES } from '../race/settings.js';
import { line, raceWord } from './messageTexts.js';

const spins = z
  .strictObject({ min: z.int().min(0).max(SPINS_MAX), max: z.int().min(0).max(SPINS_MAX) })
  .refine(({ min, max }) => min <= max, 'min must not be above max');

const settings = z.strictObject({
  cpus: z.int().min(1).max(CPUS_MAX),
  machines: z.int().min(1).max(1024),
  sync: z.enum(SYNC_MODES),
  round: z.int().min(1).max(65_536),
  spin: spins,
  phases: z.record(raceWord, spins),
  windows: z.record(raceWord, spins),
});

const entry = z.strictObject({
  race: raceWord,
  variant: raceWord,
  knobs: z.record(raceWord, line),
  goal: z.enum(['failures', 'near-misses', 'trials']),
  settings,
  ratio: z.number().nullable(),
  low95: z.number().nullable(),
  high95: z.number().nullable(),
  pairs: z.int().min(0),
  budgetMs: z.number().min(0),
  foundAt: line,
});
/** An entry of a tuning file: settings that `tune` has found. */
export type TunedEntry = z.infer<typeof entry>;

/** The facts of a host that must be equal for settings to be valid there. */
const fingerprint: z.ZodType<Fingerprint> = z.strictObject({
  cores: z.int().min(1),
  cpuModel: line,
  platform: line,
  arch: line,
  nodeMajor: z.int(),
  cgroupCpus: z.number().nullable(),
});

/** A tuning file, and the kind of host that it is for; null for any. */
export const tuningHost = z.strictObject({ path: line, host: fingerprint.nullable() });
export type TuningHost = z.infer<typeof tuningHost>;

/** Settings of a row from one of the files, by its index. */
export const rowTuning = z.strictObject({ file: z.int().min(0), entry });

/** A tuning file of a campaign, with what it has for each row; null where it has nothing. */
export interface CampaignTuning extends TuningHost {
  readonly entries: readonly (TunedEntry | null)[];
}

/** Settings of a slice, and the file that they are from. */
export interface SliceTuning {
  readonly path: string;
  readonly entry: TunedEntry;
}

/** Returns which of the files is for this host; -1 if none is. */
export function tuningFor(files: readonly TuningHost[], here: Fingerprint): number {
  return files.findIndex(({ host }) => host === null || differences(host, here).length === 0);
}

/** Returns what a worker says of its settings: the file, or what keeps each of the files from being used. */
export function tunedWords(files: readonly TuningHost[], here: Fingerprint): string {
  const mine = tuningFor(files, here);
  if (mine >= 0) return `settings of ${files[mine].path}`;
  const unlike = files.map(({ path, host }) => `${path}: ${host === null ? '' : differences(host, here).join('; ')}`);
  return `the default settings, since no tuning file is of a host like this (${unlike.join(', ')})`.slice(0, 2000);
}
