/**
 * Does a stream get ready that is written to meanwhile? In thread-stream 4.2.0 (the log streams of pino) no: it waits until the reader is
 * exactly where the writer was, and the reader jumps over that place. 4.2.1 waits until the reader is there or beyond.
 * Run: npm install; npx racehammer run ./thread-stream.js
 */
import { promisify } from 'node:util';
import { hammer } from 'racehammer/js';
import repaired from 'thread-stream/lib/wait.js';
import faulty from 'thread-stream-4.2.0/lib/wait.js';

/** As the package has them. */
const [WRITE_INDEX, READ_INDEX] = [4, 8];
const waits = { 'v4-2-0': promisify(faulty.wait), 'v4-2-1': promisify(repaired.wait) };

export default hammer({
  name: 'thread-stream',
  question: 'Does a stream get ready that is written to meanwhile?',
  share: () => new Int32Array(new SharedArrayBuffer(4 * (READ_INDEX + 1))),
  names: ['', '', '', '', 'written', '', '', '', 'read'],
  before({ state }) {
    state[WRITE_INDEX] = 3;
    state[READ_INDEX] = 0;
  },
  variants: { 'v4-2-0': { fails: 'livelock' }, 'v4-2-1': {} },
  actors: {
    async stream({ state, variant }) {
      const ready = waitForRead(state, waits[variant]);
      Atomics.store(state, WRITE_INDEX, 5);
      Atomics.notify(state, WRITE_INDEX);
      await ready;
    },
    reader({ state }) {
      for (let read = 0; read < 5;) {
        read = Atomics.load(state, WRITE_INDEX);
        Atomics.store(state, READ_INDEX, read);
        Atomics.notify(state, READ_INDEX);
      }
    },
  },
});

/** What the stream does when its worker is ready, in both versions. */
async function waitForRead(state, wait) {
  let found;
  do found = await wait(state, READ_INDEX, Atomics.load(state, WRITE_INDEX), Infinity);
  while (found !== 'ok');
}
