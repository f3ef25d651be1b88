// Goal: options become the request that they ask for. Method: the parser of the program, requests for xen-pin and others, looked at
// field by field.

import test from 'ava';
import { requireActors } from '../../../lib/race/kinds.js';
import { chooseRace } from '../../../lib/cli/chooseRace.js';
import { repeatCommand, repeatRemark } from '../../../lib/run/repeat.js';
import { WATCHDOG_MS } from '../../../lib/harness/watch/watchdog.js';
import { RUN } from '../../../lib/cli/run/options.js';
import { requestsFor } from '../../../lib/cli/run/checkedFlags.js';
import { UsageError } from '../../../lib/run/usageError.js';
import { spinWords } from '../../../lib/run/options.js';
import type { RunRequest } from '../../../lib/run/request.js';
import { typed } from '../typed.js';

/** `words`: the options, with a space between them. */
async function requests(target: string, words = ''): Promise<RunRequest[]> {
  const { operands, flags } = await typed(RUN, [target, ...words.split(' ').filter((word) => word !== '')]);
  return requestsFor(await chooseRace(operands[0]), flags);
}

test('without flags the race decides', async (t) => {
  const race = requireActors((await chooseRace('xen-pin')).race);
  const [buggy, merged, ...others] = await requests('xen-pin');
  t.deepEqual(others, []);
  t.deepEqual([buggy.plan.variant, merged.plan.variant], ['buggy', race.merged]);
  t.like(buggy, { typed: 'xen-pin', threads: race.cpus.default, durationMs: 3000 });
  t.like(buggy.plan, { race: 'xen-pin', cpus: race.cpus.default, machines: 1, sync: 'rendezvous', trials: Infinity });
  t.like(buggy.plan, { stopOnFirst: false, recording: true, lockdep: true, orderTurns: 0 });
  t.deepEqual(buggy.plan.windows['W_RO_NOT_PINNED'], race.delays['W_RO_NOT_PINNED']);
  t.deepEqual(Object.keys(buggy.plan.phases).toSorted(), ['dup_mmap', 'shrink_page_list']);
  t.is(buggy.plan.seed, merged.plan.seed);
  t.true(Number.isInteger(buggy.plan.seed) && buggy.plan.seed >= 0);
});

test('flags override the race, and what a variant needs', async (t) => {
  const [request] = await requests(
    'xen-pin:pte-lock-ipi',
    '--cpus 3 --threads 10 --trials 2M --sync stride --seed 0x10 --knob flush=hypercall --window W_UNTYPED_NOT_RW=7 ' +
      '--phase exit_mmap=1..2 --stop-on-first --no-record --no-lockdep',
  );
  t.like(request, { threads: 10, durationMs: null });
  t.like(request.plan, {
    cpus: 3,
    machines: 3,
    trials: 2_000_000,
    sync: 'stride',
    seed: 16,
    stopOnFirst: true,
    recording: false,
    lockdep: false,
  });
  t.like(request.plan.knobs, { flush: 'hypercall', path: 'exit' });
  t.deepEqual(request.plan.windows['W_UNTYPED_NOT_RW'], { min: 7, max: 7 });
  t.deepEqual(request.plan.phases['exit_mmap'], { min: 1, max: 2 });
});

test('without meetings the standing workload gives the defaults', async (t) => {
  const [request] = await requests('xen-pin:buggy', '--sync free');
  t.is(request.plan.knobs['path'], 'fork-exit');
  const [asked] = await requests('xen-pin:buggy', '--sync free --knob writer=unmap');
  t.is(asked.plan.knobs['writer'], 'unmap');
});

test('a litmus race sweeps, and refuses what it cannot do', async (t) => {
  const [plain, atomic] = await requests('store-buffer', '--threads 4 --evidence evidence');
  t.deepEqual([plain.plan.variant, atomic.plan.variant], ['plain', 'atomic']);
  t.like(plain.plan, { sync: 'stride', cpus: 2, machines: 2, recording: false, lockdep: false, phases: {}, keep: 0 });
  const refused: readonly (readonly [string, RegExp])[] = [
    ['--sync rendezvous', /^--sync rendezvous: store-buffer is a litmus race/],
    ['--sync free', /^--sync free: store-buffer is a litmus race/],
    ['--memory tso', /^--memory tso: store-buffer is a litmus race: its threads access the memory of the host/],
    ['--phase P0=3', /^--phase: store-buffer is a litmus race/],
    ['--window W=3', /^--window: /],
    ['--keep 2', /^--keep: /],
    ['--evidence elsewhere', /^--evidence: /],
    ['--seed 3', /^--seed: store-buffer is a litmus race/],
    ['--on-hang stop', /^--on-hang: /],
    ['--cpus 1', /^--cpus 1: must be 2 or more/],
    ['--cpus 5', /^--cpus 5: must be 2: .*--threads 4 runs several machines/],
  ];
  for (const [flags, message] of refused)
    await t.throwsAsync(requests('store-buffer', flags), { message, instanceOf: UsageError });
});

test('a path is quoted for the shell, and the remark says what no flag does', async (t) => {
  const [request] = await requests('xen-pin:buggy');
  t.regex(repeatCommand({ ...request, typed: "my race's.mjs" }), /^npx racehammer run 'my race'\\''s\.mjs:buggy' /);
  t.regex(repeatRemark(request), /^# recorder on; the seed fixes the delays, not what the host's scheduler does$/);
  t.is(spinWords({ min: 4, max: 4 }), '4');
  t.is(spinWords({ min: 4, max: 9 }), '4..9');
});

test('the watchdog: on by itself, with another limit, off; and what a run does after a hang', async (t) => {
  const of = async (words: string): Promise<RunRequest> => (await requests('canary:lock', words))[0];
  const usual = await of('');
  t.deepEqual([usual.watchdogMs, usual.plan.onHang], [WATCHDOG_MS, 'continue']);
  const patient = await of('--watchdog 2s --on-hang stop');
  t.deepEqual([patient.watchdogMs, patient.plan.onHang], [2000, 'stop']);
  t.regex(repeatCommand(patient), / --watchdog 2s --on-hang stop$/);
  const alone = await of('--no-watchdog');
  t.is(alone.watchdogMs, null);
  t.regex(repeatCommand(alone), / --no-watchdog$/);
  await t.throwsAsync(of('--watchdog 50ms'), { message: /^--watchdog 50ms: must be 100ms or more/ });
  await t.throwsAsync(of('--watchdog soon'), { message: /^--watchdog "soon": must be a number with its unit/ });
  await t.throwsAsync(of('--on-hang stopp'), { message: /stop.*continue, stop/ });
});
