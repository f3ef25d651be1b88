// Goal: a text of any length is refused in a time that grows with its length alone. Method: some hundred thousand characters of each kind
// that a pattern could try at every place anew; one that did would take minutes.

import test from 'ava';
import { parseAssignments } from '../../lib/cli/run/assignments.js';
import { parseClaim } from '../../lib/run/claimText.js';
import { parseDuration } from '../../lib/run/duration.js';
import { parseAddress } from '../../lib/cli/page/textServer.js';
import { parseCount, parseSeed, parseSpinRange } from '../../lib/cli/options/numbers.js';
import { UsageError } from '../../lib/run/usageError.js';

const N = 200_000;
const KNOBS = { flag: '--knob', noun: 'knob', names: ['size'], example: 'small', owner: 'race' };

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  count: (text) => parseCount('--trials', text, { min: 1 }),
  seed: (text) => parseSeed(text),
  spins: (text) => parseSpinRange('--spin', text),
  duration: (text) => parseDuration(text),
  claim: (text) => parseClaim('--until-confidence', text),
  address: parseAddress,
  assignment: (text) => parseAssignments([text], KNOBS),
};

const PIECES = [' ', '1', '.', '1.', '1 ', '1,000', ' to ', '-', ':', '\n', '['];

for (const [what, parse] of Object.entries(PARSERS)) {
  test(`a very long text is refused as soon as ten: ${what}`, (t) => {
    for (const piece of PIECES) {
      const long = piece.repeat(N / piece.length);
      for (const text of [`1${long}!`, `1${long}1!`, `${long}s!`, `1${long}.s`, `1${long} ?k`]) {
        const { message } = t.throws(() => parse(text), { instanceOf: UsageError }, piece);
        t.true(message.length < 500);
      }
    }
  });
}
