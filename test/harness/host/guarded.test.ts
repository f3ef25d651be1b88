// Goal: what a handler throws goes to the code that set it, and not to the process.
import test from 'ava';
import { guarded } from '../../../lib/harness/host/guarded.js';

test('a handler gets what the event has, and what it throws is handed on', (t) => {
  const got: unknown[] = [];
  const handler = guarded(
    (code: number, signal: string) => {
      got.push(code, signal);
      if (code !== 0) throw new Error(signal);
    },
    (error) => got.push(error),
  );
  handler(0, 'none');
  handler(1, 'SIGTERM');
  t.deepEqual(got, [0, 'none', 1, 'SIGTERM', new Error('SIGTERM')]);
});
