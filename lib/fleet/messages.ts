/**
 * What hub and workers send each other, with the schemas by which each is checked before anything of it is used. A message is data: a
 * race is named, never sent. Used by all files of lib/fleet.
 */

import { z } from 'zod';
import { CPUS_MAX } from '../harness/plan.js';
import { MEMORY_MODELS, SYNC_MODES } from '../race/settings.js';

/** Version of all messages. A job of a newer one is left for workers that know it. */
export const MESSAGE_VERSION = 1;

const count = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
/** A word of a race. It is looked up, never part of a path. */
const word = z.string().regex(/^[^/\\\p{Cc}]{1,200}$/u);
/** A text of one line, which a terminal shows as it is. */
const line = z.string().regex(/^\P{Cc}{0,2000}$/u);
const TEXT_MAX = 2 ** 20;
const text = z.string().max(TEXT_MAX);
const ms = z.number().min(0).max(1e12);

/** Longest slice, and the shortest one whose threads have begun before it ends. */
export const SLICE_MS = { min: 500, max: 3_600_000 } as const;

/** A row as a worker needs it. `isFile`: the race is a file of the user's, which each worker has been given by `--races`. */
const namedRow = z.strictObject({
  id: z.int().min(1),
  race: word,
  isFile: z.boolean(),
  name: line,
  variant: word,
  knobs: z.record(word, line),
  cpus: z.int().min(1).max(CPUS_MAX),
  sync: z.enum(SYNC_MODES),
  memory: z.enum(MEMORY_MODELS),
  source: hash,
});
export type NamedRow = z.infer<typeof namedRow>;

/** A slice that is to be run. `hammer`: what must have failed on this host within `proveEveryMs`, or is run first. */
const sliceJob = z.strictObject({
  version: z.literal(MESSAGE_VERSION),
  campaign: z.uuid(),
  row: namedRow,
  hammer: namedRow.nullable(),
  proveEveryMs: ms,
  seed,
  lengthMs: z.number().min(SLICE_MS.min).max(SLICE_MS.max),
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
  end: z.enum(['whole', 'cut']),
  harnessError: text.nullable(),
  hostStalls: count,
  hostStallMs: ms,
  workersReplaced: count,
  processorTime: z.strictObject({ ranMs: ms, waitedMs: ms }).nullable(),
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
  if (typeof version === 'number' && version > MESSAGE_VERSION) {
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
