// Goal: what the cgroups of a process allow is found wherever the host tells it, and a host without limits has none.
// Method: made-up files.

import test from 'ava';
import { quotaCpus, type ReadHostFile } from '../../../lib/harness/host/cpuQuota.js';

const files =
  (texts: Readonly<Record<string, string>>): ReadHostFile =>
  (path) =>
    texts[path];

test('the limit of a cgroup of version 2, its own or one above it', (t) => {
  const own = { '/proc/self/cgroup': '0::/a.slice/b\n' };
  t.is(quotaCpus(files(own)), null);
  t.is(quotaCpus(files({ ...own, '/sys/fs/cgroup/a.slice/b/cpu.max': 'max 100000\n' })), null);
  t.is(quotaCpus(files({ ...own, '/sys/fs/cgroup/a.slice/b/cpu.max': '50000 100000\n' })), 0.5);
  const both = {
    '/sys/fs/cgroup/a.slice/b/cpu.max': '400000 100000',
    '/sys/fs/cgroup/a.slice/cpu.max': '150000 100000',
  };
  t.is(quotaCpus(files({ ...own, ...both })), 1.5);
  t.is(quotaCpus(files({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '200000 100000' })), 2);
});

test('the limit of a cgroup of version 1', (t) => {
  const own = { '/proc/self/cgroup': '4:memory:/m\n2:cpu,cpuacct:/docker/x\n0::/\n' };
  const quota = (text: string, root: string): Record<string, string> => ({
    [`/sys/fs/cgroup/${root}/docker/x/cpu.cfs_quota_us`]: text,
    [`/sys/fs/cgroup/${root}/docker/x/cpu.cfs_period_us`]: '100000\n',
  });
  t.is(quotaCpus(files({ ...own, ...quota('-1\n', 'cpu,cpuacct') })), null);
  t.is(quotaCpus(files({ ...own, ...quota('75000\n', 'cpu,cpuacct') })), 0.75);
  t.is(quotaCpus(files({ ...own, ...quota('75000\n', 'cpu') })), 0.75);
});

test('a host without cgroups has no limit', (t) => {
  t.is(quotaCpus(files({})), null);
});
