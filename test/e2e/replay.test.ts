/**
 * Goal: a failure that `run` meets can be replayed from the file that it keeps; what is no evidence, or does not replay, is
 * told in one line and by the exit code. Code that only the file names is not run.
 * Method: the program itself, on a failure of its own and on files that are not as they should be.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { EvidenceReader } from '../../lib/run/evidence/decodeEvidence.js';
import { encodeEvidence } from '../../lib/evidence/evidenceFile.js';
import { FOLDER, Racehammer } from './cli.js';
import { runKept } from './keptProgram.js';

interface RunWithEvidence {
  readonly evidence: readonly {
    readonly signature: string;
    readonly file: string;
    readonly replayed: boolean;
    readonly accesses: number;
  }[];
}

/** Of which pgd-lock fails in more than a tenth on every host: that none of so many fails happens once in 1e13 runs. */
const TRIALS = '300';

let kept: string | undefined;

/** The evidence of one failure, for all tests that only read it. */
async function keptFailure(): Promise<string> {
  if (kept === undefined) {
    const run = await runKept('run', 'pgd-lock:buggy', '--trials', TRIALS, '--json');
    const { evidence } = JSON.parse(run.stdout) as RunWithEvidence;
    kept = join(FOLDER, evidence[0].file);
  }
  return kept;
}

test.serial('run keeps the first failure of each signature, and says that it fails again', async (t) => {
  const run = await runKept('run', 'pgd-lock:buggy', '--trials', TRIALS, '--evidence', 'kept', '--json');
  const { evidence } = JSON.parse(run.stdout) as RunWithEvidence;
  t.deepEqual(
    evidence.map(({ signature, replayed }) => [signature, replayed]),
    [['deadlock', true]],
  );
  t.deepEqual(readdirSync(join(FOLDER, 'kept')), [evidence[0].file.replace('kept/', '')]);
  const text = await runKept('run', 'pgd-lock:buggy', '--trials', TRIALS, '--keep', '2');
  t.regex(
    text.stdout,
    /evidence of deadlock: \d+ accesses, explained by an interleaving with \d+ switch(es)? between CPUs; replaying it fails in the same way/,
  );
  t.regex(
    text.stdout,
    /npx racehammer replay evidence\/pgd-lock-buggy-deadlock-m0-t\d+-[0-9a-f]{12}\.evidence {3}\(and 1 more beside it\)/,
  );
});

test.serial('nothing is kept without a failure, or where nobody wants it', async (t) => {
  const held = await runKept('run', 'xen-pin:pte-lock', '--trials', TRIALS, '--evidence', 'nothing', '--json');
  // Whether so few trials hold is the twin's affair; that they were run, and none failed, is not.
  t.true(held.code === 0 || held.code === 4, held.stderr);
  t.like(JSON.parse(held.stdout), { trials: Number(TRIALS), failures: 0, harnessError: null });
  const unwanted = await runKept('run', 'pgd-lock:buggy', '--trials', TRIALS, '--no-evidence', '--json');
  t.false('evidence' in (JSON.parse(unwanted.stdout) as object));
  t.false(readdirSync(FOLDER).includes('nothing'));
});

test.serial('replay shows the order, and writes what it is told to', async (t) => {
  const file = await keptFailure();
  const files = ['--reduce', 'less.evidence', '--trace', 'trace.json', '--svg', 'picture.svg'];
  const { code, stdout, stderr } = await runKept('replay', file, ...files);
  t.is(code, 0, stderr);
  t.regex(stdout, /^pgd-lock:buggy, trial \d+ on machine 0: deadlock\n/);
  t.regex(stdout, /replayed: the same failure, each of \d+ accesses as recorded/);
  t.regex(stdout, /(?:V3|C4) +FAILS: deadlock <== here/);
  t.regex(stdout, /Watchdog detected hard LOCKUP/);
  t.true('traceEvents' in (JSON.parse(readFileSync(join(FOLDER, 'trace.json'), 'utf8')) as object));
  t.regex(readFileSync(join(FOLDER, 'picture.svg'), 'utf8'), /^<svg /);
  const less = await runKept('replay', 'less.evidence', '--json');
  t.is(less.code, 0);
  t.like(JSON.parse(less.stdout), { schema: 'racehammer.replay/1', replayed: true, replayedSignature: 'deadlock' });
});

