/**
 * Goal: every operation has a name of its own and fits its field; a ring that overflows says so and keeps the newest, also
 * where the count of its records comes to the end of its word.
 * Method: the table of opcodes, and more accesses than the ring holds; one ring begins just below 2^31 records.
 */
import test from 'ava';
import { WRITE_ONCE } from '../../lib/machine/access.js';
import { OP, OP_MASK, SPIN, STEP_SHIFT, opName, record } from '../../lib/machine/recorder.js';
import { boot, look } from './boot.js';

test('opcodes have names of their own, and leave the flags and the step alone', (t) => {
  const ops = Object.values(OP);
  t.is(new Set(ops).size, ops.length);
  t.is(new Set(ops.map(opName)).size, ops.length);
  for (const op of ops) t.is(op & ~OP_MASK, 0);
  t.is(SPIN & OP_MASK, 0);
  t.true(SPIN < 1 << STEP_SHIFT);
  t.is(opName(OP.FETCH_OR | SPIN), 'fetch_or');
  t.is(opName(31), 'op31');
});

test('a marker is recorded with its flags', (t) => {
  const [cpu] = boot().cpus;
  record(cpu, OP.READ | SPIN, 5, 6, 7);
  t.deepEqual(look(cpu).records, [{ op: 'read', flags: SPIN, step: '-', address: 5, before: 6, after: 7 }]);
});

test('a full ring overwrites the oldest and says so', (t) => {
  const { cpus, at } = boot({ ringEntries: 8 });
  const [cpu] = cpus;
  for (let i = 1; i <= 8; i++) WRITE_ONCE(cpu, at, i);
  t.false(look(cpu).wrapped);
  for (let i = 9; i <= 11; i++) WRITE_ONCE(cpu, at, i);
  const { records, wrapped } = look(cpu);
  t.true(wrapped);
  t.deepEqual(
    records.map((r) => r.after),
    [4, 5, 6, 7, 8, 9, 10, 11],
  );
  cpu.ring.reset();
  t.deepEqual(look(cpu).records, []);
});

test('a ring that has counted 2^31 records goes on, and keeps the newest', (t) => {
  const { cpus, mem, map, at } = boot({ ringEntries: 8 });
  const [cpu] = cpus;
  mem[map.rings] = 2 ** 31 - 4;
  for (let i = 1; i <= 10; i++) WRITE_ONCE(cpu, at, i);
  const { records, wrapped } = look(cpu);
  t.is(mem[map.rings], 2 ** 30 + 6);
  t.true(wrapped);
  t.deepEqual(
    records.map((r) => r.after),
    [3, 4, 5, 6, 7, 8, 9, 10],
  );
});
