// Goal: lines that are rewritten leave nothing behind, and hold no control character but the module's own. Method: a stream
// that keeps what is written, and a terminal of one screen that obeys it.

import test from 'ava';
import { LiveLines, colourWhen, paintFor, print, printDocument, type LiveStream } from '../../lib/cli/output.js';

interface Kept extends LiveStream {
  readonly written: string[];
}

function streamOf(isTTY: boolean, columns = 40): Kept {
  const written: string[] = [];
  return { isTTY, columns, rows: 10, written, write: (text) => void written.push(text) };
}

/** The picture of an escape character, in its place. */
const ESC = '␛';

/** What a terminal shows that obeys line feeds, returns, "up" and the two ways to erase. */
function screenOf(texts: readonly string[]): string[] {
  const lines = [''];
  let y = 0;
  let x = 0;
  for (const [part, up] of texts
    .join('')
    .replaceAll('\u001b', ESC)
    .matchAll(/␛\[(\d+)A|␛\[[KJ]|[^␛]/g)) {
    if (part === '\n') [y, x] = [y + 1, 0];
    else if (part === '\r') x = 0;
    else if (up !== undefined) y -= Number(up);
    else if (part === `${ESC}[K`) lines[y] = lines[y].slice(0, x);
    else if (part === `${ESC}[J`) {
      lines[y] = lines[y].slice(0, x);
      lines.length = y + 1;
    } else {
      lines[y] = lines[y].slice(0, x) + part + lines[y].slice(x + 1);
      x++;
    }
    lines[y] ??= '';
  }
  return lines;
}

test('on a terminal lines take the place of those before', (t) => {
  const stream = streamOf(true);
  const lines = new LiveLines(stream);
  lines.show(['one', 'two', 'three']);
  t.deepEqual(screenOf(stream.written), ['one', 'two', 'three']);
  lines.show(['four']);
  t.deepEqual(screenOf(stream.written), ['four']);
  lines.keep(['stays']);
  lines.show(['a', 'b']);
  t.deepEqual(screenOf(stream.written), ['stays', 'a', 'b']);
  lines.clear();
  t.deepEqual(screenOf(stream.written), ['stays', '']);
});

test('elsewhere every line stays, and nothing is erased', (t) => {
  const stream = streamOf(false);
  const lines = new LiveLines(stream);
  lines.show(['one']);
  lines.show(['two']);
  lines.clear();
  t.deepEqual(stream.written, ['one\n', 'two\n']);
});

test('a name with controls moves no cursor, and breaks no line that is rewritten', (t) => {
  const stream = streamOf(true);
  const lines = new LiveLines(stream);
  lines.show(['a\u001b[2J\nb\r']);
  lines.keep(['\u009b31m']);
  t.deepEqual(screenOf(stream.written), ['\\u009b31m', '']);
  t.true(stream.written[0].includes('a\\u001b[2J b\\u000d'));
});

/** What is written to stdout meanwhile. */
function writtenBy(act: () => void): string {
  const write = process.stdout.write.bind(process.stdout);
  let written = '';
  process.stdout.write = (text: string | Uint8Array): boolean => {
    written += String(text);
    return true;
  };
  try {
    act();
  } finally {
    process.stdout.write = write;
    colourWhen('auto');
  }
  return written;
}

test.serial(
  'coloured or not, text brings no control character but codes of the paint, which end with their line',
  (t) => {
    const foreign = '\u001b[31mred\u001b[2J\u0007\u202e';
    const escaped = '\\u001b[2J\\u0007\\u202e';
    t.is(
      writtenBy(() => {
        colourWhen('always');
        print([foreign, paintFor('stdout').good('HELD')]);
      }),
      `\u001b[31mred${escaped}\u001b[39m\u001b[22m\n\u001b[32mHELD\u001b[39m\n`,
    );
    t.is(
      writtenBy(() => {
        colourWhen('never');
        print([foreign, paintFor('stdout').good('HELD')]);
      }),
      `\\u001b[31mred${escaped}\nHELD\n`,
    );
    t.is(
      writtenBy(() => {
        colourWhen('always');
        printDocument({ foreign: '\u009b' });
      }),
      '{\n  "foreign": "\\u009b"\n}\n',
    );
  },
);
