/**
 * Kills a soak at random moments, also while it starts, and checks after each kill what its store says:
 * `npm run torture:soak -- [kills]`, 100 by default. Exits with 1 at the first thing that is wrong:
 *
 * 1. Every resumption works, and the file is whole.
 * 2. What `soak status` says is the sum of the intervals in the file, and ends where the last of them does.
 * 3. Intervals follow one another and those of before the kill are as they were, so nothing is counted twice.
 * 4. No more than one interval is lost: the process itself is asked what it has counted, right before it is killed.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'libsql';
import type { SoakDocument } from '../../lib/report/soak/document.js';
import { CHECKPOINT_MS } from '../../lib/soak/sliceBook.js';
import { Racehammer } from '../e2e/cli.js';

const KILLS = Number(process.argv[2] ?? 100);
const ALIVE_MS_MAX = 6000;
/** Of five kills one comes while the process starts. */
const STARTING_MS_MAX = 600;
/** A checkpoint comes with the next tick, and a host under load is late. */
const SLACK_MS = 500;

interface Interval {
  readonly id: number;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly trials: number;
  readonly failures: number;
}

interface State {
  readonly elapsedMs: number;
  readonly trials: number;
  readonly failures: number;
  readonly intervals: readonly Interval[];
}

function require(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** What the file holds; throws if it contradicts itself. */
function inspect(path: string): State {
  const db = new Database(path);
  try {
    const [{ integrity_check: integrity }] = db.pragma('integrity_check') as { integrity_check: string }[];
    require(integrity === 'ok', `integrity: ${integrity}`);
    const intervals = db.prepare('SELECT * FROM interval ORDER BY id').all() as Interval[];
    let last = 0;
    for (const { id, start_ms, end_ms } of intervals) {
      require(start_ms >= last - 1e-6 &&
        end_ms >= start_ms, `interval ${id}: ${start_ms} to ${end_ms}, behind ${last}`);
      last = end_ms;
    }
    const { elapsed_ms: elapsedMs } = db.prepare('SELECT elapsed_ms FROM campaign').get() as { elapsed_ms: number };
    require(elapsedMs === last, `the campaign is at ${elapsedMs} ms, its last interval ends at ${last}`);
    const sum = (pick: (interval: Interval) => number): number => intervals.reduce((n, i) => n + pick(i), 0);
    return { elapsedMs, trials: sum((i) => i.trials), failures: sum((i) => i.failures), intervals };
  } finally {
    db.close();
  }
}

function fingerprint(intervals: readonly Interval[]): string {
  return createHash('sha256').update(JSON.stringify(intervals)).digest('hex');
}

/** What the process says that it has counted, this slice included; undefined before its first figures. */
async function counted(soak: Racehammer): Promise<{ readonly elapsedMs: number; readonly trials: number } | undefined> {
  const url = /metrics: (http:\S+)/.exec(soak.stderr)?.[1];
  if (url === undefined) return undefined;
  const text = await (await fetch(url)).text();
  const values = (name: string): number[] =>
    Array.from(text.matchAll(new RegExp(`^racehammer_${name}(?:\\{.*\\})? (\\S+)$`, 'gm')), ([, value]) =>
      Number(value),
    );
  const [seconds] = values('soak_elapsed_seconds');
  return seconds === undefined
    ? undefined
    : { elapsedMs: seconds * 1000, trials: values('trials_total').reduce((n, trials) => n + trials, 0) };
}

async function requireStatus(path: string, { elapsedMs, trials, failures }: State): Promise<void> {
  const { code, stdout, stderr } = await new Racehammer(['soak', 'status', path, '--json'], {}, '', folder).ended();
  require(code !== 2 && code !== null, `status: ${stderr}`);
  const { campaign, rows } = JSON.parse(stdout) as SoakDocument;
  const sum = (pick: (row: SoakDocument['rows'][number]) => number): number =>
    rows.reduce((n, row) => n + pick(row), 0);
  require(campaign.elapsedMs === elapsedMs, `status is at ${campaign.elapsedMs} ms, the file at ${elapsedMs}`);
  const said = [sum((row) => row.trials), sum((row) => row.failures)];
  // Failures are counted before the trials of their round, and a row has no less trials than failures.
  require(said[0] >= trials && said[0] <= trials + failures, `status says ${said[0]} trials, the intervals ${trials}`);
  require(said[1] === failures, `status says ${said[1]} failures, the intervals ${failures}`);
}

const folder = mkdtempSync(join(tmpdir(), 'racehammer-kill-'));
const path = join(folder, 's.db');
const FIRST = ['xen-pin:buggy', 'xen-pin:pte-lock', 'pgd-lock', '--duration', '30d', '--slice', '4s'];
let before: State = { elapsedMs: 0, trials: 0, failures: 0, intervals: [] };
let worstLossMs = 0;
for (let n = 1; n <= KILLS; n++) {
  const args = ['soak', '--store', path, '--metrics', '0', ...(n === 1 ? FIRST : ['--resume'])];
  const soak = new Racehammer(args, {}, '', folder);
  const isStarting = n % 5 === 0;
  if (!isStarting) await soak.saysOnStderr(n === 1 ? 'trials' : 'continues at');
  await delay(Math.random() * (isStarting ? STARTING_MS_MAX : ALIVE_MS_MAX));
  const said = isStarting ? undefined : await counted(soak);
  soak.child.kill('SIGKILL');
  const { signal, stderr } = await soak.ended();
  require(signal === 'SIGKILL', `it has ended by itself: ${stderr}`);
  const after = inspect(path);
  const kept = after.intervals.slice(0, before.intervals.length);
  require(fingerprint(kept) === fingerprint(before.intervals), 'intervals have changed that were written before');
  await requireStatus(path, after);
  let words = 'while it started';
  if (said !== undefined) {
    const lossMs = Math.max(0, said.elapsedMs - after.elapsedMs);
    worstLossMs = Math.max(worstLossMs, lossMs);
    require(lossMs <= CHECKPOINT_MS + SLACK_MS, `${lossMs} ms are lost`);
    // Checkpoints that came between the question and the kill hold more than was said.
    require(after.elapsedMs > said.elapsedMs ||
      after.trials <= said.trials, `${after.trials} trials in the file, ${said.trials} counted`);
    words = `${lossMs.toFixed(0)} ms and ${Math.max(0, said.trials - after.trials)} trials lost`;
  }
  const { intervals, trials, elapsedMs } = after;
  process.stdout.write(
    `kill ${n}: ${words}; ${intervals.length} intervals, ${trials} trials, ${elapsedMs.toFixed(0)} ms\n`,
  );
  before = after;
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(
  `${KILLS} kills: every resumption worked, the sums were those of the last checkpoint, nothing was counted twice; ` +
    `at most ${worstLossMs.toFixed(0)} ms were lost (a checkpoint is every ${CHECKPOINT_MS} ms)\n`,
);
