/**
 * Does a reader of a seqlock see half a write? It does if it looks at the sequence only once: at the end it must find the number that it began with.
 * The pair that each reader returns is an outcome, and outcomes are graded.
 * Run: npx racehammer run ./examples/js/seqlock.js
 */
import { hammer } from 'racehammer/js';

const SEQUENCE = 0;
const LEFT = 16;
const RIGHT = 32;

export default hammer({
  name: 'seqlock',
  question: 'Does a reader see half a write?',
  share: () => new Int32Array(new SharedArrayBuffer(4 * 48)),
  names: Object.assign([], { [SEQUENCE]: 'sequence', [LEFT]: 'left', [RIGHT]: 'right' }),
  variants: { once: { fails: 'forbidden-outcome' }, again: {} },
  actors: {
    writer({ state: words }) {
      Atomics.add(words, SEQUENCE, 1);
      Atomics.store(words, LEFT, 7);
      Atomics.store(words, RIGHT, 7);
      Atomics.add(words, SEQUENCE, 1);
    },
    reader({ state: words, variant }) {
      for (;;) {
        const before = Atomics.load(words, SEQUENCE);
        if (before % 2 !== 0) continue;
        const pair = `${Atomics.load(words, LEFT)}/${Atomics.load(words, RIGHT)}`;
        if (variant === 'once' || Atomics.load(words, SEQUENCE) === before) return pair;
      }
    },
  },
  outcomes: { '0/0': 'required', '7/7': 'required' },
});
