/** Goal: the first signal ends a run with its report; npm's repetition of the same one must not end the process. */
import test from 'ava';
import { catchInterrupts } from '../../lib/cli/interrupts.js';

test.serial('a signal that comes twice at once is one', (t) => {
  const interrupts = catchInterrupts();
  t.false(interrupts.signal.aborted);
  process.emit('SIGINT', 'SIGINT');
  // The process would end here.
  process.emit('SIGINT', 'SIGINT');
  t.true(interrupts.signal.aborted);
  interrupts.release();
});
