/**
 * Goal: struct() places fields as it promises, so that no two threads ever share a word or an owned cache line by accident.
 * Method: one thread; worked examples, then random field lists against the rules.
 */
import test from 'ava';
import fc from 'fast-check';
import {
  LINE,
  LINE_WORDS,
  WORD,
  lines,
  roundUp,
  elementAt,
  fieldAt,
  struct,
  words,
  type FieldSpec,
} from '../../lib/sharedarraybuffer-utils/index.js';

test('fields follow each other in order; one with a line of its own pushes the next to the next line', (t) => {
  t.deepEqual({ ...struct({ a: WORD, b: words(3), c: WORD }) }, { a: 0, b: 1, c: 4, WORDS: 5 });
  t.deepEqual({ ...struct({ a: WORD, lock: LINE, b: WORD }) }, { a: 0, lock: 16, b: 32, WORDS: 48 });
  t.deepEqual({ ...struct({ big: lines(17), b: WORD }) }, { big: 0, b: 32, WORDS: 48 });
  t.deepEqual({ ...struct({}) }, { WORDS: 0 });
});

test('the result is frozen', (t) => {
  t.true(Object.isFrozen(struct({ a: WORD })));
  t.true([WORD, LINE, words(2), lines(2)].every((spec) => Object.isFrozen(spec)));
});

test('bad counts and the reserved name are refused with the value named', (t) => {
  for (const count of [0, -1, 1.5, Number.NaN, Infinity]) {
    t.throws(() => words(count), { instanceOf: RangeError, message: new RegExp(`words\\(${count}\\)`) });
    t.throws(() => lines(count), { instanceOf: RangeError, message: new RegExp(`lines\\(${count}\\)`) });
  }
  t.throws(() => struct({ WORDS: WORD }), { instanceOf: RangeError, message: /WORDS/ });
});

test('roundUp gives the next multiple that is not below', (t) => {
  t.deepEqual(
    [0, 1, 15, 16, 17].map((n) => roundUp(n, LINE_WORDS)),
    [0, 16, 16, 16, 32],
  );
});

const specs = fc.array(
  fc
    .record({ count: fc.integer({ min: 1, max: 50 }), ownLine: fc.boolean() })
    .map(({ count, ownLine }) => (ownLine ? lines(count) : words(count))),
  { maxLength: 30 },
);

test('any struct: no overlap, own lines are aligned and shared with nobody, nothing is wasted', (t) => {
  fc.assert(
    fc.property(specs, (list) => {
      const fields: Record<string, FieldSpec> = Object.fromEntries(list.map((spec, i) => [`field${i}`, spec]));
      const offsets: Readonly<Record<string, number>> = struct(fields);
      let end = 0;
      let pushed = false;
      list.forEach((spec, i) => {
        const at = offsets[`field${i}`];
        const expected = spec.ownLine || pushed ? roundUp(end, LINE_WORDS) : end;
        if (at !== expected) throw new Error(`field${i} at ${at}, not ${expected}`);
        end = at + spec.words;
        pushed = spec.ownLine;
      });
      const anyLine = list.some((spec) => spec.ownLine);
      return offsets.WORDS === (anyLine ? roundUp(end, LINE_WORDS) : end);
    }),
  );
  t.pass();
});

test('elementAt() names each word of an array of structs', (t) => {
  const S = struct({ a: WORD, b: words(2) });
  t.deepEqual(
    [0, 1, 2, 3, 5].map((at) => elementAt('page', S, at)),
    ['page[0].a', 'page[0].b[0]', 'page[0].b[1]', 'page[1].a', 'page[1].b[1]'],
  );
});

test('fieldAt() names each word of a struct', (t) => {
  const S = struct({ a: WORD, b: words(3), c: LINE });
  t.is(fieldAt(S, 0), 'a');
  t.is(fieldAt(S, 1), 'b[0]');
  t.is(fieldAt(S, 3), 'b[2]');
  t.is(fieldAt(S, 4), '+4');
  t.is(fieldAt(S, 16), 'c');
});
