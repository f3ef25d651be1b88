/**
 * Does each end of a channel get what the other one posts? In sync-message-port 1.1.3 (which sass uses) not if both post: one word says for
 * both ends that a message is there, and the end that takes its own clears the word for the other. 1.2.0 counts messages for each end.
 * Run: npm install; npx racehammer run ./sync-message-port.js
 */
import { receiveMessageOnPort } from 'node:worker_threads';
import { hammer } from 'racehammer/js';
import { SyncMessagePort as Repaired } from 'sync-message-port';
import { SyncMessagePort as Faulty } from 'sync-message-port-1.1.3';

const classes = { 'v1-1-3': Faulty, 'v1-2-0': Repaired };

export default hammer({
  name: 'sync-message-port',
  question: 'Does each end of a channel get what the other one posts?',
  share({ variant }) {
    const { port1, port2 } = classes[variant].createChannel();
    return { buffers: buffersSentTo(port2, port1), ports: [port1, port2] };
  },
  open({ buffers, ports }, { me, variant }) {
    const end = new classes[variant](ports[me]);
    // A buffer that a port has brought is another object, over the same memory: the test sees what is done to those that it shares.
    if (variant === 'v1-1-3') end.buffer = new Int32Array(buffers[0]);
    else {
      end.postCounter.buffer = new BigInt64Array(buffers[1 - me]);
      end.receiveCounter.buffer = new BigInt64Array(buffers[me]);
    }
    return end;
  },
  variants: { 'v1-1-3': { fails: 'lost-wake-up' }, 'v1-2-0': {} },
  threads: { talk: 2 },
  actors: {
    talk({ state: end, me, check }) {
      end.postMessage(me);
      const got = end.receiveMessage();
      check(got === 1 - me, `wrong-message: ${got}`);
    },
  },
});

/** Returns the buffers that a new channel has sent to an end, and sends them again. */
function buffersSentTo(end, otherEnd) {
  const buffers = [];
  for (let sent; (sent = receiveMessageOnPort(end)) !== undefined;) buffers.push(sent.message);
  for (const buffer of buffers) otherEnd.postMessage(buffer);
  return buffers;
}
