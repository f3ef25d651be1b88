/**
 * Can a load overtake the store before it?     Result: plain: on every processor with a store buffer; atomic: never
 *
 * Mail:  none: SB of the literature, the calibration race of the host. No machine is simulated here.
 * Race:  each thread stores to a word and loads the other's. A store waits in the processor's store buffer while the load is
 *        served, so that both threads may read 0.
 * Fix:   sequentially consistent accesses, which empty the store buffer.
 * Plain: V8 has no reason to reorder the accesses: no word is accessed twice in a trial, and its elimination of loads leaves
 *        array buffers out. The machine code has them in this order (Node 20, x64), though nothing promises it.
 * Run:   npx racehammer run store-buffer
 */
import { SPREAD, defineLitmus } from '../../lib/sdk/index.js';

export default defineLitmus({
  name: 'store-buffer',
  short: 'SB',
  question: 'Can a load overtake the store before it?',
  source: 'SB (store buffering), the litmus test',
  explain: `Each thread stores to one word and loads the other's. While the store waits in the store buffer of its processor the
load is served, so both may read 0. How often that is seen tells whether threads of this host really run at once.`,
  locations: ['x', 'y'],
  registers: ['0:r0', '1:r0'],
  threads: [
    {
      program: ['x = 1', 'r0 = y'],
      plain(mem, { locations: [x, y], registers: [r0] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[x + i * SPREAD] = 1;
          mem[r0 + i * SPREAD] = mem[y + i * SPREAD];
        }
      },
      atomic(mem, { locations: [x, y], registers: [r0] }, from, to) {
        for (let i = from; i < to; i++) {
          Atomics.store(mem, x + i * SPREAD, 1);
          mem[r0 + i * SPREAD] = Atomics.load(mem, y + i * SPREAD);
        }
      },
    },
    {
      program: ['y = 1', 'r0 = x'],
      plain(mem, { locations: [x, y], registers: [, r0] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[y + i * SPREAD] = 1;
          mem[r0 + i * SPREAD] = mem[x + i * SPREAD];
        }
      },
      atomic(mem, { locations: [x, y], registers: [, r0] }, from, to) {
        for (let i = from; i < to; i++) {
          Atomics.store(mem, y + i * SPREAD, 1);
          mem[r0 + i * SPREAD] = Atomics.load(mem, x + i * SPREAD);
        }
      },
    },
  ],
  relaxed: [0, 0],
  plain: { tso: 'shows', weak: 'shows' },
  about: {
    '0 0': 'both loads before both stores: each store waited in its store buffer',
    '1 0': 'P1 was first',
    '0 1': 'P0 was first',
    '1 1': 'both stores before both loads',
  },
});
