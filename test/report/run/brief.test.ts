// Goal: the short form of runs fits a screen, begins with the verdicts, and loses nothing that changes what a reader concludes.
// Method: made-up documents, each with one such thing, at 80 columns.

import test from 'ava';
import { briefFailures, briefNotes, briefVerdict } from '../../../lib/report/run/brief.js';
import { failureLines } from '../../../lib/report/run/failureLines.js';
import type { RunDocument } from '../../../lib/report/run/document.js';
import type { ReportFacts } from '../../../lib/race/failureReport.js';
import { PLAIN, paintOf } from '../../../lib/report/format/screen.js';
import { HELD, INCONCLUSIVE, NOT_REPRODUCED, OOPS, REPRODUCED, TWIN, VIOLATED } from './madeUpRun.js';

const SCREEN = { ...PLAIN, width: 80 };
const NAMES = ['buggy', 'pte-lock'];

const CPU = {
  cpu: 1,
  comm: 'cc1',
  actor: 'shrink_page_list',
  step: 'R5',
  callTrace: [{ fn: 'page_referenced_one', step: 'R5' }],
};
const LAST_STEPS = [
  { step: 'R4', what: 'pt.type 0x3 -> 0x5 (fetch_add)' },
  { step: 'R5', what: 'unlock pt.ptl' },
  { step: 'R5', what: 'the trial fails' },
  { step: 'R5', what: 'pt.late is 0x1' },
];
const FACTS = {
  signature: 'oops-0003',
  message: 'no paging',
  trial: 7,
  cpu: 1,
  cycle: [],
  explanation: ['ORPHANED LOCK: pt.ptl, taken at R3 by CPU 1, which died'],
  kernel: ['BUG: unable to handle kernel paging request', ' printing eip:'],
  cpus: [{ ...CPU, lastSteps: LAST_STEPS }],
} as unknown as ReportFacts;

/** All that is printed of one run. */
function textOf(run: RunDocument): string {
  const lines = [...briefVerdict(run, NAMES, SCREEN), ...briefNotes([run], SCREEN), ...briefFailures(run, SCREEN)];
  return lines.join('\n');
}

test('the verdicts stand below each other, each with its number', (t) => {
  t.deepEqual(
    [REPRODUCED, HELD].flatMap((run) => briefVerdict(run, NAMES, { ...PLAIN, width: 100 })),
    [
      'buggy     REPRODUCED  oops-0003 in 5,000 of 1,000,000 trials, 0.500 %',
      'pte-lock  HELD        no failure in 1,000,000 trials, < 3.0e-6, 1/1,600 of buggy',
    ],
  );
  t.regex(textOf({ ...HELD, power: { ...TWIN, name: 'left-out' } }), /1\/1,600 of\s+left-out: 0\.500 %$/);
});

test('a failure is told in three lines: what, where, and the last access in front of it', (t) => {
  t.deepEqual(failureLines(FACTS), [
    'BUG: unable to handle kernel paging request',
    'CPU 1 (cc1) at R5, in page_referenced_one, trial 7',
    'last access: pt.type 0x3 -> 0x5 (fetch_add), at R4',
  ]);
  const explanation = [
    'DEADLOCK: 4 CPUs in a cycle',
    '  CPU 0 waits',
    '  CPU 1 waits',
    '  CPU 2 waits',
    '  CPU 3 waits',
  ];
  t.deepEqual(failureLines({ ...FACTS, signature: 'deadlock', explanation, cycle: [0, 1, 2, 3] }), [
    'DEADLOCK: 4 CPUs in a cycle',
    'CPU 0 waits',
    'CPU 1 waits',
    'and 2 lines more',
  ]);
  const silent = { ...FACTS, kernel: [], cpus: [{ ...CPU, lastSteps: [] }] } as unknown as ReportFacts;
  t.deepEqual(failureLines(silent), ['no paging', 'CPU 1 (cc1) at R5, in page_referenced_one, trial 7']);
});

const LOST = { signature: 'oops-0003', notKept: 'the disk is full' };
const KEPT = { signature: 'oops-0003', file: 'e/1', command: 'npx racehammer replay e/1', accesses: 9, switches: 2 };
const lockdep = { complete: true, possibleDeadlocks: [{ kind: 'circular', locks: ['a', 'b'], trial: 1, report: [] }] };
const OTHERS = ['a', 'b', 'c', 'd'].map((signature) => ({ ...OOPS, signature, count: 6000 }));

