// Goal: the distance between two failures goes into the right power of two, over rounds, over trial numbers that wrap, and over runs
// longer than a word counts. Method: the words of a machine as CPU 0 finds them after a failed trial.

import test from 'ava';
import { countGap } from '../../../lib/harness/cpu/failureGaps.js';
import { blockOf } from '../../../lib/machine/cpu.js';
import { COUNTER, CPU, GAPS, MACHINE } from '../../../lib/machine/layout.js';
import { Random } from '../../../lib/tune/random.js';
import { boot } from '../../machine/boot.js';

/** Counts failures at these trials of a machine, each with the trials that came before its round; tells which powers were counted. */
function gaps(
  failures: readonly { readonly before: number; readonly inRound: number; readonly first?: number }[],
  base: number = COUNTER.gap0,
): number[] {
  const { cpus } = boot();
  const [cpu] = cpus;
  const { mem, map, counters } = cpu;
  let counted = 0;
  for (const { before, inRound, first = 1 } of failures) {
    for (; counted < before;) {
      const step = Math.min(before - counted, 2 ** 30);
      counters.add(COUNTER.trials, step);
      counted += step;
    }
    mem[map.machine + MACHINE.roundFirst] = first;
    mem[blockOf(map, 0) + CPU.trial] = (first + inRound - 1) | 0;
    countGap(cpu);
  }
  return Array.from({ length: GAPS }, (_, g) => counters.read(base + g)).flatMap((count, g) =>
    Array.from({ length: count }, () => g),
  );
}

test('the first failure is counted from the start, the others from the one before', (t) => {
  t.deepEqual(gaps([{ before: 0, inRound: 1 }]), [0]);
  t.deepEqual(
    gaps([
      { before: 0, inRound: 4 },
      { before: 0, inRound: 5 },
      { before: 64, inRound: 1 },
    ]),
    [0, 2, 5],
  );
  t.deepEqual(gaps([{ before: 127, inRound: 1 }]), [7]);
  t.deepEqual(gaps([{ before: 126, inRound: 1 }]), [6]);
});

test('trial numbers wrap, counts do not', (t) => {
  t.deepEqual(
    gaps([
      { before: 0, inRound: 1 },
      { before: 64, inRound: 8, first: 0x7fff_fffe },
    ]),
    [0, 6],
  );
  t.deepEqual(
    gaps([
      { before: 2 ** 33, inRound: 3 },
      { before: 2 ** 33, inRound: 7 },
    ]),
    [2, 33],
  );
  t.deepEqual(gaps([{ before: 2 ** 40, inRound: 1 }]), [40]);
});

test('where CPU 0 had run ahead of what was counted, the distance is at least one trial', (t) => {
  t.deepEqual(
    gaps([
      { before: 0, inRound: 500 },
      { before: 20, inRound: 3 },
    ]),
    [0, 8],
  );
});

/** Counts blocks of 2^s trials that had one of these failures, as the host does. */
function blocks(failures: readonly number[]): number[] {
  const apart = gaps(
    failures.map((trial) => ({ before: trial - 1, inRound: 1 })),
    COUNTER.apart0,
  );
  return Array.from({ length: GAPS }, (_, s) => apart.filter((bit) => bit >= s).length);
}

test('the blocks of each length that had a failure are counted', (t) => {
  const drawn = new Random(1);
  const near = Array.from({ length: 40 }, () => 1 + Math.floor(drawn.next() * 200));
  const far = Array.from({ length: 40 }, () => 1 + Math.floor(2 ** (drawn.next() * 40)));
  for (const trials of [[1], [1, 2], [7, 8], [2 ** 30 - 1, 2 ** 30], [5, 2 ** 35], near, far]) {
    const failures = [...new Set(trials)].toSorted((a, b) => a - b);
    const expected = Array.from({ length: GAPS }, (_, s) => new Set(failures.map((n) => Math.floor(n / 2 ** s))).size);
    t.deepEqual(blocks(failures), expected);
  }
});

test('a failure that is placed before the last one is in no new block', (t) => {
  const failures = [
    { before: 0, inRound: 500 },
    { before: 20, inRound: 3 },
    { before: 500, inRound: 13 },
  ];
  t.deepEqual(
    gaps(failures, COUNTER.apart0),
    [9, GAPS - 1].toSorted((a, b) => a - b),
  );
});
