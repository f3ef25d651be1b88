/** A test of shared memory whose trials do nothing, or end in a sleep that nobody ends. Used by sharedMemory.ts. */

import { hammer } from '../js/index.js';
import { LOST_WAKE_UP } from '../machine/signatures.js';

export default hammer({
  name: 'shared-memory-bench',
  share: () => new Int32Array(new SharedArrayBuffer(8)),
  variants: { lost: { fails: LOST_WAKE_UP }, empty: {} },
  actors: {
    sleeper({ state, variant }) {
      if (variant === 'lost') Atomics.wait(state, 0, 0);
    },
    other() {},
  },
});
