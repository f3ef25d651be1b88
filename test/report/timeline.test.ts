/**
 * Goal: a timeline says who did what in which order, with names; it marks the window, the failure and which orders the
 * record forces; as text, as trace events and as a picture it shows the same, and nothing of a user's gets out of its text.
 * Method: a trial written by hand, in each form.
 */
import test from 'ava';
import { explain, isExplained } from '../../lib/evidence/explain.js';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { timelineOf, type Timeline } from '../../lib/evidence/timeline.js';
import { OP, SPIN } from '../../lib/machine/recorder.js';
import { timelineSvg } from '../../lib/report/timelineSvg.js';
import { timelineTable } from '../../lib/report/timelineTable.js';
import { traceEvents } from '../../lib/report/traceEvents.js';
import { OUTCOME, VERDICT, madeUp, windowRace } from '../evidence/madeUpEvidence.js';

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
        [OP.VERDICT, VERDICT, 0, OUTCOME],
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

test('as text: a column for each CPU, folded to the words of the failure unless all is asked for', (t) => {
  const full = timelineTable(timeline, { full: true });
  t.regex(full[0], /^ step +CPU 0: task0, actor0 +\| CPU 1: task1, actor1$/);
  t.true(full.some((line) => line.startsWith('   3w  A1  word 0x000 -> 0x005')));
  t.true(full.some((line) => /^ {3}4w~ +\| B1 {2}flag is 0x001$/.test(line)));
  t.true(full.some((line) => /^ {3}6! .*B1 {2}FAILS: bang <== here$/.test(line)));
  t.true(full.some((line) => line.includes('pin():')));
  t.true(full.some((line) => line.startsWith('~ chosen')));
  t.true(full.some((line) => line === '2 switches between CPUs: no order of these accesses has fewer.'));
  const focused = timelineTable(timeline);
  t.true(focused.length < full.length);
  t.true(focused.some((line) => line.includes('... 5 steps beside the words of the failure')));
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
