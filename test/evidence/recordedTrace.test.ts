/**
 * Goal: the records of a trial become what the search needs: each access that can be replayed has one turn, looks that
 * failed have none unless the wait was given up, and what markers prove of the order is kept.
 * Method: records written by hand, and what an order of them must and must not be.
 */
import test from 'ava';
import { explain, isExplained, type Explained } from '../../lib/evidence/explain.js';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { initialState } from '../../lib/evidence/initialState.js';
import { traceOf, whyNotReconstructible } from '../../lib/evidence/recordedTrace.js';
import { DEADLOCK } from '../../lib/machine/signatures.js';
import { TURN_DRAINS } from '../../lib/machine/lockstep.js';
import { BUFFERED, OP, SPIN, VISIBLE } from '../../lib/machine/recorder.js';
import { TURN_DELIVERS, TURN_ENDS_WAIT, TURN_GIVES_UP } from '../../lib/machine/script.js';
import { unrecordedWords } from '../../lib/evidence/unrecorded.js';
import { OFFER, OUTCOME, FAILED, madeUp, windowRace } from './madeUpEvidence.js';

const turns = (evidence: Evidence, cpu: number): (number | undefined)[] =>
  traceOf(evidence).cpus[cpu].map(({ turn }) => turn);

function explained(evidence: Evidence): Explained {
  const answer = explain(evidence);
  if (!isExplained(answer)) throw new Error(answer.reason);
  return answer;
}

test('a trial is explained by an order that has its failure in its place', (t) => {
  const { interleaving, script } = explained(windowRace());
  t.deepEqual(interleaving.order, [0, 0, 1, 1, 1, 0]);
  t.is(interleaving.switches, 2);
  t.deepEqual(
    script.map(({ code }) => code),
    [0, 0, 1, 1, 1, 0],
  );
  t.true(interleaving.isForced({ cpu: 0, index: 1 }, { cpu: 1, index: 1 }));
});

/** Store buffering: each CPU reads the word of the other while its own store is in its buffer. */
function storeBuffering(flag: number): Evidence {
  return madeUp(
    [
      [
        [OP.WRITE | BUFFERED, 2, 1, 1],
        [OP.READ, 3, 0, 0],
        [OP.WRITE | flag, 2, 0, 1],
      ],
      [
        [OP.WRITE | BUFFERED, 3, 1, 1],
        [OP.READ | BUFFERED, 3, 1, 1],
        [OP.READ, 2, 0, 0],
        [OP.WRITE | flag, 3, 0, 1],
        [OP.FAILED, FAILED, 0, OUTCOME],
      ],
    ],
    { memory: 'tso' },
  );
}

test('a store has its place where it becomes visible, a value from the own buffer has none; both have turns', (t) => {
  const evidence = storeBuffering(VISIBLE);
  const { interleaving, script } = explained(evidence);
  const place = (cpu: number, index: number): number => {
    const positions = [...interleaving.order.keys()].filter((position) => interleaving.order[position] === cpu);
    return positions[index];
  };
  t.true(place(0, 1) < place(1, 3), 'the load of word 3 sees nothing of the store');
  t.true(place(1, 2) < place(0, 2), 'nor does that of word 2');
  t.deepEqual(turns(evidence, 0), [0, 0, TURN_DRAINS]);
  t.deepEqual(turns(evidence, 1).slice(0, 4), [0, 0, 0, TURN_DRAINS]);
  t.is(script.length, 8);
});

test('a look that failed is no turn; the access that ends the wait is one', (t) => {
  const lock = [
    [OP.READ | SPIN, 1, 2, 2],
    [OP.ACQUIRE | SPIN, 1, 256, 258],
    [OP.RELEASE, 1, 258, 512],
  ] as const;
  const acks = [
    [OP.READ | SPIN, 3, 2, 2],
    [OP.READ | SPIN, 3, 0, 0],
  ] as const;
  const evidence = madeUp([[...lock, ...acks, [OP.ACTOR_END]], [[OP.FAILED, FAILED, 0, OUTCOME]]]);
  t.deepEqual(turns(evidence, 0), [undefined, TURN_ENDS_WAIT, 0, undefined, TURN_ENDS_WAIT]);
  t.true(traceOf(evidence).cpus[0][0].waits);
});

