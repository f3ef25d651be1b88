/**
 * Goal: the slice has what the failing task read, who wrote that, what was written in between, and what that came of; it
 * leaves out what only happened beside it, and it stays short.
 * Method: trials written by hand, each with one way in which a failure comes about, and words that have no part in it.
 */
import test from 'ava';
import { explain, isExplained } from '../../lib/evidence/explain.js';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { orderedAccesses } from '../../lib/evidence/orderedAccesses.js';
import { sliceOf } from '../../lib/evidence/slice.js';
import { timelineOf } from '../../lib/evidence/timeline.js';

import { CSD, CPU } from '../../lib/machine/layout.js';
import { OP, SPIN, STEP_SHIFT } from '../../lib/machine/recorder.js';
import { LINE_WORDS } from '../../lib/sharedarraybuffer-utils/index.js';
import { OFFER, OUTCOME, FAILED, madeUp, type MadeUpRecord } from './madeUpEvidence.js';

/** What is shown of a trial, as `CPU text`; words beyond those with a name are `word N`. */
function shown(evidence: Evidence): string[] {
  const answer = explain(evidence);
  if (!isExplained(answer)) throw new Error(answer.reason);
  const { rows } = timelineOf(evidence, answer);
  return rows.filter(({ focus }) => focus).map(({ cpu, text }) => `${cpu} ${text}`);
}

const FAILS: MadeUpRecord = [OP.FAILED, FAILED, 0, OUTCOME];
const LOCK = 1;
const FLAG = 2;
const WORD = 3;
const OTHER = 4;

/** Reads of a word that nobody changes. */
function noise(count: number, address: number): MadeUpRecord[] {
  return Array.from({ length: count }, () => [OP.READ, address, 0, 0] as const);
}

test('a value that another CPU wrote is shown with its write, however much was read behind it', (t) => {
  const rows = shown(
    madeUp([
      [...noise(30, 10), [OP.WRITE, 11, 0, 3], [OP.WRITE, FLAG, 0, 1]],
      [...noise(10, 12), [OP.READ, FLAG, 1, 1], ...noise(50, 13), ...noise(50, 14), FAILS],
    ]),
  );
  t.true(rows.includes('0 flag 0x000 -> 0x001'));
  t.true(rows.includes('1 flag is 0x001'));
  t.true(rows.includes('1 FAILS: bang'));
  t.false(
    rows.some((row) => /word 1[012]/.test(row)),
    rows.join('\n'),
  );
  t.true(rows.includes('1 word 14 is 0x000'), 'the nearest read, which may have decided');
  t.true(rows.length <= 5, rows.join('\n'));
});

test('a value that another CPU has overwritten since is shown with the write in between', (t) => {
  const rows = shown(
    madeUp([
      [
        [OP.WRITE, WORD, 0, 5],
        [OP.WRITE, OTHER, 0, 1],
      ],
      [[OP.READ, WORD, 0, 0], [OP.READ, OTHER, 1, 1], FAILS],
    ]),
  );
  t.deepEqual(rows, [
    '1 word is 0x000',
    '0 word 0x000 -> 0x005',
    '0 word 4 0x000 -> 0x001',
    '1 word 4 is 0x001',
    '1 FAILS: bang',
  ]);
});

test('a write is shown with what its CPU had read, and that with its own write', (t) => {
  const rows = shown(
    madeUp([
      [[OP.READ, OTHER, 7, 7], ...noise(3, 10), [OP.WRITE, FLAG, 0, 1]],
      [[OP.READ, FLAG, 1, 1], FAILS],
      [...noise(3, 11), [OP.WRITE, OTHER, 0, 7], [OP.WRITE, 12, 0, 1]],
    ]),
  );
  for (const row of ['2 word 4 0x000 -> 0x007', '0 word 4 is 0x007', '0 flag 0x000 -> 0x001', '1 flag is 0x001'])
    t.true(rows.includes(row), rows.join('\n'));
  t.false(
    rows.some((row) => /^2 word 1[12]/.test(row)),
    rows.join('\n'),
  );
});

