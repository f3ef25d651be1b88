// Goal: a mistyped word gets the word that was meant, and a stranger gets none. Method: the words of this program with the mistakes
// people make, then properties over arbitrary words.

import test from 'ava';
import fc from 'fast-check';
import { unknownWord } from '../../lib/run/unknownWord.js';
import { nearest } from '../../lib/race/nearest.js';
import { UsageError } from '../../lib/run/usageError.js';

const RACES = ['xen-pin', 'lazy-mmu', 'hash-batch', 'pgd-lock', 'numa-protnone'];

test('nearest finds the word behind the usual mistakes', (t) => {
  const meant = {
    'xen-pin': 'xen-pin',
    'XEN-PIN': 'xen-pin',
    xen_pin: 'xen-pin',
    xenpin: 'xen-pin',
    'xne-pin': 'xen-pin',
    'zen-pin': 'xen-pin',
    lazy: 'lazy-mmu',
    mmu: 'lazy-mmu',
    'lasy-mnu': 'lazy-mmu',
    'hash-bacth': 'hash-batch',
    pgdlock: 'pgd-lock',
    numa: 'numa-protnone',
    pgd: 'pgd-lock',
  };
  for (const [typed, race] of Object.entries(meant)) t.is(nearest(typed, RACES), race, typed);
});

test('nearest finds nothing where nothing is near', (t) => {
  for (const typed of ['', 'q', 'x', 'deadbeef', 'in', 'frobnicate', '-', 'xen-pin-and-much-more'])
    t.is(nearest(typed, RACES), undefined, typed);
  t.is(nearest('xen-pin', []), undefined);
  t.is(nearest('', ['']), '');
});

test('of several near words the nearest wins, and the first of equals', (t) => {
  t.is(nearest('fix', ['fixed-late', 'fixed', 'fix']), 'fix');
  t.is(nearest('aplha', ['alphas', 'alpha']), 'alpha');
  t.is(nearest('bat', ['cat', 'hat']), 'cat');
  t.is(nearest('pte', ['xen-pte', 'pte-lock']), 'pte-lock');
});

test('one swap of neighbours, one wrong letter or one missing letter is always near', (t) => {
  const words = fc.stringMatching(/^[a-z]{4,12}$/);
  t.notThrows(() =>
    fc.assert(
      fc.property(words, fc.nat(), (word, at) => {
        const i = at % (word.length - 1);
        const swapped = word.slice(0, i) + word[i + 1] + word[i] + word.slice(i + 2);
        const wrong = `${word.slice(0, i)}_${word.slice(i + 1)}`;
        const missing = word.slice(0, i) + word.slice(i + 1);
        return [word, word.toUpperCase(), swapped, wrong, missing].every(
          (typed) => nearest(typed, ['#', word]) === word,
        );
      }),
    ),
  );
});

test('unknownWord names what, word, owner, the nearest and all known', (t) => {
  const error = unknownWord('variant', 'pte-lok', ['buggy', 'pte-lock'], 'xen-pin');
  t.true(error instanceof UsageError);
  t.is(error.exitCode, 2);
  t.is(error.message, 'unknown variant "pte-lok" for xen-pin: did you mean "pte-lock"? (known: buggy, pte-lock)');
  t.is(unknownWord('race', 'frob', ['a', 'b']).message, 'unknown race "frob" (known: a, b)');
  t.is(unknownWord('race', '', []).message, 'unknown race "" (none are known)');
});

test('the error stays one readable line, whatever the word', (t) => {
  t.is(
    unknownWord('race', 'a\nb\u001b[2J\u009b', ['c']).message,
    String.raw`unknown race "a\nb\u001b[2J\u009b" (known: c)`,
  );
  t.true(unknownWord('race', 'x'.repeat(100_000), ['c']).message.length < 120);
});
