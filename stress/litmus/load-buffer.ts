/**
 * Can a store overtake the load before it?     Result: plain: by the weakest architectures' leave; atomic: never
 *
 * Mail:  none: LB of the literature, a calibration race of the host. No machine is simulated here.
 * Race:  each thread loads a word and then stores to the other's. Both loads can see the other's store only if the stores were
 *        made before the loads in front of them. ARM and POWER allow it and few of their processors do it; x86 never does.
 * Fix:   sequentially consistent accesses.
 * Plain: V8 has no reason to reorder the accesses: no word is accessed twice in a trial, and its elimination of loads leaves
 *        array buffers out. The machine code has them in this order (Node 20, x64), though nothing promises it.
 * Run:   npx racehammer run load-buffer
 */
import { SPREAD, defineLitmus } from '../../lib/sdk/index.js';

export default defineLitmus({
  name: 'load-buffer',
  short: 'LB',
  question: 'Can a store overtake the load before it?',
  source: 'LB (load buffering), the litmus test',
  explain: `Each thread loads a word and then stores to the other's. Both loads see 1 only if both stores overtook the loads in
front of them.`,
  locations: ['x', 'y'],
  registers: ['0:r0', '1:r0'],
  threads: [
    {
      program: ['r0 = x', 'y = 1'],
      plain(mem, { locations: [x, y], registers: [r0] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[r0 + i * SPREAD] = mem[x + i * SPREAD];
          mem[y + i * SPREAD] = 1;
        }
      },
      atomic(mem, { locations: [x, y], registers: [r0] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[r0 + i * SPREAD] = Atomics.load(mem, x + i * SPREAD);
          Atomics.store(mem, y + i * SPREAD, 1);
        }
      },
    },
    {
      program: ['r0 = y', 'x = 1'],
      plain(mem, { locations: [x, y], registers: [, r0] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[r0 + i * SPREAD] = mem[y + i * SPREAD];
          mem[x + i * SPREAD] = 1;
        }
      },
      atomic(mem, { locations: [x, y], registers: [, r0] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[r0 + i * SPREAD] = Atomics.load(mem, y + i * SPREAD);
          Atomics.store(mem, x + i * SPREAD, 1);
        }
      },
    },
  ],
  relaxed: [1, 1],
  plain: { tso: 'forbidden', weak: 'allowed' },
  about: {
    '0 0': 'both loads before both stores',
    '1 0': 'P1 was first',
    '0 1': 'P0 was first',
    '1 1': 'both stores before both loads: each store overtook a load',
  },
});
