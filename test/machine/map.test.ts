/**
 * Goal: nothing in a machine overlaps, everything that CPUs wait for lies where a wait record can name it, and what does not
 * fit is refused.
 * Method: the parts of machines of many shapes are laid side by side.
 */
import test from 'ava';
import {
  CPU,
  CPUS_MAX,
  HEADER,
  LOCKSTEP,
  LOCK_SPACE_WORDS,
  MACHINE,
  PROOF_BUCKETS,
  SIGNATURES_MAX,
} from '../../lib/machine/layout.js';
import { instancesThatFit, mapMachine, type MachineShape } from '../../lib/machine/map.js';
import { blockOf, instanceAt, partyOf } from '../../lib/machine/cpu.js';
import { orderAt, turnPartyOf } from '../../lib/machine/lockstep.js';
import { Counters, LINE_WORDS, Mailboxes, PARTY, ringWords } from '../../lib/sharedarraybuffer-utils/index.js';

const SHAPE: MachineShape = {
  cpus: 2,
  instanceWords: 20,
  instances: 4,
  percpuWords: 50,
  ringEntries: 16,
  signatures: 3,
  orderTurns: 0,
};

const SHAPES: readonly Partial<MachineShape>[] = [
  {},
  { cpus: 1, instances: 1, percpuWords: 0, signatures: 1 },
  { cpus: CPUS_MAX, signatures: SIGNATURES_MAX, orderTurns: 100 },
  { cpus: 3, instanceWords: 1, instances: 300, orderTurns: 1 },
];

/** First word and size of every part. */
function parts(shape: MachineShape): [name: string, at: number, words: number][] {
  const map = mapMachine(shape);
  const perCpu = Array.from({ length: shape.cpus }, (_, id): [string, number, number][] => [
    [`block ${id}`, blockOf(map, id), CPU.WORDS],
    [`per-CPU area ${id}`, map.percpu + id * map.percpuStride, shape.percpuWords],
    [`bell ${id}`, partyOf(map, id), PARTY.WORDS],
    [`progress ${id}`, map.progress + id * LINE_WORDS, LINE_WORDS],
    [`ring ${id}`, map.rings + id * map.ringStride, ringWords(shape.ringEntries)],
    ...(shape.orderTurns > 0
      ? [[`turn bell ${id}`, turnPartyOf(map, id), PARTY.WORDS] as [string, number, number]]
      : []),
  ]);
  const instances = Array.from({ length: shape.instances }, (_, i): [string, number, number] => {
    return [`instance ${i}`, instanceAt(map, i) - HEADER.WORDS, HEADER.WORDS + shape.instanceWords];
  });
  const snapshots = Array.from({ length: shape.signatures }, (_, i): [string, number, number] => {
    return [`snapshot ${i}`, map.snapshots + i * map.snapshotStride, map.snapshotStride];
  });
  return [
    ['machine', map.machine, MACHINE.WORDS],
    ['mailboxes', map.mailboxes, Mailboxes.words(shape.cpus)],
    ['counters', map.counters, Counters.words(4 + shape.signatures)],
    ['proofs', map.proofs, PROOF_BUCKETS],
    ['lockstep', map.lockstep, LOCKSTEP.WORDS],
    ['order', shape.orderTurns > 0 ? orderAt(map) : map.lockstep + LOCKSTEP.WORDS, shape.orderTurns],
    ...perCpu.flat(),
    ...instances,
    ...snapshots,
    ['end', map.words, 0],
  ];
}

for (const [i, over] of SHAPES.entries()) {
  test(`machine ${i}: its parts lie side by side`, (t) => {
    const all = parts({ ...SHAPE, ...over }).toSorted((a, b) => a[1] - b[1] || a[2] - b[2]);
    for (const [k, [name, at, words]] of all.entries()) {
      if (k + 1 < all.length) t.true(at + words <= all[k + 1][1], `${name} runs into ${all[k + 1][0]}`);
    }
    t.is(all.at(-1)?.[0], 'end');
  });
}

test('the same shape gives the same map', (t) => {
  t.deepEqual(mapMachine(SHAPE), mapMachine({ ...SHAPE }));
});

test('what CPUs write often begins on a cache line', (t) => {
  const map = mapMachine({ ...SHAPE, cpus: 3, orderTurns: 5 });
  for (const id of [0, 1, 2]) {
    for (const at of [blockOf(map, id), partyOf(map, id), map.rings + id * map.ringStride]) t.is(at % LINE_WORDS, 0);
  }
  t.is((instanceAt(map, 1) - HEADER.WORDS) % LINE_WORDS, 0);
});

test('a machine that cannot be is refused', (t) => {
  t.throws(() => mapMachine({ ...SHAPE, cpus: 0 }), { message: /1 to 64 CPUs, not 0/ });
  t.throws(() => mapMachine({ ...SHAPE, cpus: CPUS_MAX + 1 }), { message: /not 65/ });
  t.throws(() => mapMachine({ ...SHAPE, signatures: SIGNATURES_MAX + 1 }), { message: /65 signatures/ });
  t.throws(() => mapMachine({ ...SHAPE, instanceWords: LOCK_SPACE_WORDS }), { message: /do not fit/ });
});

test('as many instances as fit, and not one more', (t) => {
  for (const cpus of [1, 2, 8, CPUS_MAX]) {
    for (const instanceWords of [1, 28, 29, 500, 5000]) {
      const instances = instancesThatFit(instanceWords, cpus, Infinity);
      const map = mapMachine({ ...SHAPE, cpus, instanceWords, instances });
      t.true(instanceAt(map, instances - 1) + instanceWords <= LOCK_SPACE_WORDS);
      t.throws(() => mapMachine({ ...SHAPE, cpus, instanceWords, instances: instances + 2 }), {
        message: /do not fit/,
      });
    }
  }
  t.is(instancesThatFit(10, 2, 5), 5);
});
