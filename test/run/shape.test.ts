// Goal: threads that a host cannot bear are refused with the largest number that it can, whoever asks for them. Method: made-up
// hosts, and files of settings that the flags would refuse.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { chooseRace } from '../../lib/cli/chooseRace.js';
import { hostFacts } from '../../lib/run/hostFacts.js';
import { defaultsOf } from '../../lib/cli/options/command.js';
import { RUN } from '../../lib/cli/run/options.js';
import { requestsFor } from '../../lib/cli/run/checkedFlags.js';
import { cpusFault, roomHere, threadLimit, threadsFault } from '../../lib/run/shape.js';
import { readTuned, tunerOf } from '../../lib/cli/tuned.js';
import { UsageError } from '../../lib/run/usageError.js';
import { fingerprintOf } from '../../lib/harness/host/fingerprint.js';

const GIB = 2 ** 30;
const FLAGS = { ...defaultsOf(RUN), trials: 400 };

test('the limit follows cores and memory, and a machine of the most CPUs fits on any number of cores', (t) => {
  const limits: [cores: number, gib: number, max: number][] = [
    [1, 64, 64],
    [2, 64, 64],
    [8, 64, 256],
    [64, 64, 1024],
    [64, 1, 48],
    [2, 0.125, 6],
    [2, 0.01, 0],
  ];
  for (const [cores, gib, max] of limits) {
    const limit = threadLimit({ cores, availableBytes: gib * GIB });
    t.is(limit.max, max, `${cores} cores, ${gib} GiB`);
  }
  const small = { cores: 2, availableBytes: 0.125 * GIB };
  t.is(threadsFault(6, 2, small), null);
  t.is(threadsFault(7, 2, small), 'must be 6 or less: a thread takes 16 MiB of the 128 MiB that are available');
  t.is(
    threadsFault(65, 2, { cores: 2, availableBytes: 64 * GIB }),
    'must be 64 or less: this host has 2 cores, and with more no thread makes progress',
  );
  t.regex(threadsFault(3, 4) ?? '', /^must be 4 or more/);
});

test('the flag is held to the limit of this host', async (t) => {
  const { max } = threadLimit(roomHere());
  const chosen = await chooseRace('xen-pin:pte-lock');
  t.is(requestsFor(chosen, { ...FLAGS, threads: max })[0].threads, max);
  if (max === 1024) return;
  const error = t.throws(() => requestsFor(chosen, { ...FLAGS, threads: 1024 }), { instanceOf: UsageError });
  t.true(error.message.startsWith(`--threads 1024: must be ${max} or less: `));
});

test('the CPUs of a race', async (t) => {
  const { race } = await chooseRace('xen-pin');
  const { race: litmus } = await chooseRace('store-buffer');
  t.is(cpusFault(race, 2), null);
  t.regex(cpusFault(race, 1) ?? '', /^must be 2 or more: xen-pin needs a CPU for each of its actors$/);
  t.regex(cpusFault(litmus, 5) ?? '', /^must be 2: store-buffer .*--threads 4 runs several machines of them$/);
});

test('a file of settings is held to the limits of the flags, and names the field', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-shape-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const chosen = await chooseRace('xen-pin:buggy');
  const { phases, knobs } = requestsFor(chosen, FLAGS)[0].plan;
  const settings = {
    cpus: 2,
    machines: 1,
    sync: 'rendezvous',
    round: 64,
    spin: { min: 1, max: 2 },
    phases,
    windows: {},
  };
  const entry = {
    race: 'xen-pin',
    variant: 'buggy',
    knobs,
    goal: 'failures',
    ratio: 2,
    low95: 1,
    high95: 3,
    pairs: 9,
    budgetMs: 1,
    foundAt: '2026-01-01T00:00:00.000Z',
  };
  const request = (change: object): unknown => {
    const path = join(folder, 't.json');
    const entries = [{ ...entry, settings: { ...settings, ...change } }];
    const host = fingerprintOf(hostFacts());
    writeFileSync(path, JSON.stringify({ schema: 'racehammer.tuning/1', version: '0', host, entries }));
    return requestsFor(
      chosen,
      FLAGS,
      tunerOf(readTuned({ tuned: path }), chosen, () => {}),
    );
  };
  t.notThrows(() => request({}));
  for (const [change, says] of [
    [{ cpus: 1 }, /t\.json": settings of xen-pin:buggy: cpus 1: must be 2 or more/],
    [
      { cpus: 64, machines: 64 },
      /t\.json": settings of xen-pin:buggy: machines 64: with 64 CPUs each, the threads must be \d+ or less/,
    ],
    [{ spin: { min: 500, max: 5 } }, /t\.json": \/entries\/0\/settings\/spin: min 500 must not be above max 5$/],
  ] as const) {
    t.regex(t.throws(() => request(change), { instanceOf: UsageError }).message, says);
  }
});
