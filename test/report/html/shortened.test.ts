// Goal: a page is made without what a browser adds or ignores, and nothing that is shown goes with it. Method: parts of templates with
// each of what may go, beside such as must stay; what comes from documents is never touched.

import test from 'ava';
import { html } from '../../../lib/report/html/markup.js';
import { shortened } from '../../../lib/report/html/shortened.js';

const short = (...parts: readonly string[]): string => shortened(parts).join('$');

test('indents and end tags of tables and lists are left out', (t) => {
  t.is(
    short(
      '<table>\n  <tbody>\n    <tr>\n      <th scope="row">\n        a\n      </th>\n      ',
      '\n    </tr>\n  </tbody>\n</table>',
    ),
    '<table><tbody><tr><th scope="row">a$</table>',
  );
  t.is(short('<td class="num">', '</td>\n', ''), '<td class="num">$$');
  t.is(short('<dl>\n  <dt>a</dt>\n  <dd>b<small>c</small></dd>\n</dl>\n'), '<dl><dt>a<dd>b<small>c</small></dl>');
  t.is(
    short('<svg>\n  <path\n    class="grid"\n    d="', '"\n  />\n  <text x="1"\n    >0</text\n  >\n</svg>'),
    '<svg><path\nclass="grid"\nd="$"/><text x="1">0</text></svg>',
  );
});

test('white space between words, and in text that is kept as it is, stays', (t) => {
  for (const same of [
    ' <b>b</b> <i>c</i>\n<code>d</code> ',
    'a > b < c',
    '<pre class="wrap">\n',
    '\n</pre>',
    '<span>a</span> <a>',
  ])
    t.is(short(same), same);
  t.is(short('<p>\n  a <b>b</b>\n  c\n</p> <pre>\n  d'), '<p>a <b>b</b>\nc</p><pre>\nd');
});

test('what comes from documents is never shortened', (t) => {
  t.is(
    String(
      html`<pre>${'a\n  b'}</pre>
        <td>${' </td> '}</td>`,
    ),
    '<pre>a\n  b</pre><td> &lt;/td&gt; ',
  );
});
