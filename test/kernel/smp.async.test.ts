/**
 * Goal: a call without waiting is under way until its handler has run, so that nobody who has waited for it goes on while
 * the handler may still fail.
 * Method: CPUs of one thread; the receiver goes on when the test says so.
 */
import test from 'ava';
import { csd_lock_wait, smp_call_function_single_async } from '../../lib/kernel/smp.js';
import { in_interrupt } from '../../lib/kernel/irqflags.js';
import { preempt_count } from '../../lib/kernel/preempt.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { boot } from '../machine/boot.js';

test('the caller goes on at once; the call is under way until the handler is done', (t) => {
  const log: string[] = [];
  const handler = (cpu: Cpu, info: number): void => {
    t.is(cpu.mailboxes.unacked(0, 0), 2, 'not acknowledged before');
    log.push(`CPU ${cpu.id} ${info} ${in_interrupt(cpu)}`);
  };
  const { cpus, at, atBoundaries } = boot({ interrupts: [handler] });
  const [caller, receiver] = cpus;
  smp_call_function_single_async(caller, 1, handler, 7);
  t.deepEqual([log, preempt_count(caller)], [[], 0]);
  atBoundaries(caller, (n) => {
    if (n === 3) READ_ONCE(receiver, at);
  });
  csd_lock_wait(caller);
  t.deepEqual(log, ['CPU 1 7 true']);
  t.is(caller.mailboxes.unacked(0, 0), 0);
});
