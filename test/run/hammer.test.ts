// Goal: a run that cannot begin, or what stands beside its counts, costs neither a result nor the runs before it. Method: a race
// whose functions throw at the wrong moment, and signals that have come already.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { chooseRace } from '../../lib/cli/chooseRace.js';
import { hammerRequest } from '../../lib/run/hammer.js';
import { notKeptLines } from '../../lib/report/run/evidenceLines.js';
import { proveKept } from '../../lib/run/evidence/keptEvidence.js';
import { defaultsOf } from '../../lib/cli/options/command.js';
import { RUN } from '../../lib/cli/run/options.js';
import { requestsFor } from '../../lib/cli/run/checkedFlags.js';
import { KeptThreads } from '../../lib/harness/host/keptThreads.js';
import { Beside } from '../../lib/harness/host/runOutcome.js';
import { windowRace } from '../evidence/madeUpEvidence.js';

const FLAGS = { ...defaultsOf(RUN), trials: 400 };
const chosen = await chooseRace(new URL('../fixtures/outcomes.js', import.meta.url).pathname + ':fixed');

test('a run that cannot begin is a harness error with its reason', async (t) => {
  const [request] = requestsFor(chosen, FLAGS);
  const race = {
    ...chosen.race,
    instanceWords(): never {
      throw new RangeError('no such memory');
    },
  };
  const run = await hammerRequest(race, request, {
    signal: new AbortController().signal,
    known: null,
    threads: new KeptThreads(),
  });
  t.like(run, { verdict: 'HARNESS_ERROR', exitCode: 70, trials: 0 });
  t.regex(run.harnessError ?? '', /no such memory/);
});

test('what cannot be made beside the counts is the error, the first of them', (t) => {
  const beside = new Beside();
  t.is(
    beside.make('a', () => 1, 2),
    1,
  );
  t.is(beside.error, null);
  for (const what of ['the reports', 'the evidence']) {
    const made = beside.make(
      what,
      () => {
        throw new Error('no room');
      },
      'otherwise',
    );
    t.is(made, 'otherwise');
  }
  t.regex(beside.error ?? '', /^the reports could not be made: no room/);
});

test('an interrupt leaves the failures unexplained, and keeps their files', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-kept-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const links = await proveKept(
    folder,
    chosen,
    [windowRace(), { ...windowRace(), trial: 99 }],
    new KeptThreads(),
    AbortSignal.abort(),
  );
  t.is(links.length, 2);
  t.is(readdirSync(folder).length, 2);
  t.is(links[0].reason, 'interrupted');
  t.deepEqual(notKeptLines(links), []);
});