/** What must be said of a run, whatever else is. */
const NEVER_LOST: readonly (readonly [what: string, run: RunDocument, says: RegExp])[] = [
  ['too few trials', INCONCLUSIVE, /^INCONCLUSIVE: .*trials/m],
  [
    'no failure where one should be',
    NOT_REPRODUCED,
    /NOT REPRODUCED .*\n[^]*Expected to fail as oops-0003, and did not/,
  ],
  [
    'a claim that is open',
    { ...HELD, claim: { rate: 1e-9, confidence: 0.99, result: 'OPEN', trials: 9, failures: 0 } },
    /claim open: /,
  ],
  ['an unexpected signature', VIOLATED, /oops-0003, which is not expected[^]*/],
  [
    'an unexpected one behind many',
    { ...REPRODUCED, expectedOutcome: 'a', alsoFails: ['b', 'c', 'd'], outcomes: [...OTHERS, OOPS] },
    /fails as oops-0003, which is not expected/,
  ],
  [
    'names of those that are not shown',
    {
      ...REPRODUCED,
      alsoFails: ['a', 'b', 'c', 'd'],
      outcomes: [OOPS, ...OTHERS],
      facts: Object.fromEntries(['a', 'b', 'c', 'd'].map((s) => [s, FACTS])),
    },
    /^also: d, oops-0003$/m,
  ],
  ['a starved host', { ...HELD, processorShare: 0.3 }, /30\.0 % of the CPU time .*\n? .*an estimated 1\.7 M\/s trials/],
  [
    'a stall',
    {
      ...HELD,
      watchdog: { hostStalls: 2, hostStallMs: 900, hostWaitingMs: null, hostStolenMs: null, workersReplaced: 1 },
    },
    /HOST STALL[^]*1 worker did not respond/,
  ],
  ['a possible deadlock', { ...HELD, lockdep }, /possible deadlock \(lockdep\): circular: a -> b -> a/],
  [
    'full tables of lockdep',
    { ...HELD, lockdep: { complete: false, possibleDeadlocks: [] } },
    /its tables became full/,
  ],
  ['lost evidence', { ...REPRODUCED, evidence: [LOST] }, /not kept: the disk is full/],
  [
    'lost evidence behind one that is kept',
    { ...REPRODUCED, evidence: [KEPT, LOST] },
    /racehammer replay e\/1\n[^]*not kept: the disk is full/,
  ],
  [
    'lost evidence of what is not shown',
    { ...REPRODUCED, evidence: [{ ...LOST, signature: 'z' }] },
    /evidence of z: not kept: the disk/,
  ],
  [
    'a harness error',
    { ...HELD, verdict: 'HARNESS_ERROR', harnessError: 'worker of CPU 0: gone' },
    /HARNESS ERROR .*up to then\nHARNESS ERROR: worker of CPU 0: gone/,
  ],
  ['an interrupt', { ...HELD, interrupted: true }, /HELD \(interrupted\)/],
  [
    'an outcome that never came',
    { ...HELD, verdict: 'INCONCLUSIVE', graded: [{ outcome: '0, 0', grade: 'required', count: 0 }] },
    /required, and not met in 1,000,000 trials: 0, 0/,
  ],
];

for (const [what, run, says] of NEVER_LOST) {
  test(`the short form says: ${what}`, (t) => {
    t.regex(textOf(run), says);
  });
}

test('a verdict has the colour of what it means, a failure that nobody expected that of a bad one', (t) => {
  const coloured = { width: 80, paint: paintOf(true) };
  t.true(briefVerdict(HELD, NAMES, coloured)[0].includes('\u001b[32mHELD\u001b[39m  '));
  t.true(briefVerdict(NOT_REPRODUCED, NAMES, coloured)[0].includes('\u001b[31mNOT REPRODUCED\u001b[39m'));
  t.true(briefVerdict(INCONCLUSIVE, NAMES, coloured)[0].includes('\u001b[33mINCONCLUSIVE\u001b[39m'));
  t.regex(briefFailures(VIOLATED, coloured).join('\n'), /\[31moops-0003, which is not expected/);
});

test('variables that trials leave changed are told', (t) => {
  t.regex(textOf({ ...HELD, leftPerCpu: ['counter'] }), /the per-CPU variable counter other than 0/);
  t.regex(textOf({ ...HELD, leftPerCpu: ['counter', 'flags'] }), /the per-CPU variables counter, flags other than 0/);
});
