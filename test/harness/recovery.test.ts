/**
 * Goal: a proof that accused a CPU of a wait which has since ended is found out at recovery; a true one passes, whatever
 * else happened to the accused.
 * Method: CPUs of one thread deadlock, are accused, and then a lock is opened, or an acknowledgement given, behind their back.
 */
import test from 'ava';
import { checkProof } from '../../lib/harness/recovery.js';
import { findCycle } from '../../lib/machine/cycle.js';
import { MACHINE } from '../../lib/machine/layout.js';
import { acquire } from '../../lib/machine/lock.js';
import { WAIT, publishWait } from '../../lib/machine/wait.js';
import { boot, type Machine } from '../machine/boot.js';

/** CPU 0 holds word 0 and waits for CPU 1's acknowledgement; CPU 1 waits for word 0 with interrupts off; it is proved. */
function proved(): Machine {
  const machine = boot();
  const { cpus, mem, at } = machine;
  const [a, b] = cpus;
  acquire(a, at);
  mem[b.irqOff] = 1;
  a.mailboxes.expect(0, 0, 2);
  publishWait(a, WAIT.ACK, 0);
  publishWait(b, WAIT.LOCK, at);
  if (!findCycle(b)) throw new Error('no cycle');
  return machine;
}

/** The CPU that found itself accused of nothing, or -1. */
function check({ cpus, mem, map }: Machine): number {
  const verdict = mem[cpus[0].verdict];
  for (const cpu of cpus) checkProof(cpu, verdict);
  return mem[map.machine + MACHINE.wrongProof] - 1;
}

test('a true proof passes', (t) => {
  t.is(check(proved()), -1);
});

test('a lock that was opened after the proof gives it away', (t) => {
  const machine = proved();
  machine.mem[machine.at] = 0;
  t.is(check(machine), 1);
});

test('an acknowledgement that came after the proof gives it away', (t) => {
  const machine = proved();
  machine.cpus[0].mailboxes.ack(1, 0);
  t.is(check(machine), 0);
});

test('CPUs that are not accused have nothing to check', (t) => {
  const machine = proved();
  machine.mem[machine.at] = 0;
  const [a] = machine.cpus;
  checkProof(a, machine.mem[a.verdict]);
  t.is(machine.mem[machine.map.machine + MACHINE.wrongProof], 0);
});