test('a lost update is shown with both reads of the old value, in whichever step they are', (t) => {
  const rows = shown(
    madeUp([
      [[OP.READ, WORD, 0, 0], ...noise(5, 11), [OP.WRITE | (2 << STEP_SHIFT), WORD, 0, 1]],
      [[OP.READ, WORD, 0, 0], ...noise(20, 10), [OP.WRITE, WORD, 1, 1], [OP.READ, WORD, 1, 1], FAILS],
    ]),
  );
  t.is(rows.filter((row) => row === '0 word is 0x000').length, 1);
  t.is(rows.filter((row) => row === '1 word is 0x000').length, 1);
  t.true(rows.includes('0 word 0x000 -> 0x001'));
  t.true(rows.includes('1 word is 0x001'));
});

const { layout } = madeUp([]);
const pendingOf = (cpu: number): number => layout.mailboxes + cpu * 2 * LINE_WORDS;
const csdOf = (cpu: number): number => layout.cpus + cpu * layout.cpuStride + CPU.csd;

/** CPU 0 calls CPU 1, and does not wait for it. */
const POST: readonly MadeUpRecord[] = [
  [OP.WRITE, csdOf(0) + CSD.handler, 0, 0],
  [OP.WRITE, csdOf(0) + CSD.info, 0, 64],
  [OP.WRITE, csdOf(0) + CSD.wait, 0, 1],
  [OP.WRITE, pendingOf(0) + LINE_WORDS, 0, 2],
  [OP.FETCH_OR, pendingOf(1), 0, 1],
];
const TAKE: readonly MadeUpRecord[] = [
  [OP.IRQ_ENTER],
  [OP.READ, pendingOf(1), 1, 1],
  [OP.FETCH_AND, pendingOf(1), 1, 0],
  [OP.READ, csdOf(0) + CSD.handler, 0, 0],
  [OP.READ, csdOf(0) + CSD.info, 64, 64],
  [OP.READ, csdOf(0) + CSD.wait, 1, 1],
];

test('a handler that fails is shown with what it has interrupted, and its call by the name of the handler', (t) => {
  const rows = shown(madeUp([POST, [...noise(5, 10), [OP.WRITE, WORD, 0, 9], ...TAKE, [OP.READ, WORD, 9, 9], FAILS]]));
  t.deepEqual(rows.toSorted(), [
    '0 calls CPU 1: handle()',
    '1 FAILS: bang',
    '1 interrupt: handle()',
    '1 word 0x000 -> 0x009',
    '1 word is 0x009',
  ]);
  t.true(rows.indexOf('1 word 0x000 -> 0x009') < rows.indexOf('1 interrupt: handle()'));
  t.true(rows.indexOf('0 calls CPU 1: handle()') < rows.indexOf('1 interrupt: handle()'));
  t.false(
    rows.some((row) => /csd|pending|takes|expects/.test(row)),
    rows.join('\n'),
  );
});

test('an interrupt in which nothing of the failure happened is left out', (t) => {
  const rows = shown(
    madeUp([POST, [...TAKE, ...noise(3, 10), [OP.IRQ_EXIT], ...noise(30, 11), [OP.WRITE, FLAG, 0, 1], FAILS]]),
  );
  t.false(
    rows.some((row) => /interrupt|calls|word 10/.test(row)),
    rows.join('\n'),
  );
});

/** The task of CPU 0 offers its CPU, and the one of CPU 1 takes it: they change places. */
const OFFERED = (1 << 7) | 1;
const TAKEN = (1 << 14) | (2 << 7) | 2;

test('a task that has migrated is followed back to the CPU that it came from, which is named', (t) => {
  const rows = shown(
    madeUp(
      [
        [[OP.CMPXCHG, OFFER, 0, OFFERED], [OP.READ, WORD, 5, 5], ...noise(2, 10), FAILS],
        [
          [OP.READ, FLAG, 0, 0],
          [OP.CMPXCHG, OFFER, OFFERED, TAKEN],
          [OP.WRITE, OFFER, TAKEN, 0],
          [OP.WRITE, FLAG, 0, 1],
          [OP.WRITE, WORD, 0, 5],
        ],
      ],
      { cpu: 0 },
    ),
  );
  t.true(rows.includes('1 flag is 0x000'), 'read by the task that fails, on the CPU that it has left');
  t.true(rows.includes('1 flag 0x000 -> 0x001'), 'and overwritten by the other one, there');
  t.true(rows.includes('1 migrates to CPU 0, whose task moves to CPU 1'));
  t.true(rows.includes('1 word 0x000 -> 0x005'));
});

