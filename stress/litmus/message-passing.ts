/**
 * Can a flag be seen before the message that was written first?     Result: plain: weak memory only; atomic: never
 *
 * Mail:  none: MP of the literature, a calibration race of the host. No machine is simulated here.
 * Race:  one thread writes a message and then a flag, the other reads the flag and then the message. It may find the flag set
 *        and the message missing where stores or loads are reordered among themselves, which x86 never does.
 * Fix:   sequentially consistent accesses; release and acquire would do.
 * Plain: V8 has no reason to reorder the accesses: no word is accessed twice in a trial, and its elimination of loads leaves
 *        array buffers out. The machine code has them in this order (Node 20, x64), though nothing promises it.
 * Run:   npx racehammer run message-passing
 */
import { SPREAD, defineLitmus } from '../../lib/sdk/index.js';

export default defineLitmus({
  name: 'message-passing',
  short: 'MP',
  question: 'Can a flag be seen before the message that was written first?',
  source: 'MP (message passing), the litmus test',
  explain: `One thread writes a message and then a flag, the other reads the flag and then the message. A flag that is set with
the message missing says that stores, or loads, were reordered among themselves.`,
  locations: ['x', 'y'],
  registers: ['1:r0', '1:r1'],
  threads: [
    {
      program: ['x = 1', 'y = 1'],
      plain(mem, { locations: [x, y] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[x + i * SPREAD] = 1;
          mem[y + i * SPREAD] = 1;
        }
      },
      atomic(mem, { locations: [x, y] }, from, to) {
        for (let i = from; i < to; i++) {
          Atomics.store(mem, x + i * SPREAD, 1);
          Atomics.store(mem, y + i * SPREAD, 1);
        }
      },
    },
    {
      program: ['r0 = y', 'r1 = x'],
      plain(mem, { locations: [x, y], registers: [r0, r1] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[r0 + i * SPREAD] = mem[y + i * SPREAD];
          mem[r1 + i * SPREAD] = mem[x + i * SPREAD];
        }
      },
      atomic(mem, { locations: [x, y], registers: [r0, r1] }, from, to) {
        for (let i = from; i < to; i++) {
          mem[r0 + i * SPREAD] = Atomics.load(mem, y + i * SPREAD);
          mem[r1 + i * SPREAD] = Atomics.load(mem, x + i * SPREAD);
        }
      },
    },
  ],
  relaxed: [1, 0],
  plain: { tso: 'forbidden', weak: 'shows' },
  about: {
    '0 0': 'the message had not been sent',
    '1 0': 'the flag without the message: reordered',
    '0 1': 'the message was being sent',
    '1 1': 'the message was received',
  },
});
