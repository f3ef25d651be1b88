/** Goal: whoever begins a fleet without its packages is told which to install. Method: some are missing, as far as is said. */
import test from 'ava';
import { requireFleetPackages } from '../../lib/cli/fleet/packages.js';

test('the line names what is missing alone, with the versions that are known to work', (t) => {
  t.notThrows(() => requireFleetPackages(() => true));
  t.throws(() => requireFleetPackages((name) => name === 'ioredis'), {
    name: 'UsageError',
    message: /^fleet: needs packages that are not installed: npm install bullmq@\^\d\S+ zod@\^\d\S+$/,
  });
});
