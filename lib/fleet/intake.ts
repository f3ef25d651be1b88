/**
 * Takes what the workers have counted into the store: all that waits in one transaction, and only then says that it has arrived. Used by
 * hub.ts, in whose process the store has its one writer.
 */

import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { after } from '../harness/host/timers.js';
import type { DeliveredEvidence, DeliveredInterval, Receipt } from '../soak/fleetRecords.js';
import type { Store } from '../soak/store.js';
import { writeTrouble } from '../soak/trouble.js';
import type { Engine } from './engine.js';
import { MessageError, checked, type EvidenceMessage, type IntervalMessage, type ResultMessage } from './messages.js';
import { resultQueue, type FleetKeys } from './names.js';

/** What the intake is given, and whom it tells. */
export interface IntakeTask {
  readonly engine: Engine;
  readonly redis: Redis;
  readonly keys: FleetKeys;
  readonly campaign: string;
  readonly store: Store;
  readonly session: number;
  /** The time of the soak. */
  readonly nowMs: () => number;
  /** Called with each interval that was counted, in the order of the store. */
  readonly onCounted: (interval: DeliveredInterval) => void;
  /** Called with what is worth a line. */
  readonly onTrouble: (text: string) => void;
  /** Called with an error that ends the hub. */
  readonly onFailed: (error: unknown) => void;
}

/** A result on its way into the store. */
interface Waiting {
  readonly message: ResultMessage;
  readonly done: (receipt: Receipt) => void;
  readonly failed: (error: unknown) => void;
}

/** Results that are taken at the same time, and so the most of a transaction. */
const TOGETHER_MAX = 250;
/** How long the first result of a transaction waits for others. */
const GATHER_MS = 20;
/** How long until a count is tried again that waits for its evidence, or a store that cannot be written. */
const AGAIN_MS = 1000;
/** The lease of a result. That it is taken twice does no harm, so one of a hub that was killed is soon taken again. */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5000;
/** No evidence file has more bytes. */
const FILE_BYTES_MAX = 2 ** 26;
/** How long the hub remembers what has arrived of a spool that nobody asks about. */
const ARRIVED_SECONDS = 7 * 86_400;

/** Takes results while it runs. */
export class Intake {
  readonly #task: IntakeTask;
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  #trouble: string | null = null;
  #toldForeign = false;

  constructor(task: IntakeTask) {
    this.#task = task;
    const { engine, redis, keys, campaign } = task;
    this.#worker = new engine.Worker<unknown>(resultQueue(campaign), (job) => this.#take(job), {
      connection: redis,
      prefix: keys.prefix,
      concurrency: TOGETHER_MAX,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: 1000,
      skipVersionCheck: true,
    });
    this.#worker.on('error', () => {});
  }

  /** Whether results cannot be written at the moment. */
  get isBehind(): boolean {
    return this.#trouble !== null;
  }

  /** Takes no more. What was not taken waits in the queue for the next hub. */
  async close(): Promise<void> {
    await this.#worker.close();
  }

  async #take(job: Job<unknown>): Promise<void> {
    const message = this.#checked(job);
    for (;;) {
      const receipt = await new Promise<Receipt>((done, failed) => {
        this.#waiting.push({ message, done, failed });
        if (this.#waiting.length === 1) after(GATHER_MS, () => this.#flush(), this.#task.onFailed);
      });
      if (receipt !== 'waits') break;
      await delay(AGAIN_MS);
    }
    const { redis, keys } = this.#task;
    const key = keys.arrived(message.spool);
    await redis.pipeline().rpush(key, String(job.id)).expire(key, ARRIVED_SECONDS).exec();
  }

  #checked(job: Job<unknown>): ResultMessage {
    const { engine, campaign, onTrouble } = this.#task;
    try {
      const message = checked('result', job.data);
      if (message.campaign !== campaign) throw new MessageError('campaign: is another one', false);
      if (message.kind === 'evidence') fileOf(message);
      return message;
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      onTrouble(`result ${JSON.stringify(String(job.id).slice(0, 100))}: is refused: ${error.message}`);
      throw new engine.UnrecoverableError(error.message);
    }
  }

  /** Writes all that waits. */
  #flush(): void {
    const taken = this.#waiting;
    this.#waiting = [];
    const evidence = taken.filter(({ message }) => message.kind === 'evidence');
    const intervals = taken.filter(({ message }) => message.kind === 'interval');
    const { store, session, nowMs, onCounted } = this.#task;
    const delivered = {
      evidence: evidence.map(({ message }) => evidenceOf(message as EvidenceMessage)),
      intervals: intervals.map(({ message }) => intervalOf(message as IntervalMessage)),
    };
    let receipts: ReturnType<Store['fleet']['deliver']>;
    try {
      receipts = store.fleet.deliver(session, nowMs(), delivered);
    } catch (error) {
      this.#putOff(taken, error);
      return;
    }
    this.#tell(null);
    for (const [i, { done }] of evidence.entries()) done(receipts.evidence[i]);
    for (const [i, { done }] of intervals.entries()) {
      const receipt = receipts.intervals[i];
      if (receipt === 'counted') onCounted(delivered.intervals[i]);
      if (receipt === 'foreign') this.#tellForeign(delivered.intervals[i]);
      done(receipt);
    }
  }

  /** Tries again later what cannot be written. Any other error ends the hub: nothing of it has arrived. */
  #putOff(taken: readonly Waiting[], error: unknown): void {
    const trouble = writeTrouble(error);
    if (trouble === null) {
      for (const { failed } of taken) failed(error);
      this.#task.onFailed(error);
      return;
    }
    this.#tell(trouble);
    for (const { done } of taken) done('waits');
  }

  #tell(trouble: string | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    const text =
      trouble === null
        ? 'everything is written again'
        : `${trouble}: results wait in the queue until they can be written`;
    this.#task.onTrouble(`store: ${text}`);
  }

  #tellForeign({ execution }: DeliveredInterval): void {
    if (this.#toldForeign) return;
    this.#toldForeign = true;
    this.#task.onTrouble(
      `results of ${execution.host.name} are left out: the store has no row ${execution.row} with that code`,
    );
  }
}

function intervalOf(message: IntervalMessage): DeliveredInterval {
  const { execution, number, lengthMs, rssMb, evidence, end, seconds, trials, failures, nearMisses, classes } = message;
  const outcomes = message.outcomes.map(({ signature, count }) => ({ signature, count }));
  const counts = { seconds, trials, failures, nearMisses, outcomes };
  return { execution, number, lengthMs, rssMb, evidence, end, ...counts, classes };
}

function evidenceOf(message: EvidenceMessage): DeliveredEvidence {
  const { execution, signature, sha256, report } = message;
  return { execution, signature, sha256, report, file: fileOf(message) };
}

/** Returns the bytes of the evidence. Throws MessageError unless they are those that the message names. */
function fileOf({ file, report, sha256 }: EvidenceMessage): Buffer | null {
  let bytes: Buffer | null = null;
  try {
    if (file !== null) bytes = gunzipSync(Buffer.from(file, 'base64'), { maxOutputLength: FILE_BYTES_MAX });
  } catch {
    throw new MessageError('file: is no gzip, or too long', false);
  }
  const hash = createHash('sha256')
    .update(bytes ?? report)
    .digest('hex');
  if (hash !== sha256)
    throw new MessageError(`sha256: is not that of the ${bytes === null ? 'report' : 'file'}`, false);
  return bytes;
}
