// Goal: `compare` takes two runs, of one file or of two, and says so of anything else. Method: the command in this process.

import test from 'ava';
import { compareCommand } from '../../../lib/cli/compare/compare.js';
import { UsageError } from '../../../lib/run/usageError.js';
import { DocumentFolder } from '../../report/documentFolder.js';
import { BROKEN, HELD, REPRODUCED, documentOf, rowOf } from '../../report/run/madeUpRun.js';

const folder = new DocumentFolder();
const one = folder.put('one.json', HELD);
const two = folder.put('two.json', { schema: 'racehammer.runs/1', runs: [REPRODUCED, HELD] });
const empty = folder.put('empty.json', { ...BROKEN, trials: 0, seconds: 0 });
const rows = folder.put('rows.json', documentOf([rowOf('one', HELD)]));

test('anything but two runs with trials is refused in one line', async (t) => {
  const cases = [
    [
      [one],
      /^compare: needs two runs, and the file holds 1: name two files of run <race>:<variant> --json, or one of /,
    ],
    [[rows], /the file holds 1:/],
    [[one, two], /the files hold 3:/],
    [[one, empty], /^compare: xen-pin:pte-lock has no trial, so it has no rate$/],
  ] as const;
  for (const [files, says] of cases)
    t.regex((await t.throwsAsync(compareCommand(files, {}), { instanceOf: UsageError }))?.message ?? '', says);
});