test.serial('replay goes up to a step, or a key at a time', async (t) => {
  const file = await keptFailure();
  const until = await runKept('replay', file, '--until', 'V3');
  t.is(until.code, 0);
  t.regex(until.stdout, /CPU 1: modprobe in vmalloc_sync_all at V3/);
  t.false(until.stdout.includes('FAILS'));
  const unknown = await runKept('replay', file, '--until', 'V33');
  t.is(unknown.code, 2);
  t.regex(unknown.stderr, /^racehammer: .*V33.*\n$/);
});

test.serial('steps go on and back, from the end as well', async (t) => {
  const file = await keptFailure();
  const stepped = await new Racehammer(['replay', file, '--step'], {}, 'b\nn\nn\nb\nn\nc\nb\nb\nq\n').ended();
  t.is(stepped.code, 0);
  const shown = stepped.stdout
    .split('\n')
    .filter((line) => !/^ +\d+ +CPU (?!.*FAILS)/.test(line))
    .slice(3);
  t.deepEqual(shown.slice(0, 2), ['this is the beginning', 'back behind']);
  t.regex(
    shown.slice(2).join('\n'),
    /^ +\d+ .*FAILS: deadlock\nreplayed: the same failure, each access as recorded\n.*back.*\nback behind\n/,
  );
  t.is(stepped.stdout.match(/^back behind$/gm)?.length, 3);
  // The second step is taken twice, and nothing else is otherwise.
  const numbers = Array.from(stepped.stdout.matchAll(/^ +(\d+) +CPU/gm), ([, number]) => Number(number));
  t.deepEqual(numbers.slice(0, 5), [1, 2, 1, 2, 3]);
  t.regex(stepped.stdout, /\nleft after \d+ of \d+ steps\n$/);
});

test.serial('a failure that does not come again is exit code 1, and the first difference is named', async (t) => {
  const file = await keptFailure();
  const evidence = new EvidenceReader().decode(readFileSync(file));
  writeFileSync(join(FOLDER, 'fixed.evidence'), encodeEvidence({ ...evidence, variant: 'plain-lock' }));
  const { code, stdout } = await runKept('replay', 'fixed.evidence');
  t.is(code, 1);
  t.regex(stdout, /DOES NOT REPLAY: /);
  t.regex(stdout, /first difference: CPU \d, record \d+ \(turn \d+\)\n +in the evidence: .*\n +in the replay: /);
});

test.serial('what is no whole evidence of a race that is there is refused with one line', async (t) => {
  const file = await keptFailure();
  const whole = readFileSync(file);
  const write = (name: string, bytes: Uint8Array): void => writeFileSync(join(FOLDER, name), bytes);
  write('cut.evidence', whole.subarray(0, whole.length - 100));
  write('other.evidence', Buffer.from('{}'));
  write('variant.evidence', encodeEvidence({ ...new EvidenceReader().decode(whole), variant: 'gone' }));
  // A file that says whether it was run.
  write('evil.mjs', Buffer.from("import { writeFileSync } from 'node:fs'; writeFileSync('was-run', '');"));
  const forged = { ...new EvidenceReader().decode(whole), target: join(FOLDER, 'evil.mjs') };
  write('forged.evidence', encodeEvidence(forged));
  write('foreign.evidence', encodeEvidence({ ...forged, race: 'evil' }));
  const expected: Readonly<Record<string, RegExp>> = {
    'cut.evidence': /is truncated: it has \d+ of \d+ bytes/,
    'other.evidence': /is not a racehammer evidence file/,
    'variant.evidence': /is of variant "gone", which this pgd-lock does not have/,
    'missing.evidence': /cannot be read: ENOENT/,
    'forged.evidence': /says that it is of the built-in race pgd-lock, but names ".*" as its code/,
    'foreign.evidence': /would load and run ".*\/evil\.mjs": add --trust-code if you trust that file/,
  };
  for (const [name, message] of Object.entries(expected)) {
    const { code, stdout, stderr } = await runKept('replay', name);
    t.is(code, 2, name);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.is(stderr.split('\n').length, 2);
  }
  t.false(readdirSync(FOLDER).includes('was-run'));
  t.is((await runKept('replay', 'foreign.evidence', '--trust-code')).code, 2);
  t.true(readdirSync(FOLDER).includes('was-run'));
});
