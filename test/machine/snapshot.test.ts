/**
 * Goal: the first failure of a signature is kept as it was, whatever the machine does next: the instance, the locks that
 * each CPU held and where, the call stacks, the records; the report names the locks that nobody will ever release.
 * Method: a CPU dies with locks held; the memory is then overwritten, and the snapshot read.
 */
import test from 'ava';
import { WRITE_ONCE } from '../../lib/machine/access.js';
import { enter, kernelFunction, step } from '../../lib/machine/callStack.js';
import { CPU, MACHINE } from '../../lib/machine/layout.js';
import { acquire } from '../../lib/machine/lock.js';
import { captureRings } from '../../lib/machine/snapshot.js';
import { ACTIVITY, die, fail } from '../../lib/machine/outcome.js';
import { WAIT, publishWait, waitKind } from '../../lib/machine/wait.js';
import { failureReport, reportFacts } from '../../lib/race/failureReport.js';
import { beginTrial, boot, isAbandoned, snapshotOf, type Machine } from './boot.js';

/** CPU 0 dies at A2 in page_referenced_one with words 3 and 4 locked; CPU 1 waits for word 3 and holds word 5. */
function fatal(): Machine {
  const machine = boot();
  const [a, b] = machine.cpus;
  beginTrial(a, 9);
  beginTrial(b, 9);
  machine.mem[b.block + CPU.activity] = ACTIVITY.RUNNING;
  WRITE_ONCE(a, machine.at, 0x1234);
  enter(a, kernelFunction('page_referenced_one'));
  step(a, 1);
  acquire(a, machine.at + 3);
  machine.mem[a.irqOff] = 1;
  step(a, 2);
  acquire(a, machine.at + 4);
  acquire(b, machine.at + 5);
  publishWait(b, WAIT.LOCK, machine.at + 3);
  isAbandoned(() => die(a, 'bang', 'a table is both', 11, 12));
  captureRings(a, 2);
  return machine;
}

test('a snapshot keeps the moment of the failure', (t) => {
  const machine = fatal();
  const { mem, map, at } = machine;
  const s = snapshotOf(machine, 'bang');
  // The trial that follows.
  mem.fill(0, map.machine, map.cpus);
  mem.fill(-1, map.cpus, map.snapshots);
  t.deepEqual([s.signature, s.message, s.cpu, s.trial], ['bang', 'a table is both', 0, 9]);
  t.deepEqual(s.detail.slice(0, 3), [11, 12, 0]);
  t.is(s.instance, at);
  t.is(s.word(at), 0x1234);
  const [a, b] = s.cpus;
  t.is(a.activity, ACTIVITY.DEAD);
  t.deepEqual(a.held, [
    { lock: at + 3, step: 'A1', irqsOff: false, hasLockWord: true, isReader: false },
    { lock: at + 4, step: 'A2', irqsOff: true, hasLockWord: true, isReader: false },
  ]);
  t.deepEqual(a.frames, [{ fn: 'page_referenced_one', step: 'A2' }]);
  t.deepEqual(
    a.records.map((r) => r.op),
    ['write', 'acquire', 'acquire', 'failed', 'died'],
  );
  t.deepEqual([a.comm, b.actor], ['task0', 'actor1']);
  t.is(waitKind(b.wait), WAIT.LOCK);
});

test('the report names the locks that are orphaned, and those alone', (t) => {
  const machine = fatal();
  const symbols = (address: number): string => `word${address - machine.at}`;
  const lines = failureReport(
    reportFacts(snapshotOf(machine, 'bang'), ['kernel BUG'], symbols, { title: 'bang in a test' }),
  );
  const orphaned = lines.filter((line) => line.includes('ORPHANED'));
  t.deepEqual(
    orphaned.map((line) => line.trim().split(',')[0]),
    ['ORPHANED LOCK: word3', 'ORPHANED LOCK: word4', 'holds word3', 'holds word4', 'word3: CPU 0', 'word4: CPU 0'],
  );
  t.true(lines.some((line) => line.includes('word5: CPU 1') && line.includes('generation 0')));
  t.true(lines.some((line) => line.startsWith('CPU 1') && line.includes('spins on word3')));
  t.true(lines.some((line) => line.startsWith('CPU 0') && line.includes('dead')));
  t.true(lines.includes('kernel BUG'));
});

test('the first failure of a signature is kept, other signatures have places of their own', (t) => {
  const machine = fatal();
  const [a, b] = machine.cpus;
  for (const signature of ['bang', 'deadlock'] as const) {
    machine.mem[a.outcome] = 0;
    beginTrial(b, 10);
    fail(b, signature, `second: ${signature}`);
  }
  captureRings(b, 0);
  t.is(snapshotOf(machine, 'bang').message, 'a table is both');
  t.is(snapshotOf(machine, 'deadlock').message, 'second: deadlock');
  t.is(machine.mem[machine.map.machine + MACHINE.captured], 0b101);
});
