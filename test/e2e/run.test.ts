// Goal: `run` counts, judges and exits as the documents say. Method: the program as a process, on fixtures that fail in
// every fourth trial whatever the host does, and on xen-pin until its first failure; --json is checked field by field, and by its schema.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { RunDocument } from '../../lib/report/run/document.js';
import { isDescribed } from '../described.js';
import { FOLDER, fixture, racehammer } from './cli.js';
import { runKept } from './keptProgram.js';

const OUTCOMES = fixture('outcomes');

async function runJson(
  t: ExecutionContext,
  ...args: readonly string[]
): Promise<{ code: number | null; run: RunDocument }> {
  const { code, stdout } = await runKept('run', ...args, '--json');
  isDescribed(t, 'run', stdout);
  return { code, run: JSON.parse(stdout) as RunDocument };
}

/** Of those that the tests below do not run. */
const VERDICTS = {
  shy: ['NOT_REPRODUCED', 3],
  elsewise: ['NOT_REPRODUCED', 3],
  otherwise: ['VIOLATED', 1],
  both: ['REPRODUCED', 0],
  undeclared: ['VIOLATED', 1],
} as const;

for (const [variant, [verdict, exitCode]] of Object.entries(VERDICTS)) {
  test.serial(`the variant ${variant} is ${verdict}, exit ${exitCode}`, async (t) => {
    const { code, run } = await runJson(t, `${OUTCOMES}:${variant}`, '--trials', '400');
    t.is(run.verdict, verdict);
    t.is(run.exitCode, exitCode);
    t.is(code, exitCode);
  });
}

test.serial('a handful of trials without a failure is INCONCLUSIVE, exit 4, whatever was expected', async (t) => {
  for (const variant of ['shy', 'fixed']) {
    const { code, run } = await runJson(t, `${OUTCOMES}:${variant}`, '--trials', '5');
    t.is(code, 4);
    t.like(run, { verdict: 'INCONCLUSIVE', exitCode: 4, trials: 5 });
    t.true(run.power?.trialsNeeded !== null && (run.power?.trialsNeeded ?? 0) > 5);
  }
});

test.serial('a run that should hold is judged by its twin, by its claim, or not at all', async (t) => {
  const twin = await runJson(t, `${OUTCOMES}:fixed`, '--trials', '400');
  t.like(twin.run.power, { source: 'twin', name: 'buggy' });
  t.true((twin.run.power?.failures ?? 0) >= 100);
  const without = await runJson(t, `${OUTCOMES}:fixed`, '--trials', '400', '--no-twin');
  t.like(without.run, { verdict: 'INCONCLUSIVE', power: null });
  t.regex(without.run.repeat, / --no-twin$/);
  const claim = await runJson(t, `${OUTCOMES}:fixed`, '--trials', '400', '--until-confidence', '0.1@50%');
  t.like(claim.run, { verdict: 'HELD', power: null, exitCode: 0 });
  const open = await runJson(t, `${OUTCOMES}:fixed`, '--trials', '400', '--until-confidence', '1e-6');
  t.like(open.run, { verdict: 'INCONCLUSIVE', exitCode: 4 });
});

test.serial('a litmus race is counted by outcomes, and judged by the relaxed one', async (t) => {
  const { code, run } = await runJson(t, 'store-buffer:atomic', '--trials', '1000000');
  t.is(code, 0);
  t.like(run, { verdict: 'HELD', trials: 1_000_000, sync: 'stride', recording: false, lockdep: null });
  t.is(run.litmus?.condition, 'exists (0:r0=0 /\\ 1:r0=0)');
  t.is(
    run.litmus?.outcomes.reduce((sum, { count }) => sum + count, 0),
    1_000_000,
  );
  t.like(
    run.litmus?.outcomes.find(({ relaxed }) => relaxed),
    { outcome: '0:r0=0; 1:r0=0;', count: 0, grade: 'forbidden' },
  );
});

