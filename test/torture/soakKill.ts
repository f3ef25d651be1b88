/**
 * Kills a soak at random moments and checks after each kill what its store says: `npm run torture:soak -- [kills]`, 100 by
 * default. Every resumption must work; the sums must be those of the last checkpoint; intervals must follow one another, so
 * that nothing is counted twice; and no more than one interval may be lost. Exits with 1 at the first thing that is wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'libsql';
import { CHECKPOINT_MS } from '../../lib/soak/soak.js';
import { Racehammer } from '../e2e/cli.js';

const KILLS = Number(process.argv[2] ?? 100);
const ALIVE_MS = { min: 50, max: 6000 };
/** A process that starts under load writes its first checkpoint late. */
const SLACK_MS = 2000;

interface State {
  readonly elapsedMs: number;
  readonly trials: number;
  readonly intervals: number;
}

/** What the store holds; throws if it contradicts itself. */
function inspect(path: string): State {
  const db = new Database(path);
  try {
    const [{ integrity_check: integrity }] = db.pragma('integrity_check') as { integrity_check: string }[];
    if (integrity !== 'ok') throw new Error(`integrity: ${integrity}`);
    const intervals = db.prepare('SELECT id, start_ms, end_ms, trials FROM interval ORDER BY id').all() as {
      id: number;
      start_ms: number;
      end_ms: number;
      trials: number;
    }[];
    let last = 0;
    for (const { id, start_ms, end_ms } of intervals) {
      if (start_ms < last - 1e-6 || end_ms < start_ms)
        throw new Error(`interval ${id} from ${start_ms} to ${end_ms}, behind ${last}`);
      last = end_ms;
    }
    const { elapsed_ms: elapsedMs } = db.prepare('SELECT elapsed_ms FROM campaign').get() as { elapsed_ms: number };
    if (elapsedMs !== last) throw new Error(`the campaign is at ${elapsedMs} ms, its last interval ends at ${last}`);
    return { elapsedMs, trials: intervals.reduce((n, i) => n + i.trials, 0), intervals: intervals.length };
  } finally {
    db.close();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'racehammer-kill-'));
const path = join(folder, 's.db');
let before: State = { elapsedMs: 0, trials: 0, intervals: 0 };
let worstLossMs = 0;
for (let n = 1; n <= KILLS; n++) {
  const args = [
    'soak',
    '--store',
    path,
    ...(n === 1 ? ['xen-pin', 'pgd-lock', '--duration', '30d', '--slice', '4s'] : ['--resume']),
  ];
  const soak = new Racehammer(args, {}, '', folder);
  const startedMs = performance.now();
  if (n === 1) await soak.saysOnStderr('trials');
  else await soak.saysOnStderr('goes on at');
  await delay(ALIVE_MS.min + Math.random() * (ALIVE_MS.max - ALIVE_MS.min));
  soak.child.kill('SIGKILL');
  const aliveMs = performance.now() - startedMs;
  await soak.ended();
  const after = inspect(path);
  const lossMs = aliveMs - (after.elapsedMs - before.elapsedMs);
  worstLossMs = Math.max(worstLossMs, lossMs);
  if (after.trials < before.trials) throw new Error(`kill ${n}: ${after.trials} trials, ${before.trials} before it`);
  if (after.elapsedMs - before.elapsedMs > aliveMs)
    throw new Error(`kill ${n}: more time in the store than the process lived`);
  process.stdout.write(
    `kill ${n} after ${aliveMs.toFixed(0)} ms: ${after.intervals} intervals, ${after.trials} trials, ${lossMs.toFixed(0)} ms lost, start included\n`,
  );
  before = after;
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(
  `${KILLS} kills: every resumption worked, nothing counted twice; at most ${worstLossMs.toFixed(0)} ms lost, start of the process included ` +
    `(a checkpoint is every ${CHECKPOINT_MS} ms)\n`,
);
if (worstLossMs > 2 * CHECKPOINT_MS + SLACK_MS) throw new Error('more than an interval was lost');
