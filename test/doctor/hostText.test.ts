// Goal: hyperthreads, stolen time and switches are read from the files of any host, and what is missing is not made up.
// Method: made-up files.

import test from 'ava';
import { jitterOf, somePairs } from '../../lib/doctor/examine.js';
import { physicalCores, stealTicks, stolenShare, hostSwitchesOf } from '../../lib/doctor/hostText.js';
import type { ReadHostFile } from '../../lib/harness/host/cpuQuota.js';

const files =
  (texts: Readonly<Record<string, string>>): ReadHostFile =>
  (path) =>
    texts[path];

test('hyperthreads', (t) => {
  const siblings = (core: number, list: string): Record<string, string> => ({
    [`/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`]: `${list}\n`,
  });
  const two = files({ ...siblings(0, '0,2'), ...siblings(1, '1,3'), ...siblings(2, '0,2') });
  t.is(physicalCores(two, [0, 1, 2]), 2);
  t.is(physicalCores(two, [0, 2]), 1);
  t.is(physicalCores(two, [0, 3]), null);
  t.is(physicalCores(two, []), null);
});

test('stolen time', (t) => {
  const stat = (idle: number, steal: number): ReadHostFile =>
    files({ '/proc/stat': `cpu  100 0 50 ${idle} 0 0 0 ${steal} 7 0\ncpu0 1 2 3\n` });
  t.deepEqual(stealTicks(stat(800, 50)), { all: 1000, stolen: 50 });
  t.is(stolenShare(stealTicks(stat(800, 50)), stealTicks(stat(870, 80))), 0.3);
  t.is(stealTicks(files({})), null);
  t.is(stealTicks(files({ '/proc/stat': 'cpu  1 2 3\n' })), null);
  t.is(stolenShare(null, { all: 1, stolen: 0 }), null);
  t.is(stolenShare({ all: 5, stolen: 1 }, { all: 5, stolen: 1 }), null);
});

test('switches', (t) => {
  const status = 'Name:\tnode\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n';
  t.deepEqual(hostSwitchesOf(status), { voluntary: 12, involuntary: 3 });
  t.is(hostSwitchesOf(status.replace('12', '0').replace('3', '0')), null);
  t.is(hostSwitchesOf(undefined), null);
});

test('all pairs of few cores, an even sample of many', (t) => {
  t.deepEqual(somePairs([0, 1]), [[0, 1]]);
  t.is(somePairs([0, 1, 2, 3, 4, 5, 6, 7]).length, 28);
  const many = somePairs(Array.from({ length: 64 }, (_, i) => i));
  t.is(new Set(many.map(String)).size, 28);
  t.true(new Set(many.map(([from]) => from)).size > 10);
});

test('what spinning threads saw is summed up by thread and second', (t) => {
  const calm = { seconds: 1, gaps: 0, longestUs: 0, lostUs: 0, switches: { voluntary: 0, involuntary: 0 } };
  const busy = { seconds: 1, gaps: 10, longestUs: 4000, lostUs: 20_000, switches: { voluntary: 1, involuntary: 9 } };
  t.deepEqual(jitterOf([calm, busy]), {
    gapsPerSecond: 5,
    longestUs: 4000,
    lostShare: 0.01,
    voluntaryPerSecond: 0.5,
    involuntaryPerSecond: 4.5,
  });
  t.is(jitterOf([calm, { ...busy, switches: null }]).involuntaryPerSecond, null);
});
