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
