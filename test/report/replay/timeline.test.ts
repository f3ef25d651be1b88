/**
 * Goal: a timeline says who did what in which order, with names; it marks the window, the failure and which orders the
 * record forces; as text, as trace events and as a picture it shows the same, and nothing of a user's gets out of its text.
 * Method: a trial written by hand, in each form.
 */
import test from 'ava';
import { explain, isExplained } from '../../../lib/evidence/explain.js';
import type { Evidence } from '../../../lib/evidence/evidence.js';
import { timelineOf, type Timeline } from '../../../lib/evidence/timeline.js';

import { CSD, CPU } from '../../../lib/machine/layout.js';
import { OP, SPIN } from '../../../lib/machine/recorder.js';
import { flowsOf } from '../../../lib/report/replay/flows.js';
import { timelineSvg } from '../../../lib/report/replay/timelineSvg.js';
import { timelineTable } from '../../../lib/report/replay/timelineTable.js';
import { traceEvents } from '../../../lib/report/replay/traceEvents.js';
import { LINE_WORDS } from '../../../lib/sharedarraybuffer-utils/index.js';
import { OFFER, OUTCOME, FAILED, madeUp, windowRace } from '../../evidence/madeUpEvidence.js';

function timelineFor(evidence: Evidence, functions: readonly string[] = []): Timeline {
  const answer = explain(evidence);
  if (!isExplained(answer)) throw new Error(answer.reason);
  return timelineOf(evidence, answer, functions);
}

const FUNCTIONS = ['pin', 'pin', 'age', 'age', 'age', 'pin'];
const timeline = timelineFor(windowRace(), FUNCTIONS);

test('the rows have names, windows, functions, turns, and the failure', (t) => {
  t.deepEqual(
    timeline.rows.map(({ cpu, text }) => `${cpu} ${text}`),
    [
      '0 flag 0x000 -> 0x001',
      '0 W_OPEN opens',
      '0 word 0x000 -> 0x005',
      '1 flag is 0x001',
      '1 word is 0x005',
      '1 FAILS: bang',
      '1 dies',
      '1 done',
      '0 flag 0x001 -> 0x002',
      '0 W_OPEN closes',
      '0 done',
    ],
  );
  t.deepEqual(
    timeline.rows.map(({ windows }) => windows.length),
    [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0],
  );
  t.deepEqual(
    timeline.rows.map(({ turn }) => turn),
    [0, -1, 1, 2, 3, 4, -1, -1, 5, -1, -1],
  );
  t.deepEqual([timeline.rows[0].fn, timeline.rows[3].fn], ['pin', 'age']);
  t.is(
    timeline.rows.findIndex((row) => row.fails),
    5,
  );
  t.is(timeline.rows.filter((row) => row.switched !== null).length, 2);
});

test('locks, waits and interrupts are told as such', (t) => {
  const rows = timelineFor(
    madeUp([
      [
        [OP.READ | SPIN, 1, 2, 2],
        [OP.IRQ_ENTER],
        [OP.READ, 3, 0, 0],
        [OP.IRQ_EXIT],
        [OP.ACQUIRE | SPIN, 1, 256, 257],
        [OP.RELEASE, 1, 257, 512],
        [OP.CMPXCHG, 3, 0, 0],
      ],
      [
        [OP.ACQUIRE, 1, 0, 2],
        [OP.RELEASE, 1, 2, 256],
        [OP.FAILED, FAILED, 0, OUTCOME],
      ],
    ]),
  ).rows.filter(({ cpu }) => cpu === 0);
  t.deepEqual(
    rows.map(({ text }) => text),
    [
      'waits for lock, held by CPU 1',
      'interrupt',
      'word is 0x000',
      'interrupt done',
      'lock lock',
      'unlock lock',
      'word is 0x000, compare fails',
    ],
  );
  t.deepEqual(
    rows.map(({ inInterrupt }) => inInterrupt),
    [false, true, true, true, false, false, false],
  );
});