test.serial('the document of a run holds every field', async (t) => {
  const { run } = await runJson(t, `${OUTCOMES}:buggy`, '--trials', '400', '--seed', '7', '--window', 'W_HERE=3..9');
  t.is(run.schema, 'racehammer.run/1');
  t.like(run, { race: 'outcomes', variant: 'buggy', cpus: 2, threads: 2, machines: 1, sync: 'rendezvous', seed: 7 });
  t.like(run, { durationMs: null, trialsMax: 400, stopOnFirst: false, recording: true });
  t.deepEqual(run.knobs, { size: 'small' });
  t.deepEqual(run.phases, { first: { min: 0, max: 63 }, second: { min: 5, max: 5 } });
  t.deepEqual(run.windows, { W_HERE: { min: 3, max: 9 } });
  t.is(run.trials, 400);
  t.is(run.failures, 100);
  t.is(run.nearMisses, 0);
  t.true(run.seconds > 0);
  const [outcome, ...others] = run.outcomes;
  t.deepEqual(others, []);
  t.like(outcome, { signature: 'lost', count: 100, rate: 0.25 });
  t.true(outcome.low95 > 0.2 && outcome.low95 < 0.25 && outcome.high95 > 0.25 && outcome.high95 < 0.3);
  t.true(run.firstFailureMs !== null && run.firstFailureMs > run.startedMs && run.startedMs > 0);
  t.like(run, {
    upperBound95: null,
    expected: 'fail',
    expectedOutcome: 'lost',
    harnessError: null,
    interrupted: false,
  });
  t.deepEqual(run.lockdep, { complete: true, possibleDeadlocks: [] });
  t.true(run.reports['lost'].some((line) => line.includes('the word was lost')));
  t.like(run.host, { node: process.version, platform: process.platform, arch: process.arch });
  t.true(run.host.cores >= 1 && run.host.cpuModel !== '' && run.host.loadavg.length === 3);
});

test.serial('a run without failures has a bound instead of a rate', async (t) => {
  const { run } = await runJson(t, `${OUTCOMES}:fixed`, '--trials', '400', '--no-record', '--no-lockdep');
  t.deepEqual(run.outcomes, []);
  t.is(run.lockdep, null);
  t.regex(run.repeat, / --no-record --no-lockdep\b/);
  t.like(run, { firstFailureMs: null, expected: 'hold', expectedOutcome: null, recording: false, reports: {} });
  t.true(run.upperBound95 !== null && run.upperBound95 > 0.0074 && run.upperBound95 < 0.0075);
});

test.serial('the command to repeat a run repeats it', async (t) => {
  const { run } = await runJson(
    t,
    `${OUTCOMES}:both`,
    '--trials',
    '400',
    '--sync',
    'stride',
    '--phase',
    'first=9',
    '--no-record',
  );
  const [npx, name, command, ...args] = run.repeat.split(' ');
  t.deepEqual([npx, name, command], ['npx', 'racehammer', 'run']);
  const { run: again } = await runJson(t, ...args);
  const parametersOf = ({
    race,
    variant,
    knobs,
    cpus,
    threads,
    machines,
    sync,
    seed,
    phases,
    windows,
    recording,
    repeat,
  }: RunDocument): object => {
    return { race, variant, knobs, cpus, threads, machines, sync, seed, phases, windows, recording, repeat };
  };
  t.deepEqual(parametersOf(again), parametersOf(run));
});

test.serial('without a variant the buggy form and the merged fix run, and the worst exit code counts', async (t) => {
  const { code, stdout } = await runKept('run', OUTCOMES, '--trials', '400', '--json');
  const { runs } = JSON.parse(stdout) as { runs: RunDocument[] };
  t.deepEqual(
    runs.map((run) => [run.variant, run.verdict]),
    [
      ['buggy', 'REPRODUCED'],
      ['fixed', 'HELD'],
    ],
  );
  t.is(runs[0].seed, runs[1].seed);
  t.is(code, 0);
});

