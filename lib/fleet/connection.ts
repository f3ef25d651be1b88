/** Connections to the Redis of a fleet: checked once, then kept up through every outage. Called by hub, worker and the other commands. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { guarded } from '../harness/host/guarded.js';
import { UsageError } from '../run/usageError.js';
import type { Engine } from './engine.js';
import type { RedisAddress } from './redisAddress.js';

/** What a command gets. */
export interface FleetRedis {
  readonly address: RedisAddress;
  /** Makes a connection that waits for Redis as long as it takes. `onAway` hears once of each outage, and null at its end. */
  connect(onAway: (why: string | null) => void): Redis;
}

const CONNECT_MS = 5000;
const RETRY_MS_MAX = 3000;
/** LPOP of several values, which the workers use, is in 6.2. */
const OLDEST = [6, 2] as const;

/** Checks that a Redis is there that can be used. Throws UsageError, with what to do. `waitMs`: how long it may take to answer. */
export async function fleetRedis(
  { Redis: Client }: Engine,
  address: RedisAddress,
  waitMs = CONNECT_MS,
): Promise<FleetRedis> {
  const { shown, ...options } = address;
  const probe = new Client({
    ...options,
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let last: Error | undefined;
  probe.on(
    'error',
    guarded(
      (error: Error) => (last = error),
      () => {},
    ),
  );
  const answering = new AbortController();
  try {
    const late = delay(waitMs, undefined, { signal: answering.signal }).then(() => {
      throw new UsageError(`redis ${shown}: does not answer: it is stopped or overloaded, or no Redis`);
    });
    const info = await Promise.race([probe.connect().then(() => infoOf(probe)), late]);
    requireUsable(info, shown);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`redis ${shown}: ${troubleOf(last ?? (error as Error), address)}`);
  } finally {
    answering.abort();
    probe.disconnect();
  }
  return {
    address,
    connect(onAway) {
      const client = new Client({
        ...options,
        connectTimeout: CONNECT_MS,
        maxRetriesPerRequest: null,
        retryStrategy: (times) => Math.min(RETRY_MS_MAX, 100 * times),
      });
      watch(client, address, onAway);
      return client;
    },
  };
}

function watch(client: Redis, address: RedisAddress, onAway: (why: string | null) => void): void {
  let isAway = false;
  const lost = (why: string): void => {
    if (isAway) return;
    isAway = true;
    onAway(why);
  };
  const back = (): void => {
    if (isAway) onAway(null);
    isAway = false;
  };
  const ignore = (): void => {};
  client.on(
    'error',
    guarded((error: Error) => lost(troubleOf(error, address)), ignore),
  );
  client.on('ready', guarded(back, ignore));
}

/** Returns the lines of INFO; null if this user may not ask for them. */
async function infoOf(probe: Redis): Promise<string | null> {
  try {
    return await probe.info();
  } catch (error) {
    if ((error as Error).message.startsWith('NOPERM')) return null;
    throw error;
  }
}

/** Throws UsageError for a server that is too old, or drops keys. `info`: what it answers to INFO; null if it may not be asked. */
export function requireUsable(info: string | null, shown: string): void {
  if (info === null) return;
  const value = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const version = value('redis_version') ?? '';
  const [major, minor] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new UsageError(`redis ${shown}: is version ${version}, must be ${OLDEST.join('.')} or newer`);
  }
  const policy = value('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    throw new UsageError(
      `redis ${shown}: evicts keys when its memory is full (maxmemory-policy ${policy}): set it to noeviction`,
    );
  }
}

/** Says what is wrong, and what to do, without a secret. */
function troubleOf(error: Error, { password, tls }: RedisAddress): string {
  const [word] = error.message.split(' ');
  const code = (error as NodeJS.ErrnoException).code ?? word;
  if (word === 'WRONGPASS') return 'refuses the user or the password';
  if (word === 'NOAUTH')
    return 'wants a password: put it into RACEHAMMER_REDIS_PASSWORD, or name a file by --password-file';
  if (/without any password configured/.test(error.message)) return 'has no password, and one was given';
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return 'nobody answers there: start one (apt-get install redis-server, or docker compose up -d)';
  if (tls !== undefined && /CERT|SSL|certificate/i.test(`${code} ${error.message}`))
    return `its certificate is not trusted (${code}): name that of its authority by --ca`;
  const shown = error.message.split('\n')[0];
  return password === undefined ? shown : shown.replaceAll(password, '***');
}
