/**
 * Goal: what an interrupt of a CPU's own brings about is found, explained, and happens again when its record is replayed; the
 * repaired form holds.
 * Method: protocols of public reports with few accesses at full speed, through capture, explanation and replay.
 */
import test from 'ava';
import { whatIsWrong } from '../../lib/evidence/evidenceSense.js';
import { timelineOf } from '../../lib/evidence/timeline.js';
import { loadRace, type LoadedRace } from '../../lib/harness/host/loadRace.js';
import { isProved, prove } from '../../lib/harness/replay/prove.js';
import { planOf } from '../stress/plan.js';
import { runRace, threadsFor } from './keptThreads.js';

const TRIALS_MAX = 1_000_000;
const KEPT = 2;
const HELD_TRIALS = 500;

interface Wanted {
  readonly file: string;
  readonly signature: string;
  /** What the timeline calls the interrupt; empty if the failure is that none comes. */
  readonly shows: string;
  readonly knobs?: Readonly<Record<string, string>>;
  /** What lockdep says without that anything hangs: the kind of interrupts that a lock is taken in and held with. */
  readonly inconsistent?: string;
}

const CASES: readonly Wanted[] = [
  ...['other', 'timer', 'storm'].map((from) => ({
    file: 'slotPop',
    signature: 'slot-dirty',
    shows: 'interrupt disk: useSlot()',
    knobs: { from },
  })),
  { file: 'slotPop', signature: 'slot-dirty', shows: 'NMI watchdog: useSlot()', knobs: { from: 'nmi' } },
  { file: 'softirqLock', signature: 'deadlock', shows: 'softirq timeout: recov_timeout()', inconsistent: 'SOFTIRQ' },
  {
    file: 'softirqLock',
    signature: 'deadlock',
    shows: 'tasklet reaper: recov_timeout()',
    knobs: { by: 'tasklet' },
    inconsistent: 'SOFTIRQ',
  },
  { file: 'nmiOwner', signature: 'orphaned-lock', shows: 'NMI crash: crash_nmi_callback()' },
  ...['wait', 'loop'].map((by) => ({ file: 'shootdown', signature: 'deadlock', shows: '', knobs: { by } })),
  { file: 'shootdown', signature: 'deadlock', shows: '', knobs: { by: 'lines' } },
  { file: 'hotplug', signature: 'ipi-offline', shows: '' },
  { file: 'lostCall', signature: 'lost-wake-up', shows: '' },
  { file: 'timerBefore', signature: 'deadlock', shows: 'interrupt tick: count_tick()' },
  { file: 'tickSequence', signature: 'deadlock', shows: 'interrupt hrtimer: ktime_get()' },
];

async function run(loaded: LoadedRace, { signature, knobs = {} }: Wanted, variant: string, trials: number) {
  const enough = new AbortController();
  const plan = { ...planOf(loaded, { variant, knobs, trials }), keep: KEPT };
  return runRace(loaded.race, plan, {
    signal: enough.signal,
    onProgress: ({ outcomes }) => {
      if (outcomes.some((outcome) => outcome.signature === signature && outcome.count >= KEPT)) enough.abort();
    },
  });
}

for (const wanted of CASES) {
  const { file, signature, shows, knobs = {}, inconsistent } = wanted;
  const which = [file, ...Object.entries(knobs).map((knob) => knob.join('='))].join(' ');
  test.serial(`${which}: ${signature}, explained and replayed; the fixed form holds`, async (t) => {
    t.timeout(120_000);
    const loaded = await loadRace(new URL(`../fixtures/interrupts/${file}.js`, import.meta.url).href);
    const buggy = await run(loaded, wanted, 'buggy', TRIALS_MAX);
    t.is(buggy.harnessError, null);
    t.deepEqual([...new Set(buggy.evidence.map((evidence) => evidence.signature))], [signature]);
    const pool = threadsFor(t, 2);
    for (const evidence of buggy.evidence) {
      t.is(whatIsWrong(evidence), undefined);
      t.deepEqual(evidence.unrecorded, []);
      const proof = await prove(evidence, loaded, pool);
      t.true(isProved(proof), proof.reason ?? JSON.stringify(proof.replay?.difference));
      t.true(timelineOf(evidence, proof.explained!).rows.some(({ text }) => shows === '' || text === shows));
    }
    const learnt = buggy.lockdep?.possibleDeadlocks.flatMap(({ report }) => report) ?? [];
    const usage = `inconsistent {${inconsistent}-ON-W} -> {IN-${inconsistent}-W} usage.`;
    const reversed = `inconsistent {IN-${inconsistent}-W} -> {${inconsistent}-ON-W} usage.`;
    t.is(
      learnt.some((text) => text === usage || text === reversed),
      inconsistent !== undefined,
    );
    const fixed = await run(loaded, wanted, 'fixed', HELD_TRIALS);
    t.is(fixed.harnessError, null);
    t.is(fixed.failures, 0);
    t.is(fixed.trials, HELD_TRIALS);
    t.deepEqual(fixed.lockdep?.possibleDeadlocks, []);
  });
}
