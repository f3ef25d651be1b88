/**
 * Goal: failures of real parallel runs, of every race, are explained and fail again in the same way when they are run in
 * the order that explains them; so do random programs. Evidence that does not fit the code is told as that, with the first
 * place where it does not.
 * Method: short runs of the buggy forms at full speed, random programs under random schedules and at full speed, then
 * evidence with another variant, or with one value changed.
 */
import { availableParallelism } from 'node:os';
import test from 'ava';
import type { Evidence } from '../../../lib/evidence/evidence.js';
import { whatIsMissing } from '../../../lib/evidence/explain.js';
import { reduceEvidence } from '../../../lib/evidence/reduce.js';
import { timelineOf } from '../../../lib/evidence/timeline.js';
import { DEADLOCK } from '../../../lib/machine/signatures.js';
import { draw } from '../../../lib/machine/random.js';
import { loadRace, raceUrl, type LoadedRace } from '../../../lib/harness/host/loadRace.js';
import { LockstepRun } from '../../../lib/harness/replay/lockstepRun.js';
import type { CpuThreads } from '../../../lib/harness/host/pool.js';
import { isProved, prove } from '../../../lib/harness/replay/prove.js';
import { Replay } from '../../../lib/harness/replay/replay.js';
import type { Knobs } from '../../../lib/race/expectation.js';
import { PROGRAMS } from '../../fixtures/programs.js';
import { planOf } from '../../stress/plan.js';
import { lockstepEvidence } from '../lockstepEvidence.js';
import { runRace, threadsFor } from '../keptThreads.js';

const programs = await loadRace(new URL('../../fixtures/programs.js', import.meta.url).href);
const xenPin = await loadRace(raceUrl('xen-pin') ?? '');

/** Trials within which some failure is met, many times what it takes on an idle host. */
const TRIALS = 1_000_000;
const ROUND_OF_RUN = 64;
/** Rows that a reader can take in at once. */
const FOCUS_MAX = 30;

/** Evidence of a run that ends when at least `wanted` trials have failed, of which `keep` are to be captured. */
async function failuresOf(
  loaded: LoadedRace,
  variant: string,
  cpus: number,
  knobs: Knobs,
  keep = 5,
  wanted = 1,
): Promise<readonly Evidence[]> {
  const enough = new AbortController();
  const plan = { ...planOf(loaded, { variant, knobs, cpus, trials: TRIALS }), keep, round: ROUND_OF_RUN };
  const { evidence, harnessError } = await runRace(loaded.race, plan, {
    signal: enough.signal,
    onProgress: ({ failures }) => {
      if (failures >= wanted) enough.abort();
    },
  });
  if (harnessError !== null) throw new Error(harnessError);
  return evidence;
}

/** Words that a checker or a lock keeps for itself, beside what the CPUs of the kernel could see. */
const OWN_WORDS = /truth|mistagged|depth/;

function unrecordedIn({ unrecorded, names }: Evidence): string[] {
  const nameOf = new Map(names);
  return unrecorded.map((address) => nameOf.get(address) ?? '').filter((name) => !OWN_WORDS.test(name));
}

const RUNS: readonly (readonly [race: string, variant: string, cpus: number, knobs?: Knobs])[] = [
  ['xen-pin', 'buggy', 2],
  ['xen-pin', 'pte-lock-ipi', 2],
  ['hash-batch', 'buggy', 2],
  ['pgd-lock', 'buggy', 2],
  ['pgd-lock', 'buggy', 4],
  ['pgd-lock', 'rwlock', 2, { irq: 'free' }],
  ['pgd-lock', 'unlock-first-all', 2],
  ['lazy-mmu', 'buggy', 2],
  ['lazy-mmu', 'flush-set-pmd', 2, { broken: 'R1', checks: '0', migrate: 'always' }],
  ['numa-protnone', 'buggy', 3],
];

