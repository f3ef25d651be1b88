// Goal: the file is well-formed whatever names and reports hold, and each row is in it once. Method: made-up rows; a small
// reader of XML in this file; arbitrary text by property.

import test from 'ava';
import fc from 'fast-check';
import { junitXml } from '../../../lib/report/verify/junit.js';
import { escapeXml } from '../../../lib/report/format/xml.js';
import type { RowDocument, RowNotRun } from '../../../lib/report/verify/document.js';
import {
  BROKEN,
  HELD,
  INCONCLUSIVE,
  NOT_REPRODUCED,
  PROVED,
  REPRODUCED,
  VIOLATED,
  documentOf,
  rowOf,
} from '../run/madeUpRun.js';

function xmlOf(rows: readonly RowDocument[], notRun: readonly RowNotRun[] = []): string {
  return junitXml(documentOf(rows, notRun), 'a host & more');
}

const TOKEN = /<(\/?)([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>|([^<]+)/gy;

/** Returns the values of a property, case by case. */
function propertiesOf(elements: ReturnType<typeof elementsOf>, name: string): string[] {
  return elements.flatMap(({ path, attributes }) => {
    const [, named, value] = / name="([^"]*)" value="([^"]*)"/.exec(attributes) ?? [];
    return path.endsWith('/property') && named === name ? [value] : [];
  });
}

/** Paths of all elements, with their attributes. Throws for anything that is not well-formed. */
function elementsOf(xml: string): { path: string; attributes: string; text: string }[] {
  const open: { path: string; attributes: string; text: string }[] = [];
  const all: typeof open = [];
  const body = xml.replace(/^<\?xml [^?]*\?>\n/, '');
  let end = 0;
  for (const [token, close, name, attributes, empty, text] of body.matchAll(TOKEN)) {
    end += token.length;
    if (text !== undefined) {
      if (/&(?!(?:amp|lt|gt|quot|apos);)/.test(text)) throw new Error(`bare & in ${text}`);
      const inside = open.at(-1);
      if (inside !== undefined) inside.text += text;
    } else if (close !== '') {
      if (!open.pop()?.path.endsWith(name)) throw new Error(`${name} closes another element`);
    } else {
      const element = { path: [...open.slice(-1).map(({ path }) => path), name].join('/'), attributes, text: '' };
      all.push(element);
      if (empty === '') open.push(element);
    }
  }
  if (end !== body.length || open.length > 0) throw new Error(`not well-formed after ${body.slice(0, end)}`);
  return all;
}

test('a suite for each race, a case for each row', (t) => {
  const rows = [rowOf('one', REPRODUCED), rowOf('two', HELD), rowOf('three', { ...HELD, race: 'pgd-lock' })];
  const elements = elementsOf(xmlOf(rows)).filter(({ path }) => !/propert/.test(path));
  t.deepEqual(
    elements.map(({ path }) => path.split('/').slice(1).join('/')),
    ['', 'testsuite', 'testsuite/testcase', 'testsuite/testcase', 'testsuite', 'testsuite/testcase'],
  );
  t.regex(elements[0].attributes, / tests="3" failures="0" errors="0" skipped="0" time="6\.000"/);
  t.regex(elements[1].attributes, / name="xen-pin" tests="2" .* time="4\.000"/);
  t.is(elements[2].attributes, ' classname="xen-pin" name="one" time="2.000"');
});

test('what is not as expected has its counts and the command that repeats it', (t) => {
  const rows = [
    rowOf('held not', { ...VIOLATED, repeat: 'npx racehammer run "a" && b' }),
    rowOf('failed not', NOT_REPRODUCED, { firstTry: { ...NOT_REPRODUCED, trials: 777 } }),
    rowOf('broke', BROKEN),
  ];
  const elements = elementsOf(xmlOf(rows));
  t.regex(elements[0].attributes, / tests="3" failures="2" errors="1" skipped="0" time="8\.000"/);
  const [violated, missed, broken] = elements.filter(({ path }) => /failure$|error$/.test(path));
  t.regex(
    violated.attributes,
    / type="VIOLATED" message="expected to hold; observed: oops-0003 5,000 in 1,000,000 trials"/,
  );
  t.regex(violated.text, /^repeat: npx racehammer run &quot;a&quot; &amp;&amp; b\nthe first line of the oops$/m);
  t.regex(missed.attributes, / type="NOT_REPRODUCED" message="expected to fail as oops-0003; observed: no failure in /);
  t.regex(missed.text, /^first try: no failure in 777 trials$/m);
  t.regex(broken.path, /error$/);
  t.regex(broken.text, /^worker of CPU 1 on machine 0: it threw$/m);
});

test('a failure that was kept has the command that replays it', (t) => {
  const evidence = [{ signature: 'oops-0003', file: 'kept/one.evidence', accesses: 5, switches: 1, replayed: true }];
  const [failure] = elementsOf(xmlOf([rowOf('held not', { ...VIOLATED, evidence })])).filter(({ path }) =>
    path.endsWith('failure'),
  );
  t.regex(failure.text, /^ {2}npx racehammer replay kept\/one\.evidence$/m);
});

test('what an interrupt cut off or left out is skipped', (t) => {
  const cutOff = rowOf('slow', NOT_REPRODUCED, { interrupted: true });
  const elements = elementsOf(xmlOf([cutOff], [{ race: 'pgd-lock', row: 'last' }]));
  t.regex(elements[0].attributes, / tests="2" failures="0" errors="0" skipped="2"/);
  t.is(elements.filter(({ path }) => path.endsWith('/testcase/skipped')).length, 2);
});

test('a row that has too few trials is skipped: it has neither passed nor failed', (t) => {
  const elements = elementsOf(xmlOf([rowOf('short', INCONCLUSIVE), rowOf('two', HELD)]));
  t.regex(elements[0].attributes, / tests="2" failures="0" errors="0" skipped="1"/);
  const [skipped] = elements.filter(({ path }) => path.endsWith('/testcase/skipped'));
  t.regex(skipped.attributes, /no failure in 34 trials; INCONCLUSIVE: bound 8\.43 %, 17 times .* 4,602 trials/);
});

test('what all states say is a property of the case, and fails it where it is otherwise', (t) => {
  const otherwise = { ...PROVED, verdict: 'FAILS', failures: ['deadlock'], agrees: false } as const;
  const rows = [
    rowOf('both', HELD, { proved: PROVED }),
    rowOf('otherwise', INCONCLUSIVE, { proved: otherwise }),
    rowOf('cut off', HELD, { proved: null, interrupted: true }),
  ];
  const elements = elementsOf(xmlOf(rows));
  t.regex(elements[0].attributes, / tests="3" failures="1" errors="0" skipped="1" time="6\.200"/);
  const words = 'FAILS as deadlock, 742 states: NOT AS EXPECTED';
  t.deepEqual(propertiesOf(elements, 'all states'), ['PROVED, 742 states', words, '-']);
  const [failure] = elements.filter(({ path }) => path.endsWith('/failure'));
  t.true(failure.attributes.startsWith(' type="VIOLATED" '), failure.attributes);
  t.true(failure.attributes.endsWith(`; all states: ${words}"`), failure.attributes);
  t.regex(failure.text, /^explore: npx racehammer explore xen-pin:pte-lock$/m);
  t.false(xmlOf([rowOf('hammered', HELD)]).includes('all states'));
});

test('it says when and where the rows ran, and what the passing ones have counted', (t) => {
  const later = rowOf('two', { ...REPRODUCED, seed: 7 });
  const elements = elementsOf(xmlOf([rowOf('one', { ...HELD, startedAt: '2026-01-31T12:34:56.789Z' }), later]));
  const [all, suite] = elements;
  t.regex(all.attributes, / timestamp="2026-01-31T12:00:00"$/);
  t.regex(suite.attributes, / timestamp="2026-01-31T12:00:00" hostname="a host &amp; more"$/);
  t.deepEqual(propertiesOf(elements, 'seed'), ['1', '7']);
  t.deepEqual(propertiesOf(elements, 'trials'), ['1000000', '1000000']);
  t.deepEqual(propertiesOf(elements, 'failures'), ['0', '5000']);
  t.deepEqual(propertiesOf(elements, 'observed'), ['no failure', 'oops-0003 5,000']);
  t.deepEqual(propertiesOf(elements, 'node'), ['v20']);
});

test('no text breaks the file', (t) => {
  t.is(
    escapeXml(`<a b="c" d='e'>&\u0000\u001b[0m\ud800\uffff😀\n`),
    '&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;\ufffd\ufffd[0m\ufffd\ufffd😀\n',
  );
  const anything = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(anything, anything, (name, line) => {
      const row = rowOf(name, { ...VIOLATED, race: name, repeat: line, reports: { [name]: [line] } });
      return elementsOf(xmlOf([row])).length === 4 + 2 + 5 + 5;
    }),
  );
  t.pass();
});