test('an interrupt inside a wait is taken where it was, and the wait goes on', (t) => {
  const evidence = madeUp([
    [
      [OP.READ | SPIN, 1, 2, 2],
      [OP.IRQ_ENTER],
      [OP.READ, 2, 1, 1],
      [OP.XCHG, 2, 1, 0],
      [OP.IRQ_EXIT],
      [OP.ACQUIRE | SPIN, 1, 256, 257],
    ],
    [[OP.FAILED, FAILED, 0, OUTCOME]],
  ]);
  t.deepEqual(turns(evidence, 0), [undefined, TURN_DELIVERS, 0, TURN_ENDS_WAIT]);
});

test('a wait that was given up has a turn for its look, and one for its end once the trial has failed', (t) => {
  const evidence = madeUp([
    [[OP.READ | SPIN, 1, 2, 2], [OP.GAVE_UP, 1], [OP.ACTOR_END]],
    [[OP.ACQUIRE, 1, 0, 2], [OP.FAILED, FAILED, 0, OUTCOME], [OP.DIED], [OP.ACTOR_END]],
  ]);
  t.deepEqual(turns(evidence, 0), [0, TURN_GIVES_UP]);
  t.deepEqual(explained(evidence).interleaving.order, [1, 1, 0, 0]);
});

test('a deadlock is proved when all members wait', (t) => {
  const evidence = madeUp(
    [
      [
        [OP.ACQUIRE, 1, 0, 1],
        [OP.READ | SPIN, 2, 2, 2],
        [OP.GAVE_UP, 2],
      ],
      [
        [OP.ACQUIRE, 2, 0, 2],
        [OP.READ | SPIN, 1, 1, 1],
        [OP.FAILED, FAILED, 0, OUTCOME],
        [OP.GAVE_UP, 1],
      ],
    ],
    { signature: DEADLOCK, detail: [2, 1, 0] },
  );
  t.deepEqual(turns(evidence, 1), [0, 0, TURN_GIVES_UP]);
  const { order } = explained(evidence).interleaving;
  // The look of CPU 0 comes before the proof of CPU 1, its end after it.
  t.is(order.lastIndexOf(1), order.length - 2);
});

test('a proof does not fall into an interrupt of a member', (t) => {
  const handler = [[OP.IRQ_ENTER], [OP.READ, 3, 0, 0], [OP.FETCH_OR, 3, 0, 4], [OP.IRQ_EXIT]] as const;
  const columns = (seen: number) =>
    madeUp(
      [
        [[OP.ACQUIRE, 1, 0, 1], [OP.READ | SPIN, 2, 2, 2], ...handler, [OP.GAVE_UP, 2]],
        [
          [OP.ACQUIRE, 2, 0, 2],
          [OP.READ | SPIN, 1, 1, 1],
          [OP.FAILED, FAILED, 0, OUTCOME],
          [OP.GAVE_UP, 1],
        ],
        [
          [OP.READ, FAILED, OUTCOME, OUTCOME],
          [OP.READ, 3, seen, seen],
        ],
      ],
      { signature: DEADLOCK, detail: [2, 1, 0] },
    );
  const places = ({ trace, interleaving: { order } }: Explained) => {
    const next = trace.cpus.map(() => 0);
    return order.map((cpu) => `${cpu}.${next[cpu]++}`);
  };
  const after = places(explained(columns(4)));
  t.true(after.indexOf('1.2') > after.indexOf('0.3'));
  // CPU 2 saw the failure before the handler stored: the handler came behind the proof.
  const before = places(explained(columns(0)));
  t.true(before.indexOf('1.2') < before.indexOf('0.2'));
});

