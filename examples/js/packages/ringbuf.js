/**
 * What do two producers lose in a ring for one? Both write into the same places, and move the writer's index over each other.
 * Run: npm install; npx racehammer run ./ringbuf.js
 * All orders, with the accesses that it makes without Atomics: npx racehammer explore ./ringbuf.js --instrument
 */
import { hammer } from 'racehammer/js';
import { RingBuffer } from 'ringbuf.js';
export default hammer({
  name: 'ringbuf',
  question: 'What do two producers lose?',
  share: () => RingBuffer.getStorageForCapacity(64, Uint32Array),
  open: (buffer) => ({ ring: new RingBuffer(buffer, Uint32Array), one: Uint32Array.of(1) }),
  variants: { 'two-producers': { fails: 'lost' }, single: {} },
  threads: { push: 2 },
  actors: {
    push({ state: { ring, one }, me, variant }) {
      if (variant === 'single' && me !== 0) return 0;
      let pushed = 0;
      for (let k = 0; k < 4; k++) pushed += ring.push(one);
      return pushed;
    },
  },
  after({ state: { ring, one }, results }) {
    let popped = 0;
    while (ring.pop(one) === 1) popped++;
    const pushed = results[0] + results[1];
    return popped === pushed || `lost: ${pushed} pushed, ${popped} popped`;
  },
});