test('the words of the machine are told by what they mean: calls by their handlers, migrations by their CPUs', (t) => {
  const { layout } = madeUp([]);
  const pendingOf1 = layout.mailboxes + 2 * LINE_WORDS;
  const unackedOf0 = layout.mailboxes + LINE_WORDS;
  const csdOf0 = layout.cpus + CPU.csd;
  const offered = (1 << 7) | 1;
  const taken = (1 << 14) | (2 << 7) | 2;
  const told = timelineFor(
    madeUp([
      [
        [OP.READ, unackedOf0, 0, 0],
        [OP.WRITE, csdOf0 + CSD.handler, 0, 0],
        [OP.WRITE, csdOf0 + CSD.info, 0, 64],
        [OP.WRITE, unackedOf0, 0, 2],
        [OP.FETCH_OR, pendingOf1, 0, 1],
        [OP.READ | SPIN, unackedOf0, 2, 2],
        [OP.READ | SPIN, unackedOf0, 0, 0],
        [OP.CMPXCHG, OFFER, 0, offered],
      ],
      [
        [OP.READ, OFFER, 0, 0],
        [OP.IRQ_ENTER],
        [OP.READ, pendingOf1, 1, 1],
        [OP.FETCH_AND, pendingOf1, 1, 0],
        [OP.READ, csdOf0 + CSD.handler, 0, 0],
        [OP.FETCH_AND, unackedOf0, 2, 0],
        [OP.IRQ_EXIT],
        [OP.READ, OFFER, offered, offered],
        [OP.CMPXCHG, OFFER, offered, taken],
        [OP.WRITE, OFFER, taken, 0],
        [OP.FAILED, FAILED, 0, OUTCOME],
      ],
    ]),
  );
  const { rows } = told;
  const textsOf = (of: number): string[] => rows.filter(({ cpu }) => cpu === of).map(({ text }) => text);
  t.deepEqual(textsOf(0), [
    'all calls are answered',
    'cpu0.csd.func is handle()',
    `word ${csdOf0 + CSD.info} 0x000 -> 0x040`,
    'expects an answer of CPU 1',
    'calls CPU 1: handle()',
    'waits for CPU 1: handle()',
    'all calls are answered',
    'offers CPU 0 for another',
  ]);
  t.deepEqual(textsOf(1), [
    'no CPU is on offer',
    'interrupt: handle()',
    'called by CPU 0',
    'takes the call of CPU 0',
    'cpu0.csd.func is handle()',
    'answers CPU 0: handle()',
    'interrupt done',
    'CPU 0 is on offer',
    'migrates to CPU 0, whose task moves to CPU 1',
    'migrated here, to CPU 1',
    'FAILS: bang',
  ]);
});

/** A CPU that calls another one, which has waited for its lock. */
function called(): Timeline {
  const { layout } = madeUp([]);
  const pendingOf1 = layout.mailboxes + 2 * LINE_WORDS;
  const unackedOf0 = layout.mailboxes + LINE_WORDS;
  return timelineFor(
    madeUp([
      [
        [OP.ACQUIRE, 1, 0, 2],
        [OP.RELEASE, 1, 2, 256],
        [OP.WRITE, unackedOf0, 0, 2],
        [OP.FETCH_OR, pendingOf1, 0, 1],
        [OP.READ | SPIN, unackedOf0, 2, 2],
        [OP.READ | SPIN, unackedOf0, 0, 0],
        [OP.FAILED, FAILED, 0, OUTCOME],
      ],
      [
        [OP.READ | SPIN, 1, 2, 2],
        [OP.ACQUIRE | SPIN, 1, 256, 257],
        [OP.RELEASE, 1, 257, 512],
        [OP.IRQ_ENTER],
        [OP.FETCH_AND, pendingOf1, 1, 0],
        [OP.WRITE, 3, 0, 1],
        [OP.FETCH_AND, unackedOf0, 2, 0],
        [OP.IRQ_EXIT],
      ],
    ]),
  );
}

test('an arrow leads from a call to its handler, and from an answer or an unlock to the end of the wait', (t) => {
  const arrows = flowsOf(called().rows).map(({ name, from, to }) => [name, from.cpu, from.text, to.cpu, to.text]);
  t.deepEqual(arrows, [
    ['wake-up', 0, 'unlock lock', 1, 'lock lock'],
    ['interrupt', 0, 'calls CPU 1: handle()', 1, 'takes the call of CPU 0'],
    ['wake-up', 1, 'answers CPU 0: handle()', 0, 'all calls are answered'],
  ]);
});

