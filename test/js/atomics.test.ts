/**
 * Goal: what stands in the place of Atomics does what the engine's does, and the records say it: values, memory, exceptions. Memory that
 * is not the test's, and whatever is called outside of a trial, leaves no record.
 * Method: drawn operations on arrays of every kind, made by both on memories of their own; the records played back.
 */
import test from 'ava';
import fc from 'fast-check';
import { operationsOf } from '../../lib/js/atomics.js';
import { Seam, bitsOf, type IntegerArray } from '../../lib/js/seam.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { OWN_WORDS } from '../../lib/machine/layout.js';
import { boot, records } from '../machine/boot.js';

const KINDS = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
] as unknown as readonly (new (buffer: SharedArrayBuffer, at?: number) => IntegerArray)[];
const NAMES = ['load', 'store', 'add', 'sub', 'and', 'or', 'xor', 'exchange', 'compareExchange'] as const;
type Operation = (array: IntegerArray, index: unknown, ...values: unknown[]) => unknown;
const engine = Object.fromEntries(NAMES.map((name) => [name, Atomics[name]])) as unknown as Record<string, Operation>;

interface Stand {
  readonly cpu: Cpu;
  readonly seam: Seam;
  readonly operations: Record<string, Operation>;
  readonly buffer: SharedArrayBuffer;
}

function stand(buffer = new SharedArrayBuffer(64)): Stand {
  const [cpu] = boot({ cpus: 1 }).cpus;
  const seam = new Seam();
  seam.join(cpu, [{ buffer, path: '', first: 0, memory: null }]);
  seam.begin();
  return { cpu, seam, operations: operationsOf(seam) as unknown as Record<string, Operation>, buffer };
}

/** The records: address, value before, value after. */
function recordsOf(cpu: Cpu): (readonly [number, number, number])[] {
  return records(cpu).map(({ address, before, after }) => [address, before, after] as const);
}

const called = (f: () => unknown): unknown => {
  try {
    return f();
  } catch (thrown) {
    return (thrown as Error).name;
  }
};

const operation = fc.record({
  name: fc.constantFrom(...NAMES),
  index: fc.oneof(fc.integer({ min: 0, max: 7 }), fc.constantFrom<unknown>(-1, 64, 1.5, '2', undefined)),
  values: fc.tuple(
    fc.oneof(fc.integer(), fc.double(), fc.constantFrom<unknown>(undefined, '7', -0)),
    fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom<unknown>(undefined)),
  ),
});

for (const Kind of KINDS)
  test(`${Kind.name}: values, memory and exceptions are the engine's, and the records say them`, (t) => {
    const isBig = Kind.name.startsWith('Big');
    const one = (value: unknown): unknown =>
      isBig && typeof value === 'number' ? BigInt(Number.isFinite(value) ? Math.trunc(value) : 0) : value;
    const property = fc.property(fc.array(operation, { maxLength: 12 }), (list) => {
      const { cpu, seam, operations, buffer } = stand();
      const other = new SharedArrayBuffer(64);
      const [mine, theirs] = [new Kind(buffer), new Kind(other)];
      for (const { name, index, values } of list) {
        const given = values.map(one);
        const [found, expected] = [
          called(() => operations[name](mine, index, ...given)),
          called(() => engine[name](theirs, index, ...given)),
        ];
        if (!Object.is(found, expected))
          throw new Error(
            `${name}(${String(index)}, ${given.map(String).join()}) is ${String(found)}, not ${String(expected)}`,
          );
      }
      seam.end();
      if (!Buffer.from(buffer).equals(Buffer.from(other))) throw new Error('the memories differ');
      const played = new Map<number, number>();
      for (const [address, before, after] of recordsOf(cpu)) {
        if ((played.get(address) ?? 0) !== before)
          throw new Error(`a record of ${before} behind ${played.get(address) ?? 0}`);
        played.set(address, after);
      }
      for (const [address, value] of played) {
        const held = mine[(address - OWN_WORDS) / Kind.prototype.BYTES_PER_ELEMENT];
        if (bitsOf(mine, held) !== value)
          throw new Error(`the records end with ${value}, and memory holds ${String(held)}`);
      }
    });
    t.notThrows(() => fc.assert(property, { numRuns: 50 }));
  });

test('other memory, and what is called outside of a trial, leaves no record', (t) => {
  const { cpu, seam, operations, buffer } = stand();
  operations['add'](new Int32Array(new SharedArrayBuffer(8)), 0, 1);
  operations['add'](new Int32Array(8), 0, 1);
  t.deepEqual(recordsOf(cpu), []);
  const own = new Int32Array(buffer, 8);
  operations['add'](own, 1, 5);
  t.deepEqual(recordsOf(cpu), [[OWN_WORDS + 12, 0, 5]]);
  seam.end();
  operations['add'](own, 1, 5);
  t.is(recordsOf(cpu).length, 1);
  t.is(own[1], 10);
});

test('a loop of reads is recorded once, and as far as it had come when it ended', (t) => {
  const { cpu, seam, operations, buffer } = stand();
  const words = new Int32Array(buffer);
  for (let i = 0; i < 100; i++) for (const at of [0, 1]) operations['load'](words, at);
  words[1] = 7;
  for (const at of [0, 1]) operations['load'](words, at);
  seam.end();
  const [a, b] = [OWN_WORDS, OWN_WORDS + 4];
  t.deepEqual(
    recordsOf(cpu).map(([address, , after]) => [address, after]),
    [
      [a, 0],
      [b, 0],
      [a, 0],
      [b, 0],
      [a, 0],
      [b, 7],
    ],
  );
});
