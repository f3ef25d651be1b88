/** Goal: a host that does not say how much memory is available has not 0 bytes of it: there no thread could be started. */
import test from 'ava';
import { bytesAvailable } from '../../../lib/harness/host/availableMemory.js';

test('what is available counts, and what is free where that is not told', (t) => {
  t.is(bytesAvailable({ available: () => 5000, free: () => 3000 }), 5000);
  t.is(bytesAvailable({ available: () => 0, free: () => 3000 }), 3000);
  t.true(bytesAvailable() > 0);
});
