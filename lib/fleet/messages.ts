/**
 * What hub and workers send each other, with the schemas by which each is checked before anything of it is used. A message is data: a
 * race is named, never sent. Used by all files of lib/fleet.
 */

import { z } from 'zod';
import { CPUS_MAX } from '../harness/plan.js';
import { MEMORY_MODELS, SYNC_MODES } from '../race/settings.js';
import { line, raceWord } from './messageTexts.js';
import { rowTuning, tuningHost } from './tunings.js';

/** Version of all messages. A job of a newer one is left for workers that know it. */
export const MESSAGE_VERSION = 1;
/** Version of a job that asks for tuned settings or classes, which workers of the first version do not know. */
export const JOB_VERSION_MAX = 2;

const count = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const TEXT_MAX = 2 ** 20;
const text = z.string().max(TEXT_MAX);
const ms = z.number().min(0).max(1e12);

/** Most tuning files of a campaign: one for each kind of host. */
export const TUNINGS_MAX = 64;

/** Longest slice, and the shortest one whose threads have begun before it ends. */
export const SLICE_MS = { min: 500, max: 3_600_000 } as const;

/**
 * A row as a worker needs it. `isFile`: the race is a file of the user's, which each worker has been given by `--races`. `tuned`: settings
 * of the tuning files of the job.
 */
const namedRow = z.strictObject({
  id: z.int().min(1),
  race: raceWord,
  isFile: z.boolean(),
  name: line,
  variant: raceWord,
  knobs: z.record(raceWord, line),
  cpus: z.int().min(1).max(CPUS_MAX),
  sync: z.enum(SYNC_MODES),
  memory: z.enum(MEMORY_MODELS),
  source: hash,
  tuned: z.array(rowTuning).max(TUNINGS_MAX).optional(),
});
export type NamedRow = z.infer<typeof namedRow>;

/**
 * A slice that is to be run. `hammer`: what must have failed on this host within `proveEveryMs`, or is run first. `tunings`: the tuning
 * files of the campaign, without their settings. `classes`: whether the classes of orders are counted.
 */
const sliceJob = z.strictObject({
  version: z.int().min(MESSAGE_VERSION).max(JOB_VERSION_MAX),
  campaign: z.uuid(),
  row: namedRow,
  hammer: namedRow.nullable(),
  proveEveryMs: ms,
  seed,
  lengthMs: z.number().min(SLICE_MS.min).max(SLICE_MS.max),
  tunings: z.array(tuningHost).max(TUNINGS_MAX).optional(),
  classes: z.boolean().optional(),
});
export type SliceJob = z.infer<typeof sliceJob>;

const facts = z.strictObject({
  version: line,
  node: line,
  v8: line,
  platform: line,
  kernel: line,
  arch: line,
  cpuModel: line,
  cores: z.int().min(1),
  memoryMb: z.number().min(0),
});

const execution = z.strictObject({
  uuid: z.uuid(),
  job: line,
  row: z.int().min(1),
  source: hash,
  seed,
  host: z.strictObject({ name: line, facts }),
});

const outcome = z.strictObject({ signature: line, count, declared: z.boolean().optional() });
const named = z.strictObject({ signature: line, sha256: hash });

const sliceEnd = z.strictObject({
  end: z.enum(['whole', 'cut', 'lost']),
  harnessError: text.nullable(),
  hostStalls: count,
  hostStallMs: ms,
  workersReplaced: count,
  processorTime: z.strictObject({ ranMs: ms, waitedMs: ms }).nullable(),
});

/** Most classes that one interval names; the next one has the others. */
export const MET_MAX = 2000;

/** The classes of orders of the row, and what was met of them since the last interval. They are counted, or `reason` says why not. */
const classes = z.strictObject({
  classes: count.nullable(),
  reason: line.nullable(),
  identity: hash.nullable(),
  met: z.array(hash).max(MET_MAX),
  sampled: count,
  unclear: count,
  crowded: count,
  unknown: count,
});

const from = {
  version: z.literal(MESSAGE_VERSION),
  campaign: z.uuid(),
  /** Where it lies until it has arrived. */
  spool: z.uuid(),
  execution,
};

