/**
 * Where the Redis of a fleet is, and the credentials for it. They come from the environment or a file: what is typed, everybody on the host
 * can read in the list of processes. Called by the commands of a fleet.
 */

import { readFileSync } from 'node:fs';
import { UsageError, quoted } from '../run/usageError.js';

/** How to connect, for the client; `shown` has no secret in it. */
export interface RedisAddress {
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca?: string; readonly servername: string };
}

/** What the user has said, and the environment. */
export interface SaidAddress {
  readonly redis: string | undefined;
  readonly passwordFile: string | undefined;
  readonly ca: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The variables that are read. */
export const REDIS_URL = 'RACEHAMMER_REDIS';
export const REDIS_PASSWORD = 'RACEHAMMER_REDIS_PASSWORD';

const PORT = 6379;
const EXAMPLE = 'redis://127.0.0.1:6379';

/** Throws UsageError. No message of it holds a password. */
export function redisAddress({ redis, passwordFile, ca, env }: SaidAddress): RedisAddress {
  const typed = redis ?? env[REDIS_URL];
  const source = redis === undefined ? REDIS_URL : '--redis';
  if (typed === undefined || typed === '') {
    throw new UsageError(
      `--redis ${EXAMPLE}: is needed; to start one: apt-get install redis-server, or docker compose up -d (docker-compose.yml is in the package); for one machine alone there is soak`,
    );
  }
  const url = parsedUrl(typed, source);
  if (url.password !== '' && redis !== undefined) {
    throw new UsageError(
      `--redis: a password on the command line can be read by everybody on this host; put it into ${REDIS_PASSWORD}, or name a file by --password-file`,
    );
  }
  const password =
    passwordFile === undefined
      ? (env[REDIS_PASSWORD] ?? decodeURIComponent(url.password))
      : read('--password-file', passwordFile).replace(/\r?\n$/, '');
  const isTls = url.protocol === 'rediss:';
  if (ca !== undefined && !isTls) throw new UsageError('--ca: needs an address that begins with rediss://');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? PORT : Number(url.port);
  const db = dbOf(url, source);
  return {
    shown: `${url.protocol}//${url.hostname}:${port}${db === 0 ? '' : `/${db}`}`,
    host,
    port,
    db,
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(password === '' ? {} : { password }),
    ...(isTls ? { tls: { servername: host, ...(ca === undefined ? {} : { ca: read('--ca', ca) }) } } : {}),
  };
}

function parsedUrl(typed: string, source: string): URL {
  // The value may hold a password, so no message quotes it.
  const wrong = new UsageError(
    `${source}: must be redis://HOST:PORT or rediss://HOST:PORT (with TLS), such as ${EXAMPLE}`,
  );
  let url: URL;
  try {
    url = new URL(typed);
  } catch {
    throw wrong;
  }
  if (!['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '' || url.search !== '' || url.hash !== '')
    throw wrong;
  return url;
}

function dbOf({ pathname }: URL, source: string): number {
  const found = /^\/?(\d{0,4})$/.exec(pathname);
  const db = Number(found?.[1] ?? NaN);
  if (Number.isNaN(db))
    throw new UsageError(`${source}: behind the port may stand the number of a database: ${EXAMPLE}/1`);
  return db;
}

function read(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${flag} ${quoted(path)}: cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'error'}`,
    );
  }
}