for (const [race, variant, cpus, knobs = {}] of RUNS) {
  test.serial(`${race}:${variant} at ${cpus} CPUs: explained, and failing again`, async (t) => {
    t.timeout(120_000);
    const loaded = await loadRace(raceUrl(race) ?? race);
    const pool = threadsFor(t, cpus);
    const failures = await failuresOf(loaded, variant, cpus, knobs);
    t.true(failures.length > 0);
    for (const evidence of failures) {
      t.deepEqual(unrecordedIn(evidence), []);
      const proof = await prove(evidence, loaded, pool);
      t.is(proof.reason, undefined);
      t.is(proof.replay?.difference, undefined);
      t.is(proof.replay?.signature, evidence.signature);
      t.true(isProved(proof));
      const timeline = timelineOf(evidence, proof.explained!, proof.replay?.functions);
      t.is(timeline.rows.filter((row) => row.fails).length, 1);
      const focus = timeline.rows.filter((row) => row.focus);
      t.true(focus.at(-1)?.fails);
      t.true(focus.length >= 2 && focus.length <= FOCUS_MAX, `${focus.length} rows`);
      const less = reduceEvidence(evidence, proof.explained!);
      t.true(isProved(await prove(less!.evidence, loaded, pool)));
    }
  });
}

/** One program under a random schedule: its records, as a run would have captured them. */
async function recordedProgram(pool: CpuThreads, cpus: number, program: number): Promise<Evidence> {
  const knobs = { program: String(program) };
  const setup = { loaded: programs, variant: 'random', knobs, cpus, pool, orderTurns: 20_000 };
  const order = Array.from({ length: 300 }, (_, i) => draw(program, 99, i) % cpus);
  const run = LockstepRun.start({ ...setup });
  for (const cpu of order) if (!run.hasEnded(cpu)) await run.step(cpu);
  await run.finish();
  return lockstepEvidence(run, programs, { variant: 'random', knobs, cpus });
}

for (const cpus of [2, 3]) {
  test.serial(
    `random programs under a random schedule, ${cpus} CPUs: always explained, with the same values again`,
    async (t) => {
      t.timeout(120_000);
      const pool = threadsFor(t, cpus);
      const signatures = new Set<string>();
      for (let program = 0; program < PROGRAMS; program++) {
        const evidence = await recordedProgram(pool, cpus, program);
        signatures.add(evidence.signature);
        const proof = await prove(evidence, programs, pool);
        t.is(proof.reason, undefined, `program ${program}`);
        t.is(proof.replay?.difference, undefined, `program ${program}`);
        t.true(isProved(proof), `program ${program}`);
      }
      t.true(signatures.has('ended'));
    },
  );
}

test.serial('random programs at full speed: explained, and ending again as they did', async (t) => {
  t.timeout(120_000);
  const cpus = Math.max(2, Math.min(4, availableParallelism() + 1));
  const pool = threadsFor(t, cpus);
  let failures = 0;
  for (let program = 0; program < PROGRAMS; program += 5) {
    for (const evidence of await failuresOf(programs, 'random', cpus, { program: String(program) })) {
      const proof = await prove(evidence, programs, pool);
      failures++;
      t.is(proof.reason, undefined, `program ${program}`);
      t.is(proof.replay?.difference, undefined, `program ${program}`);
      t.true(isProved(proof), `program ${program}`);
    }
  }
  t.true(failures > 0);
});

test.serial('a handler that outlives its sender in an idle CPU is recorded to its end', async (t) => {
  t.timeout(120_000);
  const lateHandler = await loadRace(new URL('../../fixtures/lateHandler.js', import.meta.url).href);
  const pool = threadsFor(t, 2);
  const failures = await failuresOf(lateHandler, 'waited', 2, {}, 10);
  t.true(failures.length > 0);
  for (const evidence of failures) {
    const proof = await prove(evidence, lateHandler, pool);
    t.is(proof.reason, undefined);
    t.true(isProved(proof));
  }
});

test.serial('evidence that does not fit the code does not replay, and the first difference is named', async (t) => {
  t.timeout(120_000);
  const [evidence] = await failuresOf(xenPin, 'buggy', 2, {});
  const pool = threadsFor(t, 2);
  const fixed = await prove({ ...evidence, variant: 'pte-lock' }, xenPin, pool);
  t.false(isProved(fixed));
  const difference = fixed.replay?.difference;
  t.is(difference?.cpu, 0);
  t.notDeepEqual(difference?.found, difference?.expected);
  const elsewhere = { ...evidence, layout: { ...evidence.layout, percpu: evidence.layout.percpu + 16 } };
  const refused = await prove(elsewhere, xenPin, pool);
  t.is(refused.replay, undefined);
  t.regex(refused.reason ?? '', /its percpu elsewhere/);
  const [word, value] = evidence.initial.find(([at]) => at >= evidence.instance && at < evidence.instance + 100)!;
  const initial = evidence.initial.map(([at, was]): [number, number] => [at, at === word ? value + 1 : was]);
  const proof = prove(
    { ...evidence, initial, cpus: evidence.cpus.map((cpu) => ({ ...cpu, records: [], written: 1 })) },
    xenPin,
    pool,
  );
  t.regex((await proof).reason ?? '', /overflowed/);
});