const interval = z.strictObject({
  ...from,
  kind: z.literal('interval'),
  number: count,
  lengthMs: ms,
  seconds: z.number().min(0),
  trials: count,
  failures: count,
  nearMisses: count,
  outcomes: z.array(outcome).max(1000),
  rssMb: z.number().min(0).nullable(),
  evidence: z.array(named).max(1000),
  end: sliceEnd.nullable(),
  classes: classes.optional(),
});
export type IntervalMessage = z.infer<typeof interval>;

/** Longest evidence file that is sent, in base64 of its gzip. */
export const FILE_MAX = 2 ** 20;

const evidence = z.strictObject({
  ...from,
  kind: z.literal('evidence'),
  signature: line,
  sha256: hash,
  report: text,
  /** Gzip in base64; null for a failure that left no records. */
  file: z.base64().max(FILE_MAX).nullable(),
});
export type EvidenceMessage = z.infer<typeof evidence>;

const result = z.discriminatedUnion('kind', [interval, evidence]);
export type ResultMessage = z.infer<typeof result>;

/** What a worker does, which it says every few seconds. */
const presence = z.strictObject({
  id: z.uuid(),
  name: line,
  pid: z.int().min(1),
  facts,
  doing: z.enum(['idle', 'hammering', 'paused', 'outside its hours']),
  /** What it hammers; null if nothing. */
  row: line.nullable(),
  /** Intervals that the hub has not confirmed yet. */
  undelivered: count,
  executions: count,
  /** Why it has sent the last job back; null if it has not. */
  refused: line.nullable(),
  /** With which settings it hammers a campaign that has tuning files. */
  tuned: line.optional(),
});
export type Presence = z.infer<typeof presence>;

export const FLEET_STATES = ['running', 'paused', 'draining', 'stopped', 'ended'] as const;

const control = z.strictObject({
  campaign: z.uuid(),
  name: line,
  state: z.enum(FLEET_STATES),
  why: line,
});
/** What the whole fleet does, and why. */
export type FleetControl = z.infer<typeof control>;
export type FleetState = FleetControl['state'];

const lease = z.strictObject({
  token: z.uuid(),
  campaign: z.uuid(),
  host: line,
  pid: z.int().min(1),
  started: line,
});
export type HubLease = z.infer<typeof lease>;

const SCHEMAS = { sliceJob, result, presence, control, lease, execution, interval, evidence } as const;

/** Thrown for a message that is not as its schema says; one line. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
  /** Whether a newer version has written it. */
  readonly isNewer: boolean;

  constructor(message: string, isNewer: boolean) {
    super(message);
    this.isNewer = isNewer;
  }
}

/** Checks a message. Throws MessageError. */
export function checked<K extends keyof typeof SCHEMAS>(what: K, value: unknown): z.infer<(typeof SCHEMAS)[K]> {
  const version: unknown = (value as { version?: unknown } | null | undefined)?.version;
  const newest = what === 'sliceJob' ? JOB_VERSION_MAX : MESSAGE_VERSION;
  if (typeof version === 'number' && version > newest) {
    throw new MessageError(`a message of version ${version}: a newer racehammer sent it`, true);
  }
  const found = SCHEMAS[what].safeParse(value);
  if (found.success) return found.data as z.infer<(typeof SCHEMAS)[K]>;
  const [issue] = found.error.issues;
  const where = issue.path.length === 0 ? 'the message' : issue.path.map(String).join('.');
  throw new MessageError(`${where.slice(0, 100)}: ${issue.message.slice(0, 200)}`, false);
}

/** Checks a message that is JSON; null if there is none, or it is not as it should be. */
export function parsed<K extends keyof typeof SCHEMAS>(
  what: K,
  json: string | null,
): z.infer<(typeof SCHEMAS)[K]> | null {
  if (json === null) return null;
  try {
    return checked(what, JSON.parse(json));
  } catch (error) {
    if (error instanceof MessageError || error instanceof SyntaxError) return null;
    throw error;
  }
}
