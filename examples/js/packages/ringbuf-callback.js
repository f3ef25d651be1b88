/**
 * Does the reader of a ring get what writeCallback() was told that was written? In ringbuf.js 0.3.3 no: it moves the writer's index by all
 * that there was room for. 0.4.0 moves it by what the callback says.
 * Run: npm install; npx racehammer run ./ringbuf-callback.js
 */
import { hammer } from 'racehammer/js';
import { RingBuffer as Repaired } from 'ringbuf.js';
import { RingBuffer as Faulty } from 'ringbuf.js-0.3.3';

const rings = { 'v0-3-3': Faulty, 'v0-4-0': Repaired };

export default hammer({
  name: 'ringbuf-callback',
  question: 'Does the reader of a ring get what was written, and nothing else?',
  share: ({ variant }) => rings[variant].getStorageForCapacity(15, Uint32Array),
  open: (buffer, { variant }) => ({ ring: new rings[variant](buffer, Uint32Array), one: new Uint32Array(1) }),
  variants: { 'v0-3-3': { fails: 'not-written' }, 'v0-4-0': {} },
  actors: {
    write({ state: { ring } }) {
      for (let k = 1; k <= 4; k++)
        ring.writeCallback(2, (place) => {
          place[0] = k;
          return 1;
        });
    },
    read({ state: { ring, one }, check }) {
      for (let k = 1, looks = 0; k <= 4 && looks < 40; looks++) {
        if (ring.pop(one) === 0) continue;
        check(one[0] === k, `not-written: ${one[0]} was read, ${k} is next`);
        k++;
      }
    },
  },
});