test('a deadlock is shown by its waits and what is held: nothing that was read on the way', (t) => {
  const rows = shown(
    madeUp(
      [
        [
          [OP.ACQUIRE, LOCK, 0, 1],
          [OP.ACQUIRE, 10, 0, 1],
          [OP.RELEASE, 10, 1, 256],
          ...noise(4, 12),
          [OP.READ | SPIN, OTHER, 2, 2],
          [OP.GAVE_UP],
        ],
        [
          [OP.ACQUIRE, OTHER, 0, 2],
          [OP.WRITE, WORD, 0, 1],
          [OP.READ | SPIN, LOCK, 1, 1],
          [OP.FAILED, FAILED, 0, OUTCOME],
          [OP.GAVE_UP],
        ],
      ],
      { signature: 'deadlock', detail: [2, 0, 1] },
    ),
  );
  t.deepEqual(rows.toSorted(), [
    '0 lock lock',
    '0 waits for word 4, held by CPU 1',
    '1 FAILS: deadlock',
    '1 lock word 4',
    '1 waits for lock, held by CPU 0',
  ]);
});

test('an orphaned lock is shown with the end of its owner', (t) => {
  const rows = shown(
    madeUp(
      [
        [...noise(3, 10), [OP.ACQUIRE, LOCK, 0, 1], [OP.ACTOR_END]],
        [...noise(3, 11), [OP.READ | SPIN, LOCK, 1, 1], FAILS, [OP.GAVE_UP]],
      ],
      { signature: 'orphaned-lock', detail: [0, 0] },
    ),
  );
  t.deepEqual(rows, ['0 lock lock', '0 done', '1 waits for lock, held by CPU 0', '1 FAILS: orphaned-lock']);
});

test('what the watchdog ends is shown with what it waits for, and who holds that', (t) => {
  const rows = shown(
    madeUp(
      [
        [...noise(3, 10), [OP.ACQUIRE, LOCK, 0, 1], ...noise(3, 12), [OP.GAVE_UP]],
        [...noise(3, 11), [OP.READ | SPIN, LOCK, 1, 1], FAILS, [OP.GAVE_UP]],
      ],
      { signature: 'starvation' },
    ),
  );
  for (const row of ['0 lock lock', '1 waits for lock, held by CPU 0', '1 FAILS: starvation'])
    t.true(rows.includes(row), rows.join('\n'));
  t.false(
    rows.some((row) => row.startsWith('0 word')),
    rows.join('\n'),
  );
});

test('a value that is polled is shown once, and hides none that was read before', (t) => {
  const polls = Array.from({ length: 40 }, () => [OP.READ, FLAG, 1, 1] as const);
  const rows = shown(
    madeUp([
      [
        [OP.WRITE, FLAG, 0, 1],
        [OP.WRITE, WORD, 0, 5],
      ],
      [[OP.READ, WORD, 5, 5], ...polls, FAILS],
    ]),
  );
  t.deepEqual(rows.toSorted(), [
    '0 flag 0x000 -> 0x001',
    '0 word 0x000 -> 0x005',
    '1 FAILS: bang',
    '1 flag is 0x001',
    '1 word is 0x005',
  ]);
});

test('however many values are passed on, some 18 accesses are shown, the nearest', (t) => {
  const words = Array.from({ length: 60 }, (_, i) => 16 + i);
  const evidence = madeUp([
    words.map((word) => [OP.WRITE, word, 0, 1] as const),
    [...words.map((word) => [OP.READ, word, 1, 1] as const), FAILS],
  ]);
  const rows = shown(evidence);
  t.is(rows.length, 18);
  for (const row of ['0 word 75 0x000 -> 0x001', '1 word 75 is 0x001', '1 word 74 is 0x001', '1 FAILS: bang'])
    t.true(rows.includes(row), rows.join('\n'));
});

test('without a failure in the record nothing is singled out', (t) => {
  const evidence = madeUp([[[OP.WRITE, FLAG, 0, 1]], [[OP.READ, FLAG, 1, 1]]]);
  const answer = explain(evidence);
  t.true(isExplained(answer));
  if (isExplained(answer)) t.is(sliceOf(evidence, orderedAccesses(evidence, answer)).size, 0);
});
