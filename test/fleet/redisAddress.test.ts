/** Goal: a password comes from the environment or a file, and no line shows it. Method: every way to give one, right and wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { redisAddress, type SaidAddress } from '../../lib/fleet/redisAddress.js';
import { UsageError } from '../../lib/run/usageError.js';

const NOTHING: SaidAddress = { redis: undefined, passwordFile: undefined, ca: undefined, env: {} };
const SECRET = 's3cret/?';

test('where it is and who asks', (t) => {
  t.like(redisAddress({ ...NOTHING, redis: 'redis://h:1/2' }), { host: 'h', port: 1, db: 2, shown: 'redis://h:1/2' });
  const env = { RACEHAMMER_REDIS: `rediss://me:${encodeURIComponent(SECRET)}@h` };
  const found = redisAddress({ ...NOTHING, env });
  t.like(found, { host: 'h', port: 6379, username: 'me', password: SECRET, tls: { servername: 'h' } });
  t.false(found.shown.includes('me'));
  t.is(redisAddress({ ...NOTHING, redis: 'redis://h', env: { RACEHAMMER_REDIS_PASSWORD: SECRET } }).password, SECRET);
});

test('a password in a file', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${SECRET}\n`);
  t.is(redisAddress({ ...NOTHING, redis: 'redis://h', passwordFile }).password, SECRET);
});

const WRONG: readonly (readonly [what: string, said: Partial<SaidAddress>, message: RegExp])[] = [
  ['nothing', {}, /^--redis .*: is needed; to start one: apt-get install redis-server/],
  [
    'a password that ps shows',
    { redis: `redis://u:${encodeURIComponent(SECRET)}@h` },
    /^--redis: a password on the command line/,
  ],
  ['no address', { redis: 'redis//' }, /^--redis: must be redis:\/\/HOST:PORT/],
  ['another protocol', { redis: 'http://h' }, /^--redis: must be redis:\/\/HOST:PORT/],
  ['an option in it', { redis: 'redis://h?password=s3cret' }, /^--redis: must be/],
  ['no database', { redis: 'redis://h/x' }, /^--redis: behind the port may stand the number of a database/],
  ['a bad address in the environment', { env: { RACEHAMMER_REDIS: 'nothing:s3cret' } }, /^RACEHAMMER_REDIS: must be/],
  [
    'no such file',
    { redis: 'redis://h', passwordFile: '/no/such' },
    /^--password-file "\/no\/such": cannot be read: ENOENT$/,
  ],
  ['an authority without TLS', { redis: 'redis://h', ca: '/x' }, /^--ca: needs an address that begins with rediss/],
];

for (const [what, said, message] of WRONG) {
  test(`refused in one line: ${what}`, (t) => {
    const error = t.throws(() => redisAddress({ ...NOTHING, ...said }), { instanceOf: UsageError, message });
    t.false(error.message.includes('s3cret'));
    t.false(error.message.includes('\n'));
  });
}
