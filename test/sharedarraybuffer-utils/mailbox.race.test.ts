/**
 * Goal: every post is taken once and acknowledged once, and posts and acks carry the stores made before them.
 * Method: on one thread, random posts, drains and acks against sets. On several threads, each sends a letter to all
 * others each round; letter and reply are plain stores beside the mailboxes, and every mask is checked as it changes.
 */
import { availableParallelism } from 'node:os';
import test from 'ava';
import fc from 'fast-check';
import {
  LINE_WORDS,
  MAILBOX_PARTIES_MAX,
  Mailboxes,
  allocateWords,
  spinBudget,
} from '../../lib/sharedarraybuffer-utils/index.js';
import type { SpinBudget } from '../../lib/sharedarraybuffer-utils/index.js';
import { NEVER_WITHOUT_BELL, meet, runParties } from './start.js';
import type { ExecutionContext } from 'ava';

const cores = availableParallelism();
const boxesFor = (parties: number) => new Mailboxes(allocateWords(Mailboxes.words(parties)), 0);

test('a post waits in the box until it is drained, and counts as unacknowledged until it is acknowledged', (t) => {
  const boxes = boxesFor(3);
  t.is(boxes.expect(0, 0, 0b110), 0);
  t.is(boxes.post(0, 1), 0);
  t.is(boxes.post(2, 1), 0b001);
  t.is(boxes.post(0, 2), 0);
  t.true(boxes.hasPending(1) && boxes.hasPending(2));
  t.false(boxes.hasPending(0));
  t.is(boxes.drain(1, 0), 0b101);
  t.false(boxes.hasPending(1));
  t.is(boxes.ack(1, 0), 0b110);
  t.is(boxes.unacked(0, 0), 0b100);
  t.is(boxes.ack(2, 0), 0b100);
  t.is(boxes.unacked(0, 0), 0);
});

test('clear empties one box and leaves the others', (t) => {
  const boxes = boxesFor(64);
  for (const receiver of [1, 40]) {
    boxes.post(0, receiver);
    boxes.post(63, receiver);
    boxes.expect(receiver, 0, 1);
    boxes.expect(receiver, 1, 1);
  }
  boxes.clear(40);
  t.false(boxes.hasPending(40));
  t.deepEqual([boxes.unacked(40, 0), boxes.unacked(40, 1)], [0, 0]);
  t.deepEqual([boxes.drain(1, 0), boxes.drain(1, 1), boxes.unacked(1, 0), boxes.unacked(1, 1)], [1, 1 << 31, 1, 1]);
});

test('every pending mask and every unacked mask has its own line, inside the words that were asked for', (t) => {
  const boxes = new Mailboxes(allocateWords(1), 0);
  const lineOf = (at: number) => Math.floor(at / LINE_WORDS);
  const taken = new Set<number>();
  for (let party = 0; party < MAILBOX_PARTIES_MAX; party++) {
    for (const at of [boxes.pendingAt(party, 0), boxes.unackedAt(party, 0)]) taken.add(lineOf(at));
    t.is(lineOf(boxes.pendingAt(party, 1)), lineOf(boxes.pendingAt(party, 0)));
    t.is(lineOf(boxes.unackedAt(party, 1)), lineOf(boxes.unackedAt(party, 0)));
    t.true(boxes.unackedAt(party, 1) < Mailboxes.words(party + 1));
  }
  t.is(taken.size, 2 * MAILBOX_PARTIES_MAX);
});

test('only 1 to 64 parties are possible', (t) => {
  for (const parties of [0, -1, 65, 1.5, Number.NaN])
    t.throws(() => Mailboxes.words(parties), { instanceOf: RangeError });
});

test('any posts, drains and acks among 64 parties agree with sets', (t) => {
  const id = fc.constantFrom(0, 1, 30, 31, 32, 33, 62, 63);
  const step = fc.record({
    what: fc.constantFrom('post', 'drain', 'ack'),
    from: id,
    to: id,
    word: fc.constantFrom(0, 1),
  });
  const bits = (set: ReadonlySet<number>, word: number) =>
    [...set].filter((n) => n >>> 5 === word).reduce((mask, n) => mask | (1 << (n & 31)), 0);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (list) => {
      const boxes = boxesFor(64);
      const pending = Array.from({ length: 64 }, () => new Set<number>());
      const unacked = Array.from({ length: 64 }, () => new Set(Array.from({ length: 64 }, (_, n) => n)));
      for (let n = 0; n < 64; n++) for (const word of [0, 1]) boxes.expect(n, word, -1);
      for (const { what, from, to, word } of list) {
        if (what === 'post') {
          t.is(boxes.post(from, to), bits(pending[to], from >>> 5));
          pending[to].add(from);
        } else if (what === 'drain') {
          t.is(boxes.drain(to, word), bits(pending[to], word));
          for (let bit = 0; bit < 32; bit++) pending[to].delete(word * 32 + bit);
        } else {
          t.is(boxes.ack(to, from), bits(unacked[from], to >>> 5));
          unacked[from].delete(to);
          t.is(boxes.unacked(from, to >>> 5), bits(unacked[from], to >>> 5));
        }
        t.is(boxes.hasPending(to), pending[to].size > 0);
      }
    }),
    { numRuns: 50 },
  );
});

async function exchangeLetters(
  t: ExecutionContext,
  ids: readonly number[],
  rounds: number,
  budget: SpinBudget,
): Promise<void> {
  const parties = ids.length;
  const { meeting, at } = meet(parties, budget, {
    boxes: Mailboxes.words(MAILBOX_PARTIES_MAX),
    letters: parties * LINE_WORDS,
    replies: parties * parties,
    finished: 1,
  });
  const jobs = ids.map((_, me) => ({ ...meeting, me, kind: 'mail', ...at, ids, rounds }) as const);
  const reports = await runParties(t, jobs);
  t.deepEqual(
    reports.map(({ acks }) => acks),
    ids.map(() => rounds * (parties - 1)),
  );
}

for (const parties of new Set([3, Math.min(cores + 3, 8)])) {
  const ids = [0, 31, 32, 63, 1, 33, 2, 62].slice(0, parties);

  test.serial(`${parties} threads: every letter is read and acknowledged once`, async (t) => {
    await exchangeLetters(t, ids, Math.ceil(6000 / parties), {
      ...spinBudget(parties, cores),
      parkMsMax: NEVER_WITHOUT_BELL.parkMsMax,
    });
  });

  test.serial(`${parties} threads that park at once miss no post and no ack`, async (t) => {
    await exchangeLetters(t, ids, Math.ceil(2500 / parties), NEVER_WITHOUT_BELL);
  });
}
