/**
 * May a condition variable wait on a word that never changes? No: a signal between the unlock and the sleep is lost. A count that each
 * signal moves on keeps the waiter awake.
 * Run: npx racehammer run ./examples/js/condition.js
 */
import { hammer } from 'racehammer/js';

const LOCK = 0;
const SIGNALS = 1;
const READY = 2;

function lock(words) {
  while (Atomics.compareExchange(words, LOCK, 0, 1) !== 0) Atomics.wait(words, LOCK, 1);
}

function unlock(words) {
  Atomics.store(words, LOCK, 0);
  Atomics.notify(words, LOCK, 1);
}

export default hammer({
  name: 'condition',
  question: 'May a condition variable wait on a word that never changes?',
  share: () => new Int32Array(new SharedArrayBuffer(12)),
  names: ['lock', 'signals', 'ready'],
  variants: { constant: { fails: 'lost-wake-up' }, counting: {} },
  actors: {
    waiter({ state: words }) {
      lock(words);
      while (Atomics.load(words, READY) === 0) {
        const seen = Atomics.load(words, SIGNALS);
        unlock(words);
        Atomics.wait(words, SIGNALS, seen);
        lock(words);
      }
      unlock(words);
    },
    signaller({ state: words, variant }) {
      lock(words);
      Atomics.store(words, READY, 1);
      if (variant === 'counting') Atomics.add(words, SIGNALS, 1);
      unlock(words);
      Atomics.notify(words, SIGNALS, 1);
    },
  },
});
