/**
 * What do two producers lose in a ring buffer that is made for one? Both take the same place. Taking a place by
 * compareExchange gives each its own.
 * Run: npx racehammer run ./examples/js/ring-buffer.js
 */
import { hammer } from 'racehammer/js';

const SIZE = 8;

function place({ head, tail }, variant) {
  for (;;) {
    const at = Atomics.load(head, 0);
    if (at - Atomics.load(tail, 0) === SIZE) return -1;
    if (variant === 'shared') {
      Atomics.store(head, 0, at + 1);
      return at;
    }
    if (Atomics.compareExchange(head, 0, at, at + 1) === at) return at;
  }
}

export default hammer({
  name: 'ring-buffer',
  question: 'What do two producers lose in a ring for one?',
  share: () => ({
    head: new Int32Array(new SharedArrayBuffer(4)),
    tail: new Int32Array(new SharedArrayBuffer(4)),
    items: new Int32Array(new SharedArrayBuffer(4 * SIZE)),
  }),
  names: { head: ['head'], tail: ['tail'] },
  variants: { shared: { fails: 'lost-item' }, own: {} },
  threads: { produce: 2 },
  actors: {
    produce({ state: ring, me, variant }) {
      const at = place(ring, variant);
      Atomics.store(ring.items, at % SIZE, me + 1);
    },
  },
  after({ state: { head, items } }) {
    const count = Atomics.load(head, 0);
    return (
      (count === 2 && items[0] + items[1] === 3) || `lost-item: ${count} in the ring: ${items.slice(0, 2).join(', ')}`
    );
  },
});
