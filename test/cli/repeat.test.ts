// Goal: the command that repeats a run asks for the same request, whatever options it was asked for with, and for nothing that is the
// default. Method: a property over every option of the tables, through the parser, the request, the command, and the parser again.

import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { chooseRace } from '../../lib/cli/chooseRace.js';
import { exploreRequestsOf } from '../../lib/cli/explore/checkedFlags.js';
import { EXPLORE } from '../../lib/cli/explore/options.js';
import { RUN } from '../../lib/cli/run/options.js';
import { VERIFY } from '../../lib/cli/verify/options.js';
import { requestsFor } from '../../lib/cli/run/checkedFlags.js';
import { verifyRequestOf } from '../../lib/cli/verify/checkedFlags.js';
import { exploreRepeated } from '../../lib/run/explore.js';
import { exploreCommandLine, repeatCommand, repeatCommands, verifyCommandLine } from '../../lib/run/repeat.js';
import type { RunRequest } from '../../lib/run/request.js';
import { typed } from './typed.js';

const OUTCOMES = fileURLToPath(new URL('../fixtures/outcomes.js', import.meta.url));

/** The words of a command line that shellWord() has quoted. */
function shellWords(line: string): string[] {
  return Array.from(line.matchAll(/(?:[^\s'\\]|'[^']*'|\\.)+/gs), ([word]) =>
    word.replace(/'([^']*)'|\\(.)/gs, (_, text: string | undefined, one: string | undefined) => text ?? one ?? ''),
  );
}

async function requestFor(words: readonly string[]): Promise<RunRequest> {
  const { operands, flags } = await typed(RUN, words);
  const [request] = requestsFor(await chooseRace(operands[0]), flags);
  return request;
}

type Words = fc.Arbitrary<readonly string[]>;

const one = (flag: string, value: fc.Arbitrary<string>): Words => value.map((text) => [flag, text]);
const alone = (flag: string): Words => fc.constant([flag]);
const whole = (min: number, max: number): fc.Arbitrary<string> => fc.integer({ min, max }).map(String);
const time = fc.constantFrom('100ms', '1s', '2.5s', '3s', '1h30m');
const range = fc
  .tuple(fc.nat(5000), fc.nat(5000))
  .map(([a, b]) => (a === b ? String(a) : `${Math.min(a, b)}..${Math.max(a, b)}`));
const named = (flag: string, names: readonly string[]): Words =>
  fc
    .subarray([...names])
    .chain((some) => fc.tuple(...some.map((name) => range.map((text) => [flag, `${name}=${text}`]))))
    .map((all) => all.flat());
const folder = fc.constantFrom('evidence', 'kept', "it's here", 'über/a b');
const nothing = fc.constant<readonly string[]>([]);

/** What may be typed for each option of `run`, of xen-pin:pte-lock. Those that exclude each other share a limit. */
const TYPED: Readonly<Record<keyof (typeof RUN)['options'], Words>> = {
  cpus: one('--cpus', whole(2, 6)),
  threads: one('--threads', whole(6, 20)),
  duration: nothing,
  trials: nothing,
  untilConfidence: one('--until-confidence', fc.constantFrom('1e-6', '0.01%@95%', '1e-9@99.9999%')),
  sync: one('--sync', fc.constantFrom('rendezvous', 'stride')),
  from: nothing,
  classes: alone('--classes'),
  window: named('--window', ['W_RO_NOT_PINNED', 'W_UNTYPED_NOT_RW']),
  phase: named('--phase', ['shrink_page_list']),
  round: one('--round', whole(1, 40)),
  spin: one('--spin', range),
  tuned: nothing,
  anyHost: nothing,
  seed: one('--seed', whole(0, 2 ** 32 - 1)),
  knob: fc.subarray(['path=exit', 'flush=ipi', 'split_ptl=0', 'writer=unmap']).map((all) => {
    return all.flatMap((text) => ['--knob', text]);
  }),
  stopOnFirst: alone('--stop-on-first'),
  record: alone('--no-record'),
  instrument: nothing,
  twin: alone('--no-twin'),
  bind: alone('--no-bind'),
  lockdep: alone('--no-lockdep'),
  memory: one('--memory', fc.constantFrom('sc', 'tso')),
  watchdog: fc.oneof(alone('--no-watchdog'), one('--watchdog', time)),
  onHang: one('--on-hang', fc.constantFrom('continue', 'stop')),
  evidence: fc.oneof(alone('--no-evidence'), one('--evidence', folder)),
  keep: one('--keep', whole(1, 9)),
  report: alone('--report'),
  reportFile: one('--report-file', fc.constant('report.txt')),
  trace: one('--trace', fc.constant('trace.json')),
  events: one('--events', fc.constant('events.jsonl')),
  json: alone('--json'),
};

/** Each option typed or not, and at most one limit. */
const LINE = fc
  .tuple(
    fc.oneof(nothing, one('--duration', time), one('--trials', whole(1, 10_000_000))),
    ...Object.values(TYPED).map((words) => fc.oneof(nothing, words)),
  )
  .map((all) => all.flat());

/** Returns a request without what only a trace needs: a file that a run writes beside its document is not written again. */
function untraced(request: RunRequest): RunRequest {
  return { ...request, traced: false, plan: { ...request.plan, samples: request.classes } };
}

test('a run asked for with any options is repeated as the same request', async (t) => {
  await fc.assert(
    fc.asyncProperty(LINE, async (words) => {
      const request = await requestFor(['xen-pin:pte-lock', ...words]);
      const [npx, name, run, ...repeated] = shellWords(repeatCommand(request));
      t.deepEqual([npx, name, run], ['npx', 'racehammer', 'run']);
      t.deepEqual(await requestFor(repeated), untraced(request), words.join(' '));
    }),
    { numRuns: 150 },
  );
});

test('two variants are repeated by one command where they differ in nothing else', async (t) => {
  const requestsOf = async (words: readonly string[]): Promise<RunRequest[]> => {
    const { operands, flags } = await typed(RUN, words);
    return requestsFor(await chooseRace(operands[0]), flags);
  };
  const requests = await requestsOf(['xen-pin', '--duration', '2s', '--seed', '5', '--sync', 'rendezvous']);
  const [command, ...more] = repeatCommands(requests);
  t.deepEqual(more, []);
  t.is(command, 'npx racehammer run xen-pin --seed 5 --duration 2s');
  t.deepEqual(await requestsOf(shellWords(command).slice(3)), requests);
  // Settings that were found may be those of one variant.
  const [first, second] = requests;
  const other = { ...second, plan: { ...second.plan, round: 7 } };
  t.deepEqual(repeatCommands([first, other]), [repeatCommand(first), repeatCommand(other)]);
});

test('a run without meetings, of a litmus race, and of a file is repeated as the same request', async (t) => {
  const lines: readonly (readonly string[])[] = [
    ['xen-pin:pte-lock', '--sync', 'free', '--no-record', '--round', '40', '--seed', '4294967295'],
    ['xen-pin:buggy', '--sync', 'free', '--knob', 'writer=unmap', '--cpus', '3'],
    ['store-buffer:plain', '--threads', '4', '--trials', '5000', '--watchdog', '1s'],
    ['store-buffer:atomic', '--no-evidence', '--no-bind'],
    [`${OUTCOMES}:fixed`, '--cpus', '3', '--threads', '7', '--window', 'W_HERE=3..9'],
  ];
  for (const words of lines) {
    const request = await requestFor(words);
    const repeated = await requestFor(shellWords(repeatCommand(request)).slice(3));
    t.deepEqual(
      { ...repeated, plan: { ...repeated.plan, seed: 0 } },
      { ...request, plan: { ...request.plan, seed: 0 } },
    );
    if (request.draws) t.is(repeated.plan.seed, request.plan.seed);
  }
});

test('a repeated run says its seed and what is not the default, no more', async (t) => {
  const cases: readonly (readonly [words: string, repeated: string])[] = [
    ['', ''],
    ['--cpus 2 --threads 2 --sync rendezvous --duration 3s --evidence evidence --keep 1 --watchdog 250ms', ''],
    ['--keep 5 --evidence kept', '--evidence kept --keep 5'],
    ['--no-evidence', '--no-evidence'],
    ['--threads 5 --knob path=exit', '--knob path=exit --threads 5'],
    ['--trials 400 --on-hang stop', '--trials 400 --on-hang stop'],
    ['--until-confidence 1e-6', '--until-confidence 0.000001@0.999'],
    ['--window W_RO_NOT_PINNED=7', '--window W_RO_NOT_PINNED=7'],
    ['--no-twin --no-record --no-watchdog', '--no-twin --no-record --no-watchdog'],
  ];
  for (const [words, repeated] of cases) {
    const request = await requestFor([
      'xen-pin:pte-lock',
      '--seed',
      '7',
      ...words.split(' ').filter((word) => word !== ''),
    ]);
    const line = repeatCommand(request);
    t.is(line.replace(' --seed 7', ''), `npx racehammer run xen-pin:pte-lock ${repeated}`.trim());
    t.regex(line, / --seed 7( |$)/);
  }
});

test('the row of a soak is repeated without a seed, a litmus race without what it refuses', async (t) => {
  const request = await requestFor(['xen-pin:pte-lock', '--seed', '7']);
  t.is(repeatCommand(request, { seed: false }), 'npx racehammer run xen-pin:pte-lock');
  const litmus = await requestFor(['store-buffer:plain', '--threads', '4', '--no-evidence']);
  t.is(repeatCommand(litmus), 'npx racehammer run store-buffer:plain --threads 4 --no-evidence');
  // run() of programs may name a folder, which no litmus race fills.
  t.is(repeatCommand({ ...litmus, evidence: 'kept' }), 'npx racehammer run store-buffer:plain --threads 4');
});

test('a verification asked for with any options is repeated as the same request', async (t) => {
  const wordsOf: Readonly<Record<keyof (typeof VERIFY)['options'], Words>> = {
    failFast: alone('--fail-fast'),
    budget: one('--budget', time),
    row: fc.array(fc.constantFrom('a row', "it's", 'exit')).map((all) => all.flatMap((text) => ['--row', text])),
    seed: one('--seed', whole(0, 2 ** 32 - 1)),
    junit: one('--junit', fc.constant('rows.xml')),
    events: one('--events', fc.constant('events.jsonl')),
    tuned: fc.oneof(alone('--tuned'), one('--tuned', fc.constantFrom('mine.json', 'racehammer-tuning.json'))),
    anyHost: alone('--any-host'),
    bind: alone('--no-bind'),
    lockdep: alone('--no-lockdep'),
    memory: one('--memory', fc.constantFrom('sc', 'tso')),
    evidence: fc.oneof(alone('--no-evidence'), one('--evidence', folder)),
    prove: alone('--prove'),
    instrument: alone('--instrument'),
    // Of the two one at most.
    mutants: fc.constantFrom(['--mutants'], ['--quick']),
    quick: nothing,
    json: alone('--json'),
  };
  const line = fc.tuple(...Object.values(wordsOf).map((words) => fc.oneof(nothing, words))).map((all) => all.flat());
  await fc.assert(
    fc.asyncProperty(line, fc.constantFrom([], ['xen-pin'], [OUTCOMES, 'my race.js']), async (words, races) => {
      const { flags } = await typed(VERIFY, [...races, ...words]);
      const request = verifyRequestOf(flags);
      const repeated = shellWords(verifyCommandLine(races, request)).slice(3);
      const again = await typed(VERIFY, repeated);
      t.deepEqual(again.operands, races);
      t.deepEqual(verifyRequestOf(again.flags), request);
    }),
    { numRuns: 100 },
  );
});

test('an exploration asked for with any options is repeated as the same request', async (t) => {
  const wordsOf: Readonly<Record<keyof (typeof EXPLORE)['options'], Words>> = {
    knob: fc.constantFrom('path=exit', 'split_ptl=0', 'flush=ipi').map((value) => ['--knob', value]),
    cpus: one('--cpus', whole(2, 8)),
    memory: one('--memory', fc.constantFrom('sc', 'tso')),
    states: one('--states', whole(1, 1e7)),
    memoryLimit: one('--memory-limit', whole(1, 1e4)),
    accesses: one('--accesses', whole(1, 1e4)),
    interrupts: one('--interrupts', whole(0, 9)),
    instrument: alone('--instrument'),
    evidence: fc.oneof(alone('--no-evidence'), one('--evidence', folder)),
    json: alone('--json'),
  };
  const line = fc.tuple(...Object.values(wordsOf).map((words) => fc.oneof(nothing, words))).map((all) => all.flat());
  const chosen = await chooseRace('xen-pin:pte-lock');
  await fc.assert(
    fc.asyncProperty(line, async (words) => {
      const { operands, flags } = await typed(EXPLORE, ['xen-pin:pte-lock', ...words]);
      const [request] = exploreRequestsOf(chosen, flags);
      const command = exploreCommandLine(operands[0], exploreRepeated(chosen.race, request));
      const again = await typed(EXPLORE, shellWords(command).slice(3));
      t.deepEqual(exploreRequestsOf(chosen, again.flags), [request]);
      t.true(words.some((word) => word !== '--json') || command === 'npx racehammer explore xen-pin:pte-lock');
    }),
    { numRuns: 100 },
  );
});
