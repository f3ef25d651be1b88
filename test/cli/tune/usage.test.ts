// Goal: every mistake in the arguments of tune, and in files of settings that are given to others, costs one line that names it. Method: the
// whole parser in this process; nothing is ever hammered.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { hostFacts } from '../../../lib/run/hostFacts.js';
import { runProgram } from '../../../lib/cli/program.js';
import { UsageError } from '../../../lib/run/usageError.js';
import { fingerprintOf } from '../../../lib/harness/host/fingerprint.js';
import { folder } from '../../soak/rows.js';

test('mistakes cost one line', async (t) => {
  const cwd = folder(t);
  const host = fingerprintOf(hostFacts());
  const other = {
    schema: 'racehammer.tuning/1',
    version: '0.1.0',
    host: { ...host, cores: host.cores + 1 },
    entries: [],
  };
  writeFileSync(join(cwd, 'other.json'), JSON.stringify(other));
  writeFileSync(join(cwd, 'broken.json'), '{"schema":');
  const cases: [string[], RegExp][] = [
    [['tune', 'xen-pni'], /unknown race "xen-pni": did you mean "xen-pin"\?/],
    [['tune', 'xen-pin', '--budget', '1s'], /--budget 1s: must be 5s or more/],
    [['tune', 'xen-pin', '--instrument'], /^--instrument: xen-pin is no test that hammer\(\) has made/],
    [['tune', 'xen-pin', '--param', 'windw'], /unknown parameter "windw" for tune: did you mean "window"\?/],
    [
      ['tune', 'xen-pin', '--file', join(cwd, 'no/such/folder.json')],
      /--file ".*no\/such\/folder\.json": must be a file/,
    ],
    [['tune', 'xen-pin', '--html', cwd], /--html ".*": must be a regular file, and is a folder/],
    [
      ['tune', 'xen-pin', '--file', join(cwd, 'other.json')],
      /--file ".*other\.json": was found on another host \(cores/,
    ],
    [['tune', 'xen-pin', '--file', join(cwd, 'broken.json')], /--file ".*broken\.json": is not a JSON document/],
    [
      ['run', 'xen-pin', '--tuned', join(cwd, 'none.json')],
      /--tuned ".*none\.json": there is no such file; racehammer tune makes it/,
    ],
    [['run', 'xen-pin', '--tuned', join(cwd, 'other.json')], /was found on another host .*--any-host/],
    [['soak', 'xen-pin', '--tuned', join(cwd, 'broken.json')], /is not a JSON document/],
    [['run', 'xen-pin', '--any-host'], /--any-host: is of no use without --tuned/],
    [['run', 'xen-pin', '--round', '0'], /--round "0": must be a whole number, from 1 to/],
    [['run', 'xen-pin', '--spin', '9..1'], /--spin "9\.\.1": must be .*did you mean 1\.\.9\?/],
  ];
  for (const [args, words] of cases) {
    const error = await t.throwsAsync(runProgram(args), { instanceOf: UsageError }, args.join(' '));
    t.regex(error?.message ?? '', words);
    t.false(error?.message.includes('\n'));
    t.is(error?.exitCode, 2);
  }
});