test.serial('what a race does around the instructions is called unrecorded', async (t) => {
  t.timeout(120_000);
  const around = await loadRace(new URL('../../fixtures/around.js', import.meta.url).href);
  const [all] = await failuresOf(around, 'all', 2, {});
  const { explained, reason } = await prove(all, around, threadsFor(t, 2));
  t.is(explained, undefined);
  t.regex(reason ?? '', /^not recorded: the records have no access; /);
  const [some] = await failuresOf(around, 'some', 2, {});
  t.regex(whatIsMissing(some) ?? '', /^not recorded: sum changed; /);
  // It may be lost again: what is not recorded is left to chance.
  const proof = await prove(some, around, threadsFor(t, 2));
  t.is(proof.reason, isProved(proof) ? undefined : whatIsMissing(some));
});

test.serial('what the machine refuses in front of the first access fails again', async (t) => {
  t.timeout(120_000);
  const race = await loadRace(new URL('../../fixtures/firstAccess.js', import.meta.url).href);
  const [evidence] = await failuresOf(race, 'buggy', 2, {});
  const proof = await prove(evidence, race, threadsFor(t, 2));
  t.true(isProved(proof), proof.reason);
});

test.serial('a replay stops where it is told to, and goes on from there', async (t) => {
  t.timeout(120_000);
  const [evidence] = await failuresOf(xenPin, 'buggy', 2, {});
  const pool = threadsFor(t, 2);
  const { explained } = await prove(evidence, xenPin, pool);
  const replay = Replay.start({ loaded: xenPin, evidence, ...explained!, pool });
  replay.grant(10);
  await replay.used();
  t.true(replay.states().some((line) => line.includes('CPU 0: make in dup_mmap')));
  replay.grant(Infinity);
  const outcome = await replay.finish();
  t.true(outcome.same);
  t.is(outcome.turns, explained!.script.length);
  t.true(outcome.functions.includes('page_referenced_one'));
});

test.serial('a deadlock replays to the same cycle', async (t) => {
  t.timeout(120_000);
  const loaded = await loadRace(raceUrl('pgd-lock') ?? '');
  const [evidence] = await failuresOf(loaded, 'buggy', 3, {}, 1);
  t.is(evidence.signature, DEADLOCK);
  const pool = threadsFor(t, 3);
  const { replay } = await prove(evidence, loaded, pool);
  const members = (detail: readonly number[]): number[] => detail.slice(1, 1 + detail[0]).toSorted((a, b) => a - b);
  t.deepEqual(members(replay?.snapshot?.detail ?? []), members(evidence.detail));
  // Another cycle than the one in the evidence is another failure.
  const other = await prove({ ...evidence, detail: [1, 0] }, loaded, pool);
  t.false(isProved(other));
});

test.serial('a trial that overflowed a ring is kept, and said to be beyond explanation', async (t) => {
  t.timeout(120_000);
  const [evidence] = await failuresOf(xenPin, 'buggy', 2, { pte_pages: '40', path: 'fork-exit' }, 1);
  t.true(evidence.cpus[0].written > 1024);
  t.regex(
    (await prove(evidence, xenPin, threadsFor(t, 2))).reason ?? '',
    /^the ring of CPU 0 overflowed: the first \d+ of \d+ records are lost$/,
  );
});

test.serial('no more is captured than was asked for, each trial once', async (t) => {
  t.timeout(120_000);
  const failures = await failuresOf(await loadRace(raceUrl('numa-protnone') ?? ''), 'buggy', 2, {}, 3, 4);
  t.is(failures.length, 3);
  t.is(new Set(failures.map(({ trial }) => trial)).size, 3);
});