test('what a task does on the CPU that it has taken comes after the taking', (t) => {
  const offer = (1 << 15) | (1 << 7) | 1;
  const taken = (1 << 15) | (2 << 7) | (1 << 14) | 2;
  const evidence = madeUp([
    [
      [OP.CMPXCHG, OFFER, 0, offer],
      [OP.READ, 3, 0, 0],
      [OP.FAILED, FAILED, 0, OUTCOME],
    ],
    [
      [OP.READ, OFFER, offer, offer],
      [OP.CMPXCHG, OFFER, offer, taken],
      [OP.WRITE, OFFER, taken, 0],
    ],
  ]);
  t.deepEqual(traceOf(evidence).edges, [{ from: { cpu: 1, index: 1 }, to: { cpu: 0, index: 1 } }]);
  t.deepEqual(explained(evidence).interleaving.order.slice(0, 4), [0, 1, 1, 1]);
});

test('what cannot be explained is told before any search', (t) => {
  const evidence = windowRace();
  const [first, second] = evidence.cpus;
  t.regex(
    whyNotReconstructible({ ...evidence, cpus: [{ ...first, written: 1030 }, second] }) ?? '',
    /^the ring of CPU 0 overflowed: the first 1024 of 1030 records are lost$/,
  );
  t.regex(whyNotReconstructible({ ...evidence, sync: 'stride' }) ?? '', /do not meet before each trial/);
  const bare = madeUp([
    [[OP.WINDOW, 0, 0, 1], [OP.ACTOR_END]],
    [[OP.FAILED, FAILED, 0, OUTCOME], [OP.DIED]],
  ]);
  for (const cpus of [bare.cpus, [{ ...first, written: 0, records: [] }]])
    t.regex(whyNotReconstructible({ ...evidence, cpus }) ?? '', /^not recorded: the records have no access; /);
  t.is(whyNotReconstructible(evidence), undefined);
  // What the machine refuses, and an exception, may come in front of the first access.
  for (const signature of ['bad-address', 'actor-threw'])
    t.is(whyNotReconstructible({ ...evidence, signature, cpus: bare.cpus }), undefined);
  const impossible = madeUp([
    [[OP.READ, 2, 9, 9]],
    [
      [OP.WRITE, 2, 0, 1],
      [OP.FAILED, FAILED, 0, OUTCOME],
    ],
  ]);
  const answer = explain(impossible);
  t.regex(isExplained(answer) ? '' : answer.reason, /^no interleaving explains the values/);
  const around = explain({ ...impossible, unrecorded: [3, 4] });
  t.regex(isExplained(around) ? '' : around.reason, /^not recorded: word 3, word 4 changed; /);
});

test('a word that does not hold what the record makes of it was changed around the record', (t) => {
  const { cpus } = traceOf(
    madeUp([
      [
        [OP.WRITE, 2, 0, 1],
        [OP.WRITE, 3, 0, 5],
        [OP.XCHG, 3, 6, 0],
      ],
      [
        [OP.WRITE, 2, 1, 0],
        [OP.WRITE, 4, 9, 9],
      ],
    ]),
  );
  const found = (final: readonly number[], mask = -1): number[] =>
    unrecordedWords(cpus, { at: 2, initial: Int32Array.from([0, 0, 9, 7]), final: Int32Array.from(final) }, () => mask);
  // Word 3 was 5 and then 6.
  t.deepEqual(found([0, 0, 9, 7]), [3]);
  t.deepEqual(found([1, 0, 9, 7]), [2, 3]);
  t.deepEqual(found([0, 5, 8, 6]), [3, 4, 5]);
  t.deepEqual(found([0, 0, 9, 7 | 128], ~128), [3]);
});

test('the first state of a word follows from what was seen of it', (t) => {
  const store = (before: number, after: number) => ({ address: 5, before, after });
  const first = (...columns: { address: number; before: number; after: number }[][]) =>
    initialState(columns, () => undefined)[0][1];
  t.is(first([store(7, 8)], [store(8, 8)]), 7);
  t.is(first([store(3, 3)]), 3);
  // It ends as it began; that it began as 0 would leave the store of CPU 0 without the 1 that it found.
  t.is(first([store(1, 0), store(0, 1)], [store(0, 0)]), 1);
  t.deepEqual(
    initialState([[store(7, 8)]], () => 2),
    [[5, 2]],
  );
});