test.serial('the text begins with both verdicts and ends with the command that repeats them', async (t) => {
  const { code, stdout, stderr } = await racehammer('run', OUTCOMES, '--trials', '400', '--seed', '7');
  t.is(code, 0);
  t.is(stderr, '');
  const lines = stdout.trimEnd().split('\n');
  t.is(lines[0], 'outcomes: Does the harness notice?');
  t.regex(lines[2], /^buggy +REPRODUCED +lost in 100 of 400 trials, 25\.0 %$/);
  t.regex(lines[3], /^fixed +HELD +no failure in 400 trials, < 0\.746 %, 1\/\d+ of buggy$/);
  t.true(lines.includes('  fixture: the word was lost'));
  t.false(stdout.includes('\u001b'));
  t.true(lines.includes(`repeat: npx racehammer run ${OUTCOMES} --seed 7 --trials 400`));
});

test.serial('the whole report is printed on request, and written to the file that is named', async (t) => {
  const args = ['run', OUTCOMES, '--trials', '400', '--seed', '7', '--report-file', 'whole.txt'];
  const { code, stdout } = await runKept(...args, '--report');
  t.is(code, 0);
  for (const words of ['outcomes:buggy: REPRODUCED', 'outcomes:fixed: HELD', 'fixture: the word was lost'])
    t.true(stdout.includes(words), words);
  t.regex(stdout, /^lost +100 +25\.0 % +20\.\d % \.\. 29\.\d %.* yes +REPRODUCED$/m);
  t.regex(stdout, /^outcomes +buggy +fixed$/m);
  t.regex(stdout, /^verdict +REPRODUCED +HELD$/m);
  const [remark, ...repeats] = stdout.trimEnd().split('\n').slice(-3);
  t.regex(remark, /recorder on; the seed fixes the delays, not/);
  for (const line of repeats) t.regex(line, /^repeat: npx racehammer run \S+:(buggy|fixed) --seed 7 --trials 400$/);
  t.is(readFileSync(join(FOLDER, 'whole.txt'), 'utf8'), `report of racehammer run ${OUTCOMES}\n\n${stdout}`);
  const document = await runKept('run', `${OUTCOMES}:buggy`, '--trials', '400', '--report-file', 'nowhere/x', '--json');
  t.is(document.code, 2);
  t.regex(document.stderr, /--report-file "nowhere\/x": must be a file that can be written/);
});

test.serial('the run ends with the first failure, and machines run side by side', async (t) => {
  const { run } = await runJson(t, `${OUTCOMES}:buggy`, '--threads', '5', '--duration', '60s', '--stop-on-first');
  t.like(run, { threads: 5, machines: 2, verdict: 'REPRODUCED', durationMs: 60_000 });
  t.true(run.seconds < 60);
  const shared = await runJson(t, `${OUTCOMES}:fixed`, '--threads', '4', '--trials', '2001');
  t.like(shared.run, { machines: 2, trials: 2001, verdict: 'HELD' });
});

test.serial('a duration ends the run', async (t) => {
  const { run } = await runJson(t, `${OUTCOMES}:fixed`, '--duration', '200ms');
  t.like(run, { durationMs: 200, trialsMax: null, verdict: 'HELD' });
  t.true(run.seconds >= 0.2);
});

test.serial('xen-pin fails as its mail says', async (t) => {
  const { code, run } = await runJson(t, 'xen-pin:buggy', '--duration', '50s', '--stop-on-first');
  t.is(run.verdict, 'REPRODUCED');
  t.is(code, 0);
  t.is(run.outcomes[0].signature, 'oops-0003');
});

test.serial('xen-pin runs without meetings where its state is that of the start after each pass', async (t) => {
  const { run } = await runJson(t, 'xen-pin:pte-lock', '--sync', 'free', '--trials', '2000');
  // How much 2,000 trials say is the affair of the twin, which fails more or less often by what else the host does.
  t.like(run, { sync: 'free', failures: 0, trials: 2000, harnessError: null });
  t.is(run.power?.source, 'twin');
  t.is(run.knobs['path'], 'fork-exit');
});
