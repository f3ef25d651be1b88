/**
 * Goal: every machine tells all signatures of its own apart, and a race with many of its own loses those of the sleeping locks
 * alone.
 * Method: lists of declared names around the number that fits.
 */
import test from 'ava';
import { SIGNATURES_MAX } from '../../lib/machine/layout.js';
import { DEADLOCK, SLEEPING_IN_ATOMIC, USE_AFTER_FREE, signaturesOf } from '../../lib/machine/signatures.js';

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `name-${i}`);
const ALL = signaturesOf([]).length;

test('all are there as long as they find a place', (t) => {
  t.true(signaturesOf([]).includes(SLEEPING_IN_ATOMIC));
  const most = signaturesOf(names(SIGNATURES_MAX - ALL));
  t.is(most.length, SIGNATURES_MAX);
  t.true(most.includes(USE_AFTER_FREE));
});

test('a race with more of its own', (t) => {
  const many = signaturesOf(names(SIGNATURES_MAX - ALL + 1));
  t.is(many.length, SIGNATURES_MAX + 1 - 3);
  t.false(many.includes(SLEEPING_IN_ATOMIC));
  t.true(many.includes(DEADLOCK));
});

test('one that is declared is there once, wherever it is declared', (t) => {
  const declared = [...names(12), SLEEPING_IN_ATOMIC];
  t.is(signaturesOf(declared).filter((name) => name === SLEEPING_IN_ATOMIC).length, 1);
  t.is(signaturesOf(declared).indexOf(SLEEPING_IN_ATOMIC), 12);
});
