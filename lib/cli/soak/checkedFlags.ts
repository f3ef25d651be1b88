/** Flags of `soak`, checked and turned into a campaign. */

import { closeSync, openSync, readSync } from 'node:fs';
import {
  CAMPAIGN_BYTES_MAX,
  CampaignFileError,
  parseCampaignFile,
  type CampaignEntry,
  type CampaignFile,
} from '../../soak/campaignFile.js';
import type { Pace, SoakRow } from '../../soak/row.js';
import { parseDuration } from '../../run/duration.js';
import { randomSeed } from '../../run/request.js';
import { SOAK_MS } from '../../run/defaults.js';
import type { SoakFlags } from './options.js';
import type { SoakRaces } from '../../campaign/races.js';
import { everything, rowsOfEntries, type Blame } from '../../campaign/rows.js';
import { readTuned, rowTunerOf, type Tuning } from '../tuned.js';
import { UsageError, quoted } from '../../run/usageError.js';

/** What is to be soaked. */
export interface SoakRequest {
  readonly name: string;
  readonly rows: readonly SoakRow[];
  readonly pace: Pace;
  readonly budgetMs: number;
  readonly seed: number;
  /** Where the rows that it has settings for take them from; null for the defaults. */
  readonly tuning: Tuning | null;
  /** Whether the classes of orders are counted that its rows meet. */
  readonly classes: boolean;
}

/** The flags that say what is soaked, on one machine or by a fleet. */
type CampaignFlags = Pick<
  SoakFlags,
  | 'campaign'
  | 'knob'
  | 'cpus'
  | 'duration'
  | 'slice'
  | 'proveEvery'
  | 'seed'
  | 'tuned'
  | 'anyHost'
  | 'classes'
  | 'instrument'
>;

/** Checks the flags, and the campaign that they name. `usualMs`: times that neither the flags nor the campaign give. */
export async function soakRequest(
  targets: readonly string[],
  flags: CampaignFlags,
  races: SoakRaces,
  usualMs = SOAK_MS,
): Promise<SoakRequest> {
  if (flags.campaign !== undefined && targets.length > 0) {
    throw new UsageError(`--campaign and ${quoted(targets[0])}: the file names the races, give only one`);
  }
  const file = flags.campaign === undefined ? undefined : readCampaign(flags.campaign);
  const { content } = file ?? {};
  if (flags.instrument && targets.length === 0)
    throw new UsageError(
      `--instrument: ${flags.campaign === undefined ? 'name the tests of hammer() to soak' : 'write instrument: true into rows of the campaign'}`,
    );
  const conditions = { ...conditionsOf(targets, flags), ...(flags.instrument ? { instrument: true } : {}) };
  const named = content?.rows ?? targets.map((race) => ({ race, ...conditions }));
  const blame: Blame = (path, error) => (file === undefined ? error : usageAt(file, path, error.message));
  const duration = (
    field: 'duration' | 'slice' | 'prove-every',
    typed: number | undefined,
    byDefault: number,
  ): number => {
    const text = content?.[field];
    let written = byDefault;
    try {
      if (text !== undefined) written = parseDuration(text, field);
    } catch (error) {
      throw error instanceof UsageError && file !== undefined ? usageAt(file, [field], error.message) : error;
    }
    return typed ?? written;
  };
  // Times first: a mistake in them costs no race its start.
  const budgetMs = duration('duration', flags.duration, usualMs.duration);
  const pace = {
    sliceMs: duration('slice', flags.slice, usualMs.slice),
    proveEveryMs: duration('prove-every', flags.proveEvery, usualMs.proveEvery),
  };
  const tuning = readTuned(flags);
  return {
    name: content?.campaign ?? flags.campaign ?? (targets.length > 0 ? targets.join(' ') : 'everything'),
    rows: await rowsOfEntries(named.length > 0 ? named : await everything(races), blame, rowTunerOf(tuning), races),
    pace,
    budgetMs,
    seed: flags.seed ?? randomSeed(),
    tuning,
    classes: flags.classes || content?.classes === true,
  };
}

/** Returns the conditions of `--knob flush=ipi,hypercall --cpus 2,4`: of every race that is named, a row for each combination. */
function conditionsOf(targets: readonly string[], { knob: knobs, cpus }: CampaignFlags): Partial<CampaignEntry> {
  if (knobs.length === 0 && cpus === undefined) return {};
  if (targets.length === 0) throw new UsageError('--knob and --cpus: name the race and its variant: xen-pin:pte-lock');
  const values = knobs.map((text): [string, string[]] => {
    const [, name, list = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined) throw new UsageError(`--knob ${quoted(text)}: must be KNOB=VALUE or KNOB=VALUE,VALUE`);
    return [name, list.split(',')];
  });
  const twice = values.find(([name], i) => values.findIndex(([other]) => other === name) !== i);
  if (twice !== undefined) throw new UsageError(`--knob ${quoted(twice[0])}: is given twice`);
  return {
    ...(values.length === 0 ? {} : { knobs: Object.fromEntries(values) }),
    ...(cpus === undefined ? {} : { cpus }),
  };
}

function readCampaign(path: string): CampaignFile {
  let text: string | null;
  try {
    text = readBounded(path, CAMPAIGN_BYTES_MAX);
  } catch (error) {
    throw new UsageError(
      `--campaign ${quoted(path)}: cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
    );
  }
  if (text === null) {
    throw new UsageError(
      `--campaign ${quoted(path)}: has more than ${CAMPAIGN_BYTES_MAX} bytes, which no campaign needs`,
    );
  }
  try {
    return parseCampaignFile(path, text);
  } catch (error) {
    throw error instanceof CampaignFileError ? new UsageError(error.message) : error;
  }
}

/** Returns the text of a file; null if it has more than `most` bytes, as a device may. */
function readBounded(path: string, most: number): string | null {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(most + 1);
    let length = 0;
    for (let n = -1; n !== 0 && length <= most; length += n) n = readSync(file, bytes, length, most + 1 - length, null);
    return length > most ? null : bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}

function usageAt(file: CampaignFile, path: Parameters<Blame>[0], message: string): UsageError {
  return new UsageError(file.errorAt(path, message).message);
}
