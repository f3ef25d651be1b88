/**
 * Can two readers see two independent writes in opposite orders?     Result: plain: weak memory only; atomic: never
 *
 * Mail:  none: IRIW of the literature, a calibration race of the host. No machine is simulated here.
 * Race:  two threads write a word each, two others read both words, each in another order. The readers disagree if a store
 *        reaches one of them before the other, or if their own loads are reordered. x86 does neither.
 * Fix:   sequentially consistent accesses.
 * Plain: V8 has no reason to reorder the accesses: no word is accessed twice in a trial, and its elimination of loads leaves
 *        array buffers out. The machine code has them in this order (Node 20, x64), though nothing promises it.
 * Run:   npx racehammer run iriw                 (four threads: on fewer cores they seldom run at once)
 */
import { SPREAD, defineLitmus, type Sweep } from '../../lib/sdk/index.js';

const plainStore =
  (location: number): Sweep =>
  (mem, { locations }, from, to) => {
    const at = locations[location];
    for (let i = from; i < to; i++) mem[at + i * SPREAD] = 1;
  };

const atomicStore =
  (location: number): Sweep =>
  (mem, { locations }, from, to) => {
    const at = locations[location];
    for (let i = from; i < to; i++) Atomics.store(mem, at + i * SPREAD, 1);
  };

export default defineLitmus({
  name: 'iriw',
  short: 'IRIW',
  question: 'Can two readers see two independent writes in opposite orders?',
  source: 'IRIW (independent reads of independent writes), the litmus test',
  explain: `Two threads write a word each; two others read both, in opposite orders. If each finds its first word written and
its second one not, they have seen the two writes in opposite orders.`,
  locations: ['x', 'y'],
  registers: ['1:r0', '1:r1', '3:r0', '3:r1'],
  threads: [
    { program: ['x = 1'], plain: plainStore(0), atomic: atomicStore(0) },
    {
      program: ['r0 = x', 'r1 = y'],
      plain(mem, { locations: [x, y], registers: [r0, r1] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[r0 + i * SPREAD] = mem[x + i * SPREAD];
          mem[r1 + i * SPREAD] = mem[y + i * SPREAD];
        }
      },
      atomic(mem, { locations: [x, y], registers: [r0, r1] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[r0 + i * SPREAD] = Atomics.load(mem, x + i * SPREAD);
          mem[r1 + i * SPREAD] = Atomics.load(mem, y + i * SPREAD);
        }
      },
    },
    { program: ['y = 1'], plain: plainStore(1), atomic: atomicStore(1) },
    {
      program: ['r0 = y', 'r1 = x'],
      plain(mem, { locations: [x, y], registers: [, , r0, r1] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[r0 + i * SPREAD] = mem[y + i * SPREAD];
          mem[r1 + i * SPREAD] = mem[x + i * SPREAD];
        }
      },
      atomic(mem, { locations: [x, y], registers: [, , r0, r1] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[r0 + i * SPREAD] = Atomics.load(mem, y + i * SPREAD);
          mem[r1 + i * SPREAD] = Atomics.load(mem, x + i * SPREAD);
        }
      },
    },
  ],
  relaxed: [1, 0, 1, 0],
  plain: { tso: 'forbidden', weak: 'allowed' },
  about: {
    '0 0 0 0': 'both readers before both writes',
    '1 0 1 0': 'P1 saw x before y, P3 saw y before x',
    '1 1 1 1': 'both writes before both readers',
  },
});
