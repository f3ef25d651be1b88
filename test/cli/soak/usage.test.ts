// Goal: every mistake in the arguments of soak, in its campaign or store costs one line that names it, and leaves nothing behind. Method:
// the whole parser in this process, in a folder of files that are wrong; no soak is ever begun. `@` stands for the folder.

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { runProgram } from '../../../lib/cli/program.js';
import { UsageError } from '../../../lib/run/usageError.js';
import { folder } from '../../soak/rows.js';

const MISTAKES: readonly (readonly [args: string, message: RegExp])[] = [
  ['soak xen-pn', /race "xen-pn": .*did you mean "xen-pin"\?/],
  ['soak xen-pin:pte-lok', /variant "pte-lok".*did you mean "pte-lock"\?/],
  ['soak --duration 3', /--duration "3": must be/],
  ['soak --campaign @/none.yaml', /--campaign ".*none\.yaml": cannot be read: ENOENT/],
  ['soak --campaign @/bad.yaml', /bad\.yaml:4:5: rows\[0\]\.knobs: .*knob "splt_ptl"/],
  ['soak --campaign @/late.yaml --duration 1s', /late\.yaml:1:1: duration: duration "5 days": must be/],
  ['soak --campaign @/free.yaml', /free\.yaml:4:5: rows\[0\]\.sync: --sync free: pgd-lock has no workload/],
  ['soak --campaign @/few.yaml', /few\.yaml:4:5: rows\[0\]\.cpus: cpus 1: must be 2 or more: xen-pin needs/],
  ['soak xen-pin:buggy --knob splt_ptl=0', /unknown knob "splt_ptl" for xen-pin: did you mean "split_ptl"\?/],
  ['soak xen-pin:buggy --knob split_ptl', /--knob "split_ptl": must be KNOB=VALUE/],
  ['soak xen-pin:buggy --cpus 2,0', /--cpus "0": must be a whole number, from 1 to 64/],
  ['soak --cpus 2', /--knob and --cpus: name the race and its variant/],
  ['soak --store @', /store .*: is a folder/],
  ['soak status @', /store .*: is a folder/],
  ['soak xen-pin --campaign @/bad.yaml', /--campaign and "xen-pin": the file names the races, give only one/],
  ['soak --resume', /store .*s\.db: there is no such file/],
  ['soak --resume xen-pin', /--resume: continues the campaign in the store; give no races, conditions or --campaign/],
  ['soak --instrument', /--instrument: name the tests of hammer\(\) to soak$/],
  ['soak xen-pin --instrument', /^--instrument: xen-pin is no test that hammer\(\) has made/],
  ['soak --campaign @/late.yaml --instrument', /^--instrument: write instrument: true into rows of the campaign$/],
  ['soak --resume --instrument', /--resume: continues the campaign in the store; give no races, conditions or/],
  ['soak --metrics nowhere', /--metrics "nowhere": must be a port or HOST:PORT/],
  ['soak --metrics 127.0.0.1:99999', /--metrics "127\.0\.0\.1:99999": must be/],
  ['soak canary --metrics 0', /^canary has no rows to verify; name a variant$/],
  ['soak --campaign /dev/zero', /--campaign "\/dev\/zero": has more than \d+ bytes/],
  ['soak status @/bad.yaml', /store .*bad\.yaml: is not a SQLite file/],
  ['soak --stor x', /unknown flag "--stor" for soak: did you mean "--store"\?/],
];

const BAD: Readonly<Record<string, string>> = {
  'bad.yaml': 'rows:\n  - race: xen-pin\n    variant: buggy\n    knobs: { splt_ptl: 1 }\n',
  'few.yaml': 'rows:\n  - race: xen-pin\n    variant: buggy\n    cpus: 1\n',
  'free.yaml': 'rows:\n  - race: pgd-lock\n    variant: buggy\n    sync: free\n',
  'late.yaml': 'duration: 5 days\nrows:\n  - race: xen-pin\n',
};

/** A soak that is begun by mistake leaves its store in the folder. */
function storeIn(cwd: string, args: string): readonly string[] {
  return /status|--store/.test(args) ? [] : ['--store', join(cwd, 's.db')];
}

for (const [args, message] of MISTAKES) {
  test(`racehammer ${args}`, async (t) => {
    const cwd = folder(t);
    for (const [name, text] of Object.entries(BAD)) writeFileSync(join(cwd, name), text);
    const words = args.replaceAll('@', cwd).split(' ');
    const error = await t.throwsAsync(runProgram([...words, ...storeIn(cwd, args)]), { instanceOf: UsageError });
    t.regex(error?.message ?? '', message);
    t.false(error?.message.includes('\n'));
    t.is(error?.exitCode, 2);
    t.deepEqual(readdirSync(cwd), Object.keys(BAD));
  });
}
