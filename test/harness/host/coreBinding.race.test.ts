// Goal: where there is a core for each thread, each has one of its own for the run; the CPUs of one machine that outnumber the cores
// take turns on them; otherwise, or if it is not wanted, none is bound. Method: short runs; on Linux the host tells what each thread may use.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, platform } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { loadRace } from '../../../lib/harness/host/loadRace.js';
import { KeptThreads } from '../../../lib/harness/host/keptThreads.js';
import { runRace } from '../../../lib/harness/host/run.js';
import { folder } from '../../soak/rows.js';
import { planOf } from '../../stress/plan.js';

const patient = await loadRace(new URL('../../fixtures/patient.js', import.meta.url).href);

function canBind(): boolean {
  if (platform() !== 'linux' || availableParallelism() < 2) return false;
  try {
    execFileSync('taskset', ['-p', String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Whether the host binds no threads: the test says so, and is over. */
function isSkipped(t: ExecutionContext): boolean {
  if (canBind()) return false;
  t.log('skipped: this host binds no threads');
  t.pass();
  return true;
}

/** Core lists of this process's threads that may use one core only. */
function boundThreads(): string[] {
  return readdirSync('/proc/self/task')
    .map((tid) => /^Cpus_allowed_list:\s*(\S+)/m.exec(statusOf(tid))?.[1] ?? '')
    .filter((list) => /^\d+$/.test(list));
}

/** What the host says of a thread; nothing of one that has ended since it was listed. */
function statusOf(tid: string): string {
  try {
    return readFileSync(`/proc/self/task/${tid}/status`, 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

test.serial('two threads on two cores are kept on one each', async (t) => {
  if (isSkipped(t)) return;
  const controller = new AbortController();
  let seen: string[] = [];
  const plan = planOf(patient, { variant: 'first', trials: Infinity });
  const outcome = await runRace(patient.race, plan, {
    signal: controller.signal,
    onProgress() {
      // Behind that the threads end, and a later look would see fewer.
      if (!controller.signal.aborted) seen = boundThreads();
      if (seen.length === 2) controller.abort();
    },
  });
  t.is(outcome.harnessError, null);
  t.is(new Set(seen).size, 2);
  const inOrder = (cores: readonly number[]): number[] => cores.toSorted((a, b) => a - b);
  t.deepEqual(inOrder(outcome.boundTo), inOrder(seen.map(Number)));
});

test.serial('CPUs that outnumber the cores are bound to them in turns', async (t) => {
  if (isSkipped(t)) return;
  const cores = availableParallelism();
  const controller = new AbortController();
  let seen: string[] = [];
  const plan = planOf(patient, { variant: 'first', trials: Infinity, cpus: cores + 1 });
  const outcome = await runRace(patient.race, plan, {
    signal: controller.signal,
    onProgress() {
      if (!controller.signal.aborted) seen = boundThreads();
      if (seen.length === cores + 1) controller.abort();
    },
  });
  t.is(outcome.harnessError, null);
  const shared = seen.filter((core, i) => seen.indexOf(core) !== i);
  t.deepEqual([seen.length, shared.length], [cores + 1, 1], seen.join(' '));
});

test.serial('threads that are kept are bound once: a later run starts no process for them', async (t) => {
  if (isSkipped(t)) return;
  const path = process.env.PATH;
  t.teardown(() => (process.env.PATH = path));
  const noting = folder(t);
  const noted = join(noting, 'noted');
  for (const command of ['taskset', 'chrt'])
    writeFileSync(join(noting, command), `#!/bin/sh\necho "$0 $@" >> '${noted}'\n`, { mode: 0o755 });
  for (const cpus of [2, availableParallelism() + 1]) {
    const threads = new KeptThreads();
    const plan = planOf(patient, { variant: 'first', trials: Infinity, cpus });
    const boundTo = async (): Promise<readonly number[]> => {
      const enough = new AbortController();
      const ticks: unknown[] = [];
      const { boundTo: cores } = await runRace(patient.race, plan, {
        threads: threads.lend(plan),
        signal: enough.signal,
        onProgress: (progress) => ticks.push(progress) === 5 && enough.abort(),
      });
      return cores.toSorted((a, b) => a - b);
    };
    process.env.PATH = path;
    let first = await boundTo();
    // Beside load a process may take longer than a short run.
    while (first.length < cpus) first = await boundTo();
    process.env.PATH = noting;
    t.deepEqual(await boundTo(), first);
    t.false(existsSync(noted), existsSync(noted) ? readFileSync(noted, 'utf8') : '');
    await threads.end();
  }
});

test.serial('a run leaves no process behind that binds its threads', async (t) => {
  if (isSkipped(t)) return;
  const path = process.env.PATH;
  t.teardown(() => (process.env.PATH = path));
  const slow = folder(t);
  const [begun, ended] = [join(slow, 'begun'), join(slow, 'ended')];
  writeFileSync(join(slow, 'taskset'), `#!/bin/sh\n: > '${begun}'\nsleep 0.3\n: > '${ended}'\n`, { mode: 0o755 });
  process.env.PATH = `${slow}:${path}`;
  const enough = new AbortController();
  const plan = planOf(patient, { variant: 'first', trials: Infinity });
  const onProgress = (): void => void (existsSync(begun) && enough.abort());
  const { boundTo, harnessError } = await runRace(patient.race, plan, { signal: enough.signal, onProgress });
  t.deepEqual([harnessError, boundTo, existsSync(ended)], [null, [], true]);
});

test.serial('machines that outnumber the cores are not bound, nor threads that should not be', async (t) => {
  const plan = planOf(patient, { variant: 'first', trials: 500 });
  t.deepEqual((await runRace(patient.race, { ...plan, bindCores: false })).boundTo, []);
  t.deepEqual((await runRace(patient.race, { ...plan, machines: availableParallelism() + 1 })).boundTo, []);
});
