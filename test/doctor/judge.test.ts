/**
 * Goal: each thing that limits a host is named, alone, with advice; a good host has no limitation. Method: made-up facts of a good
 * host with one thing changed.
 */
import test from 'ava';
import type { DoctorFacts } from '../../lib/doctor/facts.js';
import { judgeHost, medianHop } from '../../lib/doctor/judge.js';

const GOOD: DoctorFacts = {
  kernel: '6.1',
  node: 'v26.0.0',
  v8: '14',
  arch: 'x64',
  cores: 4,
  allowedCores: [0, 1, 2, 3],
  physicalCores: 4,
  quotaCpus: null,
  loadavg1: 0.1,
  memoryAvailableBytes: 8 * 2 ** 30,
  canBind: true,
  hasPause: true,
  clock: { stepNs: 20, readNs: 50, backward: 0 },
  spin: { loadNs: 5, pauseNs: 30 },
  parkRoundTripNs: 20_000,
  lostWakeUp: { p50Ns: 3000, p99Ns: 40_000 },
  hops: [
    { from: 0, to: 1, ns: 60 },
    { from: 0, to: 2, ns: 70 },
    { from: 1, to: 2, ns: 80 },
  ],
  parallel: {
    plain: { trialsPerSecond: 60e6, relaxedPerSecond: 40e6 },
    atomic: { trialsPerSecond: 10e6, relaxedPerSecond: 0 },
  },
  jitter: { gapsPerSecond: 2, longestUs: 100, lostShare: 0.001, voluntaryPerSecond: 0, involuntaryPerSecond: 2 },
  stolenShare: 0,
};

test('a good host', (t) => {
  t.deepEqual(judgeHost(GOOD), { verdict: 'good', limitations: [], notes: [] });
});

const LIMITED: readonly (readonly [name: string, change: Partial<DoctorFacts>, says: RegExp])[] = [
  ['one-core', { cores: 1, allowedCores: [0], physicalCores: 1, hops: [] }, /one core/],
  ['quota', { quotaCpus: 0.5 }, /allows 0\.5 CPUs/],
  ['one-physical-core', { cores: 2, physicalCores: 1 }, /hyperthreads of one/],
  [
    'not-parallel',
    { parallel: { ...GOOD.parallel, plain: { trialsPerSecond: 60e6, relaxedPerSecond: 6e4 } } },
    /0\.1 % of store-buffer/,
  ],
  [
    'atomics-broken',
    { parallel: { ...GOOD.parallel, atomic: { trialsPerSecond: 1e7, relaxedPerSecond: 1 } } },
    /no architecture allows/,
  ],
  ['noise', { jitter: { ...GOOD.jitter, lostShare: 0.25 } }, /25 % of the time/],
  ['steal', { stolenShare: 0.3 }, /30 % of the CPU time/],
  ['no-binding', { canBind: false }, /taskset/],
  ['slow-hops', { hops: [{ from: 0, to: 9, ns: 4000 }] }, /4\.0 µs/],
  ['slow-wake', { parkRoundTripNs: 900_000 }, /900\.0 µs/],
  ['clock', { clock: { ...GOOD.clock, stepNs: 4_000_000 } }, /steps of 4\.0 ms/],
  ['clock', { clock: { ...GOOD.clock, backward: 3 } }, /went back 3 times/],
  ['memory', { memoryAvailableBytes: 100 * 2 ** 20 }, /100 MiB/],
];

for (const [name, change, says] of LIMITED) {
  test(`limited by ${name} alone: ${says.source}`, (t) => {
    const { verdict, limitations } = judgeHost({ ...GOOD, ...change });
    t.is(verdict, 'limited');
    t.deepEqual(
      limitations.map((finding) => finding.name),
      [name],
    );
    t.regex(limitations[0].because, says);
    t.true(limitations[0].advice.length > 0);
  });
}

test('with one core nothing else is blamed for what follows from it', (t) => {
  const { limitations } = judgeHost({
    ...GOOD,
    cores: 1,
    physicalCores: 1,
    hops: [],
    canBind: false,
    parallel: { ...GOOD.parallel, plain: { trialsPerSecond: 1e6, relaxedPerSecond: 0 } },
  });
  t.deepEqual(
    limitations.map(({ name }) => name),
    ['one-core'],
  );
});

test('what a host does not tell limits nothing', (t) => {
  const unknown = { physicalCores: null, stolenShare: null, parkRoundTripNs: null, allowedCores: [], hops: [] };
  t.is(judgeHost({ ...GOOD, ...unknown }).verdict, 'good');
});

test('notes limit nothing', (t) => {
  const { verdict, notes } = judgeHost({
    ...GOOD,
    quotaCpus: 2.5,
    physicalCores: 2,
    hasPause: false,
    hops: [...GOOD.hops, { from: 0, to: 3, ns: 200 }],
    jitter: { ...GOOD.jitter, longestUs: 5000 },
  });
  t.is(verdict, 'good');
  t.deepEqual(
    notes.map(({ name }) => name),
    ['quota-below-cores', 'hyperthreads', 'uneven-hops', 'long-gaps', 'no-pause'],
  );
  t.regex(notes[0].advice, /--threads 2/);
  t.regex(notes[2].advice, /taskset -c 0,1/);
});

test('hops that neighbours have disturbed are said to tell nothing, and are not compared', (t) => {
  const hops = [...GOOD.hops, { from: 0, to: 3, ns: 4_159_533 }].map((hop) => ({ ...hop, ns: hop.ns * 100 }));
  const { limitations, notes } = judgeHost({ ...GOOD, hops, jitter: { ...GOOD.jitter, lostShare: 0.9 } });
  t.deepEqual(
    [...limitations, ...notes].map(({ name }) => name),
    ['noise', 'hops-disturbed'],
  );
});

test('median of hops', (t) => {
  t.is(medianHop([]), null);
  t.is(medianHop(GOOD.hops), 70);
});
