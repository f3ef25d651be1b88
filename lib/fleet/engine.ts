/**
 * Loads the queue and its client: the only file that does (test/fleet/loading.test.ts). They take half a second and 70 MB, so nothing but
 * `fleet` may wait for them. Called by the commands of a fleet, which pass what they get on.
 */

import type * as Bull from 'bullmq';
import type * as Client from 'ioredis';

/** The classes of the queue and of its client. */
export interface Engine {
  readonly Queue: typeof Bull.Queue;
  readonly Worker: typeof Bull.Worker;
  readonly WaitingError: typeof Bull.WaitingError;
  readonly UnrecoverableError: typeof Bull.UnrecoverableError;
  readonly Redis: typeof Client.Redis;
}

export async function loadEngine(): Promise<Engine> {
  const [{ Queue, Worker, WaitingError, UnrecoverableError }, { Redis }] = await Promise.all([
    import('bullmq'),
    import('ioredis'),
  ]);
  return { Queue, Worker, WaitingError, UnrecoverableError, Redis };
}
