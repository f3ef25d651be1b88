// Goal: however a run ends, it says so with the right exit code and leaves nothing behind. Method: fixtures whose worker
// throws, exits or runs out of memory; signals sent when the workers say that they run; a reader that goes away.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { RunDocument } from '../../lib/report/run/document.js';
import { Racehammer, fixture, racehammer } from './cli.js';

const BROKEN = fixture('broken');
const OUTCOMES = fixture('outcomes');

const CAUSES = {
  exits: /^worker of CPU 0 on machine 0: it ended with exit code 7: /,
  'out-of-memory': /^worker of CPU 0 on machine 0: .*memory/,
};

for (const [variant, cause] of Object.entries(CAUSES)) {
  test.serial(`a worker that breaks is a harness error, its samples are kept: ${variant}`, async (t) => {
    const { code, stdout } = await racehammer(
      'run',
      `${BROKEN}:${variant}`,
      '--duration',
      '50s',
      '--no-watchdog',
      '--json',
    );
    const run = JSON.parse(stdout) as RunDocument;
    t.is(code, 70);
    t.like(run, { verdict: 'HARNESS_ERROR', exitCode: 70, interrupted: false });
    t.regex(run.harnessError ?? '', cause);
    t.true(run.trials > 1000 && run.trials < 2000);
    t.true(run.seconds < 50);
  });
}

test.serial('a process that was stopped has not hung: HOST STALL, and no failure', async (t) => {
  const program = new Racehammer(['run', `${OUTCOMES}:tells`, '--duration', '1500ms', '--json']);
  await program.saysOnStderr('hammering');
  program.child.kill('SIGSTOP');
  await sleep(800);
  program.child.kill('SIGCONT');
  const { code, stdout } = await program.ended();
  const run = JSON.parse(stdout) as RunDocument;
  t.is(code, 0);
  t.like(run, { verdict: 'HELD', failures: 0, harnessError: null });
  t.true((run.watchdog?.hostStalls ?? 0) > 0);
});

test.serial('a hang that a variant does not own up to is a violation, with its facts in the document', async (t) => {
  const { code, stdout } = await racehammer('run', 'canary:undeclared-hang', '--trials', '10', '--json');
  const run = JSON.parse(stdout) as RunDocument;
  t.is(code, 1);
  t.like(run, { verdict: 'VIOLATED', trials: 10, failures: 10 });
  t.like(run.facts?.['deadlock'], { signature: 'deadlock', shape: 'AB-BA: two locks in both orders' });
  t.true(run.reports['deadlock'].includes(`how to repeat: ${run.repeat}`));
});

test.serial('a harness error outweighs what the other variant showed', async (t) => {
  const { code, stdout } = await racehammer('run', BROKEN, '--trials', '5000');
  t.is(code, 70);
  t.regex(stdout, /^exits +HARNESS ERROR +0 failures in [\d,]+ trials up to then$/m);
  t.regex(stdout, /^HARNESS ERROR: worker of CPU 0 on machine 0: it ended with exit code 7: /m);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test.serial(`${signal} ends the run with its full report`, async (t) => {
    const program = new Racehammer(['run', `${OUTCOMES}:tells`, '--duration', '1h']);
    await program.saysOnStderr('hammering');
    program.child.kill(signal);
    const { code, stdout, stderr } = await program.ended();
    t.is(code, 130);
    t.regex(stderr, new RegExp(`${signal}: the run ends with its report`));
    // It has just begun: how many trials it has is up to the host.
    t.regex(stdout, /^tells +(?:HELD|INCONCLUSIVE) \(interrupted\) +no failure in /m);
    t.regex(stdout, /^repeat: .*--duration 1h/m);
  });
}

test.serial('an interrupt leaves out the variants that have not run', async (t) => {
  const program = new Racehammer(['run', fixture('patient'), '--duration', '1h', '--json']);
  await program.saysOnStderr('hammering');
  program.child.kill('SIGINT');
  const { code, stdout } = await program.ended();
  const { runs } = JSON.parse(stdout) as { runs: RunDocument[] };
  t.is(code, 130);
  t.deepEqual(
    runs.map((run) => [run.variant, run.interrupted, run.exitCode]),
    [['first', true, 130]],
  );
});

test.serial('a second interrupt ends the process at once', async (t) => {
  const program = new Racehammer(['run', `${BROKEN}:spins`, '--duration', '1h']);
  await program.saysOnStderr('spinning');
  program.child.kill('SIGINT');
  await program.saysOnStderr('once more');
  // One that comes right behind the first is taken for the same.
  const again = setInterval(() => program.child.kill('SIGINT'), 100);
  const { signal, stdout } = await program.ended();
  clearInterval(again);
  t.is(signal, 'SIGINT');
  t.notRegex(stdout, /repeat:/);
});

test.serial(
  'the result is out before the failures are run again; an interrupt then ends at once, with what is known',
  async (t) => {
    const program = new Racehammer(['run', fixture('stuckReplay'), '--trials', '20']);
    await program.saysOnStderr('replaying');
    t.regex(program.stdout, /^fails +REPRODUCED +lost in /m);
    t.notRegex(program.stdout, /evidence of/);
    program.child.kill('SIGINT');
    const { code, stdout } = await program.ended();
    t.is(code, 130);
    t.regex(stdout, /^ {2}evidence of lost: not explained: interrupted\n {4}npx racehammer replay /m);
    t.regex(stdout, /^repeat: /m);
  },
);

test.serial('a reader that goes away ends the program quietly, with the exit code that it has earned', async (t) => {
  const program = new Racehammer(['run', `${OUTCOMES}:weak`, '--trials', '20k']);
  await once(program.child.stdout, 'data');
  program.child.stdout.destroy();
  const { code, stderr } = await program.ended();
  t.is(stderr, '');
  t.is(code, 1);
});
