/**
 * Goal: every machine tells all signatures of its own apart, however many its race declares.
 * Method: lists of declared names; and a machine that fails with each signature of a race with as many as it can have.
 */
import test from 'ava';
import { MACHINE, SIGNATURES_MAX } from '../../lib/machine/layout.js';
import { fail, outcomeCpu, outcomeSignature } from '../../lib/machine/outcome.js';
import { MISUSES, SLEEPING_IN_ATOMIC, signaturesOf } from '../../lib/machine/signatures.js';
import { captureRings, isCaptured } from '../../lib/machine/snapshot.js';
import { readSnapshot } from '../../lib/machine/snapshotView.js';
import { NAMING, beginTrial, boot } from './boot.js';

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `name-${i}`);

test('the machine has all of its own beside those of the race', (t) => {
  for (const declared of [0, 13, 40]) {
    const all = signaturesOf(names(declared));
    t.is(all.length, declared + signaturesOf([]).length);
    for (const misuse of MISUSES) t.true(all.includes(misuse));
  }
});

test('one that is declared is there once, where it is declared', (t) => {
  const declared = [...names(12), SLEEPING_IN_ATOMIC];
  t.is(signaturesOf(declared).filter((name) => name === SLEEPING_IN_ATOMIC).length, 1);
  t.is(signaturesOf(declared).indexOf(SLEEPING_IN_ATOMIC), 12);
});

test('each of as many as there can be fails a trial, on any CPU, and is kept by itself', (t) => {
  const signatures = signaturesOf(names(SIGNATURES_MAX - signaturesOf([]).length));
  t.is(signatures.length, SIGNATURES_MAX);
  const { cpus, mem, map } = boot({ cpus: 64, signatures });
  for (const [index, signature] of signatures.entries()) {
    const cpu = cpus[63 - index];
    mem[cpu.outcome] = 0;
    beginTrial(cpu, index + 1);
    t.false(isCaptured(mem, map, index));
    t.true(fail(cpu, signature, `as ${signature}`));
    t.deepEqual([outcomeSignature(mem[cpu.outcome]), outcomeCpu(mem[cpu.outcome])], [index, cpu.id]);
    captureRings(cpu, index);
    const kept = readSnapshot(mem, map.snapshots + index * map.snapshotStride, map, { ...NAMING, signatures });
    t.deepEqual([kept.signature, kept.message, kept.cpu], [signature, `as ${signature}`, cpu.id]);
  }
  t.deepEqual([mem[map.machine + MACHINE.captured], mem[map.machine + MACHINE.captured + 1]], [-1, -1]);
});