test('a window is shown if another CPU got into it, and an empty one is folded', (t) => {
  const opens = (evidence: Evidence): boolean =>
    timelineFor(evidence).rows.some(({ text, focus }) => focus && text === 'W_OPEN opens');
  t.true(opens(windowRace()));
  t.false(
    opens(
      madeUp([
        [
          [OP.WINDOW, 0, 0, 1],
          [OP.WRITE, 3, 0, 5],
          [OP.WINDOW, 0, 1, 0],
          [OP.WRITE, 2, 0, 1],
        ],
        [
          [OP.READ, 2, 1, 1],
          [OP.FAILED, FAILED, 0, OUTCOME],
        ],
      ]),
    ),
  );
});

test('as text: a column for each CPU, folded to what leads to the failure unless all is asked for', (t) => {
  const full = timelineTable(timeline, { full: true });
  t.regex(full[0], /^ step +CPU 0: task0, actor0 +\| CPU 1: task1, actor1$/);
  t.true(full.some((line) => line.startsWith('   3w  A1  word 0x000 -> 0x005')));
  t.true(full.some((line) => /^ {3}4w~ +\| B1 {2}flag is 0x001$/.test(line)));
  t.true(full.some((line) => /^ {3}6! .*B1 {2}FAILS: bang <== here$/.test(line)));
  t.true(full.some((line) => line.includes('pin():')));
  t.true(full.some((line) => line.startsWith('~ chosen')));
  t.true(full.some((line) => line === '2 switches between CPUs: no interleaving has fewer.'));
  const focused = timelineTable(timeline);
  t.true(focused.length < full.length);
  t.true(focused.some((line) => /^ +\.\.\. 5 more steps$/.test(line)));
  t.true(timelineTable(timeline, { full: true, until: 3 }).every((line) => !line.includes('flag is')));
});

test('as trace events: threads for the CPUs, nested slices that do not cross', (t) => {
  const { traceEvents: events } = traceEvents(timeline);
  t.deepEqual(
    events.filter(({ name }) => name === 'thread_name').map(({ args }) => args['name']),
    ['CPU 0: task0, actor0', 'CPU 1: task1, actor1', 'windows'],
  );
  const slices = events.filter(({ ph }) => ph === 'X');
  t.true(slices.some(({ name, tid }) => name === 'W_OPEN' && tid === 3));
  for (const a of slices) {
    t.true(a.dur! > 0);
    for (const b of slices.filter(({ tid, ts }) => tid === a.tid && ts! > a.ts! && ts! < a.ts! + a.dur!))
      t.true(b.ts! + b.dur! <= a.ts! + a.dur!);
  }
});

test('as trace events: arrows that begin and end in the middle of a step', (t) => {
  const { traceEvents: events } = traceEvents(called());
  const slices = events.filter(({ ph }) => ph === 'X');
  const starts = events.filter(({ ph }) => ph === 's');
  const ends = events.filter(({ ph }) => ph === 'f');
  t.deepEqual(
    [starts, ends].map((each) => each.map(({ id }) => id)),
    [starts.map((_, id) => id), starts.map((_, id) => id)],
  );
  for (const [i, start] of starts.entries()) {
    t.true(start.ts! < ends[i].ts! && start.tid !== ends[i].tid);
    for (const end of [start, ends[i]])
      t.true(slices.some(({ tid, ts, dur }) => tid === end.tid && ts! < end.ts! && end.ts! < ts! + dur!));
  }
  t.is(starts.length, 3);
});

test('as a picture: one element that needs nothing else, with everything escaped', (t) => {
  const hostile = windowRace();
  const svg = timelineSvg(
    timelineFor({
      ...hostile,
      variant: '</title><script>alert(1)</script>',
      names: [[2, '"><img src=x onerror=alert(1)>']],
      windows: ["'&<b>"],
    }),
    { full: true },
  );
  t.regex(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  t.true(svg.endsWith('</svg>'));
  t.false(/<script|<img|<b>/.test(svg));
  t.is([...svg.matchAll(/<text/g)].length, [...svg.matchAll(/<\/text>/g)].length);
  t.false(/(?:href|src|url\()/.test(svg.replaceAll('src=x', '')));
  t.regex(svg, /class="rh-fails"/);
  t.regex(svg, /<path class="rh-switch rh-chosen" /);
  t.true(svg.includes('prefers-color-scheme'));
  t.false(timelineSvg(timeline, { onWhite: true }).includes('prefers-color-scheme'));
  t.true(timelineSvg(timeline).length < timelineSvg(timeline, { full: true }).length);
});
