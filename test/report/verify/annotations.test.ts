// Goal: a build on GitHub shows what is not as expected, and no text can end its line or begin another command. Method: made-up
// runs; the escapes undone as GitHub undoes them; arbitrary text by property.

import test from 'ava';
import fc from 'fast-check';
import { runAnnotations, verifyAnnotations } from '../../../lib/report/verify/annotations.js';
import { runSummary, verifySummary } from '../../../lib/report/verify/stepSummary.js';
import {
  BROKEN,
  HELD,
  INCONCLUSIVE,
  NOT_REPRODUCED,
  REPRODUCED,
  VIOLATED,
  documentOf,
  rowOf,
} from '../run/madeUpRun.js';

/** Level, title and message of a command; undefined for what is none. */
function read(line: string): { level: string; title: string; message: string } | undefined {
  const [, level, title, message] = /^::(\w+) title=([^:,\r\n]*)::([^\r\n]*)$/.exec(line) ?? [];
  if (level === undefined) return undefined;
  const undo = (text: string): string =>
    text.replace(/%(25|0D|0A|3A|2C)/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return { level, title: undo(title), message: undo(message) };
}

test('what is as expected has none, what is not has one', (t) => {
  t.deepEqual(runAnnotations([HELD, REPRODUCED]), []);
  const [violated, missed, broken] = runAnnotations([VIOLATED, NOT_REPRODUCED, BROKEN]).map(read);
  t.like(violated, { level: 'error', title: 'racehammer: xen-pin:pte-lock: VIOLATED' });
  t.is(
    violated?.message,
    'expected to hold; observed: oops-0003 5,000 in 1,000,000 trials\n' +
      'Expected to hold but failed: oops-0003.\nrepeat: npx racehammer run xen-pin:pte-lock',
  );
  t.like(missed, { level: 'notice', title: 'racehammer: xen-pin:buggy: NOT REPRODUCED' });
  t.like(broken, { level: 'error', title: 'racehammer: xen-pin:pte-lock: HARNESS ERROR' });
  t.true(broken?.message.includes('worker of CPU 1 on machine 0: it threw'));
});

test('a claim left open is told, one that holds is not', (t) => {
  const claim = { rate: 1e-9, confidence: 0.999, trials: 1_000_000, failures: 0 };
  t.deepEqual(runAnnotations([{ ...HELD, claim: { ...claim, result: 'HOLDS' } }]), []);
  const open = { ...HELD, verdict: 'INCONCLUSIVE', claim: { ...claim, result: 'OPEN' } } as const;
  const [told] = runAnnotations([open]).map(read);
  t.like(told, { level: 'notice', title: 'racehammer: xen-pin:pte-lock: INCONCLUSIVE' });
  t.regex(told?.message ?? '', /claim open: rate < 1\.0e-9 .* takes 7,041,286,669 trials/);
});

test('a row that has too few trials is told with what it takes', (t) => {
  const [told] = verifyAnnotations(documentOf([rowOf('short', INCONCLUSIVE)])).map(read);
  t.like(told, { level: 'notice', title: 'racehammer: xen-pin, short: INCONCLUSIVE' });
  t.regex(
    told?.message ?? '',
    /^INCONCLUSIVE: bound 8\.43 %, 17 times the 0\.500 % at which `buggy` fails .* 4,602 trials/m,
  );
});

test('of rows those that contradict what was expected; an interrupt is none', (t) => {
  const rows = [rowOf('one', VIOLATED), rowOf('two', HELD), rowOf('three', NOT_REPRODUCED, { interrupted: true })];
  t.deepEqual(
    verifyAnnotations(documentOf(rows)).map((line) => read(line)?.title),
    ['racehammer: xen-pin, one: VIOLATED'],
  );
  t.deepEqual(runAnnotations([{ ...NOT_REPRODUCED, interrupted: true }]), []);
});

test('no text breaks the line', (t) => {
  const anything = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(anything, anything, (race, repeat) => {
      const [line, ...others] = runAnnotations([{ ...VIOLATED, race, repeat }]);
      const command = read(line);
      return (
        others.length === 0 &&
        command?.title === `racehammer: ${race}:pte-lock: VIOLATED` &&
        command.message.endsWith(`repeat: ${repeat}`)
      );
    }),
    { examples: [['::error::x', 'a\r\n::set-env name=x::y%0A']] },
  );
  t.pass();
});

test('the summary of a step has each row in a table, what is not as expected first', (t) => {
  const text = verifySummary(
    documentOf([rowOf('holds', HELD), rowOf('broken <b>|', VIOLATED)], [{ race: 'a', row: 'b' }]),
  );
  t.regex(text, /^## racehammer verify: VIOLATED\n\n2 rows, 1 not as expected, 1 not run\n\n\| race/);
  t.regex(text, /^\| xen-pin \| broken &lt;b>\\\| \| hold \| oops-0003 5,000 \| 1,000,000 \| 1 \| VIOLATED \|$/m);
  t.true(text.indexOf('broken') < text.indexOf('<details><summary>1 row as expected</summary>'));
  t.regex(text, /^\| xen-pin \| holds \| hold \| no failure \| 1,000,000 \| 1 \| HELD \|$/m);
  t.regex(text, /^ {4}npx racehammer run xen-pin:pte-lock$/m);
  const many = Array.from({ length: 3000 }, (_, i) => rowOf(`row ${i}`, HELD));
  t.regex(verifySummary(documentOf(many)), /^2,000 rows more are not shown$/m);
  t.true(verifySummary(documentOf(many)).length < 2 ** 20);
});

test('no text leaves its cell or its block', (t) => {
  const anything = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(anything, anything, (race, repeat) => {
      const lines = runSummary([{ ...VIOLATED, race, repeat }]).split('\n');
      const cells = lines[4].replace(/\\./g, '').split('|');
      return lines.length === 9 && cells.length === 9 && lines[6].startsWith('    ') && !lines[4].includes('<');
    }),
  );
  t.pass();
});
