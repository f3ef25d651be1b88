/**
 * Does a channel of multithreading deliver what was sent? Not once its memory is collected: the sender moves what the receiver reads, or
 * has kept by its old place. The fault is in 0.3.52, the newest version; with room enough nothing is collected.
 * Run: npm install; npx racehammer run ./multithreading.js
 */
import { hammer } from 'racehammer/js';

// The package asks for it when it is loaded; Node.js has it from version 21 on.
globalThis.navigator ??= { hardwareConcurrency: 2 };
const { Receiver, channel } = await import('multithreading');
/** What the package itself hands a channel to a worker with. */
const { serialize, deserialize } = await import(
  new URL('./node_modules/multithreading/src/lib/shared.js', import.meta.url)
);

const MESSAGES = 6;
const ROOM = { collected: 512, roomy: 65_536 };

export default hammer({
  name: 'multithreading',
  question: 'Does a channel deliver what was sent?',
  share({ variant }) {
    const [sender] = channel(2, { size: ROOM[variant] });
    return serialize(sender)[0];
  },
  open(parts) {
    const sender = deserialize(parts);
    const images = buffersIn(parts).map((buffer) => [new Uint8Array(buffer), new Uint8Array(buffer).slice()]);
    return { sender, receiver: new Receiver(sender.internals), images };
  },
  before({ state: { images } }) {
    for (const [bytes, image] of images) bytes.set(image);
  },
  variants: {
    collected: { fails: 'mixed-up', alsoFails: ['actor-threw', 'stuck-worker', 'livelock', 'lost-wake-up'] },
    roomy: {},
  },
  actors: {
    send({ state: { sender } }) {
      for (let k = 1; k <= MESSAGES; k++) sender.blockingSend({ text: textOf(k) });
    },
    receive({ state: { receiver }, check }) {
      for (let k = 1; k <= MESSAGES; k++) {
        const { value } = receiver.blockingRecv();
        check(value?.text === textOf(k), `mixed-up: message ${k} is ${String(value?.text)}`);
      }
    },
  },
});

function textOf(k) {
  return String(k).repeat(7 * k);
}

function buffersIn(value) {
  if (value instanceof SharedArrayBuffer) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(buffersIn) : [];
}
