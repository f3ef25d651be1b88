/**
 * Goal: what the kernel's detectors would say of a hang names the CPUs that hang, and an unresponsive call only of a CPU that
 * waits for one.
 * Method: two CPUs of one thread, a cycle that is proved, and a call that nobody has taken.
 */
import test from 'ava';
import { lockupReport } from '../../lib/kernel/lockup.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { findCycle } from '../../lib/machine/cycle.js';
import { post } from '../../lib/machine/ipi.js';
import { IRQS_DISABLED } from '../../lib/machine/irq.js';
import { acquire } from '../../lib/machine/lock.js';
import { DEADLOCK } from '../../lib/machine/signatures.js';
import { captureRings } from '../../lib/machine/snapshot.js';
import type { Snapshot } from '../../lib/machine/snapshotView.js';
import { WAIT, publishWait } from '../../lib/machine/wait.js';
import { failureFacts } from '../../lib/race/failureFacts.js';
import { failureReport, reportFacts } from '../../lib/race/failureReport.js';
import { STEPS, boot, snapshotOf } from '../machine/boot.js';

const handler0 = (): void => {};

/** CPU 0 has called CPU 1, which takes no interrupts and waits for CPU 0's lock; what CPU 0 waits for is `wait`. */
function hang(wait: (a: Cpu, at: number) => void): Snapshot {
  const machine = boot({ interrupts: [handler0] });
  const [a, b] = machine.cpus;
  const { at } = machine;
  acquire(a, at);
  acquire(b, at + 1);
  machine.mem[b.irqOff] = IRQS_DISABLED;
  post(a, 2, 0, handler0, 0x10, true);
  publishWait(b, WAIT.LOCK, at);
  wait(a, at);
  if (!findCycle(a)) throw new Error('no cycle');
  captureRings(a, 0);
  return snapshotOf(machine, DEADLOCK);
}

/** The lines about calls, of the kernel's detectors and of the report. */
function callLines(snapshot: Snapshot): string[] {
  const facts = reportFacts(
    snapshot,
    lockupReport(snapshot, STEPS, (word) => `word ${word}`),
    (word) => `word ${word}`,
    { title: 'a hang' },
  );
  return failureReport(facts).filter((line) => line.includes('csd:') || line.includes('handler0('));
}

test('a CPU that waits for its call', (t) => {
  const snapshot = hang((a) => publishWait(a, WAIT.ACK, 0));
  t.deepEqual(callLines(snapshot), [
    'csd: Detected non-responsive CSD lock (#1) on CPU#0, waiting for CPU#01 handler0(0x10).',
    'csd:     CSD lock (#1) unresponsive: CPU#01 has interrupts off.',
    '  CPU 0: handler0(0x10), posted 1 instruction of CPU 0 ago, waits for it to run; owed by CPU 1 (in its mailbox, IRQs off)',
  ]);
});

test('a CPU that has called another one, and waits for a lock', (t) => {
  const snapshot = hang((a, at) => publishWait(a, WAIT.LOCK, at + 1));
  t.deepEqual(callLines(snapshot), [
    '  CPU 0: handler0(0x10), posted 1 instruction of CPU 0 ago, does not wait for it; owed by CPU 1 (in its mailbox, IRQs off)',
  ]);
  t.false(failureFacts(snapshot, String, []).calls[0].awaited);
});
