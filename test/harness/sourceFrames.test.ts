// Goal: a stack ends where the harness called the race. Method: a frame of each function that does so, in the file where it is.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { sourceFrames } from '../../lib/harness/sourceFrames.js';

/** A frame in a function of a compiled file, as the engine writes it: in the pack, if the file only exports from one. */
function frameIn(name: string, file: string): string {
  const url = new URL(`../../lib/${file}`, import.meta.url);
  const text = readFileSync(fileURLToPath(url), 'utf8');
  const [, packed] = / from '(\S+packed\.js)';\n\/\//.exec(text) ?? [];
  if (packed !== undefined) return frameIn(name, new URL(packed, `file:///${file}`).pathname.slice(1));
  const line = text.split('\n').findIndex((start) => RegExp(`^(?:export )?function ${name}\\(`).test(start));
  return `    at ${name} (${url.href}:${line + 1}:10)`;
}

for (const [name, file] of [
  ['runActor', 'harness/cpu/trial.js'],
  ['runIdle', 'machine/meeting.js'],
] as const) {
  test(`what called ${name}() is not shown`, (t) => {
    const frames = [
      '    at act (file:///races/mine.mjs:3:5)',
      frameIn(name, file),
      frameIn('runRounds', 'harness/cpu/rounds.js'),
    ];
    t.deepEqual(sourceFrames(frames), ['at act (file:///races/mine.mjs:3:5)']);
  });
}

test('a stack of other code is shown to its end, with the lines of the sources', (t) => {
  const [frame] = sourceFrames([frameIn('runRounds', 'harness/cpu/rounds.js')]);
  t.regex(frame, /^at runRounds \(lib[\\/]harness[\\/]cpu[\\/]rounds\.ts:\d+:\d+\)$/);
});
