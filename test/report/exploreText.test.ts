/**
 * Goal: the text of an exploration says what was left out of it, and why nothing counts its classes.
 * Method: made-up documents of one variant, with and without a bound.
 */
import test from 'ava';
import type { ExploreDocument } from '../../lib/report/explore/document.js';
import { exploreReport } from '../../lib/report/explore/text.js';

const PROVED: ExploreDocument = {
  schema: 'racehammer.explore/1',
  race: 'slots',
  variant: 'fixed',
  knobs: {},
  cpus: 2,
  memory: 'sc',
  verdict: 'PROVED',
  expected: null,
  agrees: true,
  complete: true,
  interrupted: false,
  preemptions: null,
  cuts: 0,
  accesses: 1000,
  leftOut: 0,
  interrupts: 2,
  loops: 0,
  states: 7,
  estimate: 7,
  transitions: 8,
  orders: 3,
  classes: 2,
  unclassed: null,
  ends: 1,
  failures: [],
  seconds: 1,
  bytes: 1000,
  repeat: 'npx racehammer explore slots:fixed',
  exitCode: 0,
};

const linesOf = (changed: Partial<ExploreDocument>): string => exploreReport({ ...PROVED, ...changed }).join('\n');

test('a proof leaves nothing out', (t) => {
  t.notRegex(linesOf({}), /--interrupts|not counted|not searched/);
});

test('orders that are left out are said, and states are not called all of them', (t) => {
  const text = linesOf({ reduced: true, orders: null, classes: null, unclassed: 'orders were left out' });
  t.regex(text, /7 states that stand for all, 8 transitions; /);
  t.regex(text, /orders were left out that only exchange steps which have nothing to do with each other/);
  t.notRegex(text, /all 7 states|without an end/);
});

test('interrupts that are left out are counted, with the bound', (t) => {
  const text = linesOf({
    verdict: 'BOUNDED',
    agrees: null,
    leftOut: 35,
    orders: null,
    classes: null,
    unclassed: 'why',
  });
  t.regex(text, /BOUNDED: no failure was found, and not every order was looked at/);
  t.regex(
    text,
    /timers and storms raise each line 2 times on a CPU at most \(--interrupts\): 35 states in which they might once more/,
  );
  t.notRegex(text, /without an end|classes of orders/);
});

test('classes that cannot be counted: why', (t) => {
  const text = linesOf({ classes: null, unclassed: 'its tasks share CPUs' });
  t.regex(text, /classes of orders are not counted: its tasks share CPUs/);
});

const MADE = { transitions: 5, bytes: 2000, seconds: 2 };

test('of several searches that have not met all states each is named, and the rate is that of the last', (t) => {
  const text = linesOf({
    verdict: 'BOUNDED',
    agrees: null,
    complete: false,
    preemptions: 1,
    orders: null,
    classes: null,
    unclassed: 'why',
    states: 90,
    estimate: 2000,
    seconds: 10,
    searches: [
      { ...MADE, by: 'states', states: 40, end: 'estimate' },
      { ...MADE, by: 'reduced', states: 50, end: 'memory' },
      { ...MADE, by: 'preemptions', states: 90, end: 'states', seconds: 3 },
    ],
  });
  t.regex(text, /\n {2}90 states, and there are about 2,000, 8 transitions; 10.0 s, 30 states\/s/);
  t.regex(text, /\n {2}searched all states: 40 states in 2.0 s; given up, since there seem to be about 2,000\n/);
  t.regex(
    text,
    /\n {2}searched states that stand for all: 50 states in 2.0 s; the limit of --memory-limit was reached\n/,
  );
  t.regex(text, /\n {2}searched by number of preemptions: 90 states in 3.0 s; the limit of --states was reached\n/);
  t.regex(text, /all of them may take --states 4000 --memory-limit 1\n/);
});

test('states that stand for others are not called states', (t) => {
  const searches = [
    { ...MADE, by: 'states', states: 40, end: 'estimate' },
    { ...MADE, by: 'reduced', states: 50, end: 'interrupt' },
  ] as const;
  const text = linesOf({ verdict: 'BOUNDED', agrees: null, complete: false, interrupted: true, states: 50, searches });
  t.regex(text, /\n {2}50 states that stand for others, and there are /);
  t.regex(text, /50 states in 2.0 s; interrupted\n/);
});

test('a search that has met all states is not named, and failures of another may come in more states', (t) => {
  const failures = [
    { signature: 'oops', states: 3, preemptions: null, steps: null, order: [], cycle: 0, witness: null },
  ];
  const searches = [{ ...MADE, by: 'states', states: 7, end: 'complete' }] as const;
  const all = linesOf({ verdict: 'FAILS', failures, searches });
  t.notRegex(all, /searched/);
  t.regex(all, /oops may come in 3 states\n/);
  t.regex(linesOf({ verdict: 'FAILS', failures, complete: false, searches }), /oops may come in 3 states or more\n/);
});

test('what is cut names the limit, and the loops that may be marked', (t) => {
  const cut = { verdict: 'BOUNDED', agrees: null, cuts: 4, accesses: 60, orders: null } as const;
  t.regex(linesOf(cut), /\n {2}4 states not searched further: a CPU had made 60 accesses \(--accesses\)\n/);
  t.notRegex(linesOf(cut), /nextTry|loop/);
  const cutLoops = ['spins (file:///x.js:9:5) < run (file:///x.js:2:3)'];
  const line = 'it tries again and again at spins (file:///x.js:9:5) < run (file:///x.js:2:3); nextTry() marks a loop';
  t.true(linesOf({ ...cut, cutLoops }).includes(`\n  ${line}`));
});
