/**
 * May a lock look at its word once more before it sleeps? No: the lock may have become free in between, and whoever sleeps on
 * a free lock sleeps for ever.
 * Run: npx racehammer run ./examples/js/lock.js
 */
import { hammer } from 'racehammer/js';

const LOCK = 0;
const INSIDE = 1;

function lock(words, variant) {
  for (let seen; (seen = Atomics.compareExchange(words, LOCK, 0, 1)) !== 0;)
    Atomics.wait(words, LOCK, variant === 'second-look' ? Atomics.load(words, LOCK) : seen);
}

function unlock(words) {
  Atomics.store(words, LOCK, 0);
  Atomics.notify(words, LOCK, 1);
}

export default hammer({
  name: 'lock',
  question: 'May a lock look at its word once more before it sleeps?',
  share: () => new Int32Array(new SharedArrayBuffer(8)),
  names: ['lock', 'inside'],
  variants: { 'second-look': { fails: 'lost-wake-up' }, fixed: {} },
  threads: { user: 2 },
  actors: {
    user({ state: words, variant, check }) {
      for (let k = 0; k < 3; k++) {
        lock(words, variant);
        check(Atomics.add(words, INSIDE, 1) === 0, 'two hold the lock');
        Atomics.sub(words, INSIDE, 1);
        unlock(words);
      }
    },
  },
});
