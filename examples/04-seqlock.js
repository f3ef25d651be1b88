/**
 * Does a reader without a lock see half of what a writer writes? The writer makes a sequence number odd while it writes; a reader
 * that finds it odd, or changed, reads again. Three knobs, and a window that keeps the write half done for a while.
 * Run: npx racehammer run ./examples/04-seqlock.js
 *      npx racehammer run ./examples/04-seqlock.js --window W_HALF_WRITTEN=0
 *      npx racehammer run ./examples/04-seqlock.js:seqlock --knob recheck=0 --knob size=8 --knob direction=down
 */
import {
  LINE,
  READ_ONCE,
  WRITE_ONCE,
  choice,
  defineRace,
  endWindow,
  fail,
  flag,
  oneOf,
  outOfReach,
  raceWindow,
  struct,
  withinReach,
  words,
} from 'racehammer';

const STATE = struct({ sequence: LINE, value: words(8) });
const W_HALF_WRITTEN = 0;

/** Writes the same number to all words. */
function write(cpu, at, { size, direction }) {
  WRITE_ONCE(cpu, at + STATE.sequence, 1);
  for (let i = 0; i < size; i++) {
    WRITE_ONCE(cpu, at + STATE.value + (direction === 'up' ? i : size - 1 - i), 7);
    if (i === 0) raceWindow(cpu, W_HALF_WRITTEN);
  }
  endWindow(cpu, W_HALF_WRITTEN);
  WRITE_ONCE(cpu, at + STATE.sequence, 2);
}

/** Whether the words were all the same. */
function agree(cpu, at, { size }) {
  const first = READ_ONCE(cpu, at + STATE.value);
  let same = true;
  for (let i = 1; i < size; i++) same = READ_ONCE(cpu, at + STATE.value + i) === first && same;
  return same;
}

/** Reads without a lock; with the sequence number, until nobody wrote meanwhile. */
function read(cpu, at, config) {
  withinReach(cpu);
  for (;;) {
    const before = READ_ONCE(cpu, at + STATE.sequence);
    const same = agree(cpu, at, config);
    const isOdd = before % 2 === 1;
    const hasChanged = config.recheck && READ_ONCE(cpu, at + STATE.sequence) !== before;
    if (config.variant === 'seqlock' && (isOdd || hasChanged)) continue;
    outOfReach(cpu);
    if (!same) fail(cpu, 'torn-read', 'the reader has seen half a write', before);
    return;
  }
}

export default defineRace({
  name: 'seqlock',
  state: STATE,
  windows: ['W_HALF_WRITTEN'],
  delays: { W_HALF_WRITTEN: { min: 0, max: 1000 } },
  phases: { write: { min: 0, max: 1000 }, read: { min: 0, max: 1000 } },
  knobs: {
    recheck: flag(true, 'the reader looks at the sequence number again after it has read'),
    size: oneOf([2, 4, 8], 'how many words are written'),
    direction: choice(['up', 'down'], 'the order in which they are written'),
  },
  variants: {
    buggy: { about: 'the reader ignores the sequence number', fails: 'torn-read' },
    seqlock: {
      about: 'the reader reads again if the number is odd or has changed',
      // Without the second look a write that begins meanwhile goes unseen.
      expects: [{ when: { recheck: '0' }, fails: 'torn-read' }, {}],
    },
  },
  merged: 'seqlock',
  actors: { write, read },
});
