// Goal: nothing that comes from a file can steer a terminal or turn a line round. Method: every character of the basic plane.

import test from 'ava';
import { timelineSvg } from '../../../lib/report/replay/timelineSvg.js';
import type { Timeline, TimelineRow } from '../../../lib/evidence/timeline.js';
import { visible } from '../../../lib/report/format/visible.js';

const ESCAPED: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0x061c, 0x061c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2066, 0x2069],
];

test('controls, line separators and marks of direction are written out, all else stays', (t) => {
  const changed: number[] = [];
  for (let code = 0; code <= 0xffff; code++) if (visible(String.fromCharCode(code)).length > 1) changed.push(code);
  const wanted = ESCAPED.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
  t.deepEqual(changed, wanted);
  t.is(visible('a\u001b[2J\u202eb\r\n\tc'), 'a\\u001b[2J\\u202eb\\u000d\n\tc');
});

test('a JSON document means the same behind it', (t) => {
  const document = { name: '\u009b31m\u2028\u202e\\u202e', inner: ['\u007f', '\n\t'] };
  const text = visible(JSON.stringify(document, null, 2));
  t.notRegex(text, /[\u007f-\u009f\u2028\u202e]/);
  t.deepEqual(JSON.parse(text), document);
});

const ROW: TimelineRow = {
  number: 1,
  cpu: 0,
  turn: 0,
  kind: 'load',
  step: '\u0002',
  fn: '\u001b[2J',
  text: '\ufffe\u0003',
  address: 0,
  before: 0,
  after: 0,
  inInterrupt: false,
  windows: ['\u0004'],
  switched: null,
  fails: true,
  focus: true,
};

test('a picture of evidence with controls in its names is XML', (t) => {
  const timeline: Timeline = {
    race: 'a\u0000b\u001b]0;title\u0007',
    variant: '\u202e',
    trial: 1,
    signature: '\ud800',
    message: '',
    cpus: [{ id: 0, actor: '\u0001', comm: '\u009b' }],
    rows: [ROW],
    switches: 0,
    minimal: true,
  };
  const svg = timelineSvg(timeline);
  t.notRegex(svg, /(?!\n)[\p{Cc}\u202e\ufffe]/u);
  t.true(svg.includes('a\\u0000b\\u001b]0;title\\u0007'));
  t.true(svg.isWellFormed());
});
