/** Goal: a test that looks at a running soak changes nothing about how it ends. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { peek } from './peek.js';
import { HOST, folder, newStore } from './rows.js';

test('a soak that ends after a look leaves one file', async (t) => {
  const path = folder(t);
  const store = newStore(join(path, 's.db'));
  const session = store.claim(HOST);
  const { soakingPid } = await peek(join(path, 's.db'));
  t.is(soakingPid, process.pid);
  store.end(session, 'budget used up', true);
  t.deepEqual(readdirSync(path), ['s.db']);
});
