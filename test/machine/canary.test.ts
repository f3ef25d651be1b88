/**
 * Goal: a store over any canary word is found and placed, and no part of a machine lies on one.
 * Method: machines of several shapes; each canary word is stored over in turn, and everything beside them at once.
 */
import test from 'ava';
import { findStray, plantCanaries } from '../../lib/machine/canary.js';
import { instanceAt } from '../../lib/machine/cpu.js';
import { HEADER } from '../../lib/machine/layout.js';
import { mapMachine, type MachineMap, type MachineShape } from '../../lib/machine/map.js';
import { allocateWords } from '../../lib/sharedarraybuffer-utils/index.js';

const SHAPE: MachineShape = {
  cpus: 2,
  instanceWords: 20,
  instances: 3,
  percpuWords: 5,
  ringEntries: 16,
  signatures: 2,
  orderTurns: 0,
};

function planted(over: Partial<MachineShape>): { readonly map: MachineMap; readonly mem: Int32Array } {
  const map = mapMachine({ ...SHAPE, ...over });
  const mem = allocateWords(map.words);
  plantCanaries(mem, map);
  return { map, mem };
}

for (const instanceWords of [20, 28, 29])
  test(`instances of ${instanceWords} words: each canary is looked at`, (t) => {
    const { map, mem } = planted({ instanceWords });
    t.is(findStray(mem, map), undefined);
    const canaries = [...mem.keys()].filter((w) => mem[w] !== 0);
    const own = map.guards.reduce((n, { words }) => n + words, 0);
    const pads = map.instanceStride - HEADER.WORDS - instanceWords;
    t.is(canaries.length, own + map.shape.instances * (pads + 1));
    for (const w of canaries) {
      const before = mem[w];
      for (const value of [0, -1, before + 1]) {
        mem[w] = value;
        t.like(findStray(mem, map), { expected: before, found: value | 0 }, `word ${w}`);
      }
      mem[w] = before;
    }
    for (const w of mem.keys()) if (!canaries.includes(w)) mem[w] = -7;
    t.is(findStray(mem, map), undefined, 'what is no canary may hold anything');
  });

test('a stray store is placed as the author of a race thinks of it', (t) => {
  const places = [
    ['word 20 of instance 1, which has 20', (map: MachineMap) => instanceAt(map, 1) + 20],
    ['word -1 of instance 2, which has 20', (map: MachineMap) => instanceAt(map, 2) - 1],
    ['word 3 of the memory, in front of the machine', () => 3],
    [
      'word 2 behind the area "instances", word 30 of instance 2, which has 20',
      (map: MachineMap) => instanceAt(map, 2) + 30,
    ],
    ['word 0 behind the area "mailboxes"', (map: MachineMap) => map.cpus - 16],
  ] as const;
  for (const [place, address] of places) {
    const { map, mem } = planted({});
    mem[address(map)] = 7;
    t.is(findStray(mem, map)?.place, place);
  }
});

test('there are canaries in front of the machine and behind each of its areas', (t) => {
  const { map } = planted({});
  t.deepEqual([map.guards[0].behind, map.guards[0].at], [null, 0]);
  const areas = Object.entries(map).filter(([name, at]) => typeof at === 'number' && !/Stride|words/.test(name));
  t.is(map.guards.length, areas.length + 1);
  for (const { at, words } of map.guards) t.true(words >= 16 && at + words <= map.words);
});
