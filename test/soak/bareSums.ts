/** The sums of a store as its slices and intervals say them, one by one: what the sums that it keeps must be. */
import { HANGS } from '../../lib/machine/signatures.js';
import type { SoakDatabase } from '../../lib/soak/database.js';
import type { Store } from '../../lib/soak/store.js';

interface Interval {
  readonly id: number;
  readonly slice: number;
  readonly row: number;
  readonly session: number;
  readonly host: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly seconds: number;
  readonly trials: number;
  readonly failures: number;
  readonly nearMisses: number;
  readonly mb: number | null;
}

interface Slice {
  readonly id: number;
  readonly row: number;
  readonly session: number;
  readonly host: number;
  readonly startMs: number;
  readonly ended: number;
  readonly harnessError: string | null;
  readonly hostStalls: number;
  readonly hostStallMs: number;
  readonly workersReplaced: number;
  readonly cpuMs: number | null;
  readonly waitedMs: number | null;
}

const sumOf = <T>(all: readonly T[], pick: (one: T) => number): number => all.reduce((n, one) => n + pick(one), 0);
const mostOf = (all: readonly (number | null)[]): number | null => {
  const known = all.filter((one) => one !== null);
  return known.length === 0 ? null : Math.max(...known);
};

/** Returns groups by a key, in the order of their first members. */
function by<T>(all: readonly T[], keyOf: (one: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups.values()];
}

/** All sums that are kept, by what they are sums of. */
export function bareSums(db: SoakDatabase) {
  const slices = db.all(SLICES) as Slice[];
  const intervals = db.all(INTERVALS) as Interval[];
  const outcomes = db.all('SELECT interval, signature, count FROM outcome ORDER BY interval, signature') as {
    interval: number;
    signature: string;
    count: number;
  }[];
  const of = new Map(by(outcomes, ({ interval }) => String(interval)).map((mine) => [mine[0].interval, mine]));
  const outcomesOf = ({ id }: Interval) => of.get(id) ?? [];
  const expected = new Map(
    (db.all('SELECT id, expected FROM row') as { id: number; expected: string | null }[]).map((row) => [
      row.id,
      row.expected,
    ]),
  );
  const { stretchMs } = db.get('SELECT stretch_ms AS stretchMs FROM campaign') as { stretchMs: number };
  const counts = (mine: readonly Interval[]) => ({
    seconds: sumOf(mine, (one) => one.seconds),
    trials: sumOf(mine, (one) => one.trials),
    failures: sumOf(mine, (one) => one.failures),
  });
  const proofOf = (mine: readonly Interval[]) => {
    const proofs = mine.filter((one) => outcomesOf(one).some(({ signature }) => signature === expected.get(one.row)));
    const at = mostOf(proofs.map(({ endMs }) => endMs));
    return {
      provedAtMs: at,
      trialsSinceProof:
        at === null
          ? 0
          : sumOf(
              mine.filter(({ endMs }) => endMs > at),
              (one) => one.trials,
            ),
    };
  };
  const outcomesOfAll = (mine: readonly Interval[]) =>
    by(
      mine.flatMap((one) => outcomesOf(one).map((outcome) => ({ ...outcome, endMs: one.endMs }))),
      ({ signature }) => signature,
    )
      .map((same) => ({
        signature: same[0].signature,
        count: sumOf(same, ({ count }) => count),
        firstMs: Math.min(...same.map(({ endMs }) => endMs)),
        lastMs: Math.max(...same.map(({ endMs }) => endMs)),
      }))
      .toSorted((a, b) => (a.signature < b.signature ? -1 : 1));
  const errors = (mine: readonly Slice[]) => mine.filter(({ harnessError }) => harnessError !== null).length;
  const cpu = (mine: readonly Slice[], pick: (one: Slice) => number | null): number | null => {
    const known = mine.flatMap((one) => pick(one) ?? []);
    return known.length === 0 ? null : sumOf(known, (ms) => ms);
  };
  const rows = by(slices, ({ row }) => String(row)).map((mine) => {
    const [{ row }] = mine;
    const all = intervals.filter((one) => one.row === row);
    const failedAtMs = mostOf(all.filter(({ failures }) => failures > 0).map(({ endMs }) => endMs));
    return {
      row,
      slices: mine.length,
      harnessErrors: errors(mine),
      hostStalls: sumOf(mine, (one) => one.hostStalls),
      hostStallMs: sumOf(mine, (one) => one.hostStallMs),
      workersReplaced: sumOf(mine, (one) => one.workersReplaced),
      cpuMs: cpu(mine, (one) => one.cpuMs),
      waitedMs: cpu(mine, (one) => one.waitedMs),
      triedAtMs: Math.max(...mine.map(({ startMs }) => startMs)),
      spentMs: sumOf(all, ({ startMs, endMs }) => endMs - startMs),
      nearMisses: sumOf(all, (one) => one.nearMisses),
      ...counts(all),
      ...proofOf(all),
      failedAtMs,
      trialsSinceFailure: sumOf(
        all.filter(({ endMs }) => failedAtMs === null || endMs > failedAtMs),
        (one) => one.trials,
      ),
      outcomes: outcomesOfAll(all),
    };
  });
  const hosts = by(
    slices.filter(({ host }) => host > 0),
    ({ row, host }) => `${row} ${host}`,
  ).map((mine) => {
    const [{ row, host }] = mine;
    const all = intervals.filter((one) => one.row === row && one.host === host);
    const nearMisses = sumOf(all, (one) => one.nearMisses);
    const found = outcomesOfAll(all).map(({ signature, count }) => ({ signature, count }));
    return {
      row,
      host,
      slices: mine.length,
      harnessErrors: errors(mine),
      nearMisses,
      ...counts(all),
      ...proofOf(all),
      outcomes: found,
    };
  });
  const sessions = by(slices, ({ session }) => String(session)).map((mine) => {
    const [{ session }] = mine;
    const all = intervals.filter((one) => one.session === session);
    return {
      session,
      startMs: all.length === 0 ? null : Math.min(...all.map(({ startMs }) => startMs)),
      endMs: mostOf(all.map(({ endMs }) => endMs)),
      counts: {
        slices: mine.length,
        harnessErrors: errors(mine),
        ...counts(all),
        unexpected: sumOf(
          all.filter(({ row }) => expected.get(row) === null),
          (one) => one.failures,
        ),
        mostMb: mostOf(all.map(({ mb }) => mb)),
      },
    };
  });
  const bySession = by(intervals, ({ row, session }) => `${row} ${session}`).map((mine) => {
    return { row: mine[0].row, session: mine[0].session, ...counts(mine) };
  });
  const stretches = by(
    intervals,
    ({ row, startMs, endMs }) => `${row} ${Math.floor((startMs + endMs) / 2 / stretchMs)}`,
  ).map((mine) => {
    const fromMs = Math.floor((mine[0].startMs + mine[0].endMs) / 2 / stretchMs) * stretchMs;
    return {
      row: mine[0].row,
      fromMs,
      toMs: fromMs + stretchMs,
      ...counts(mine),
      mb: mostOf(mine.map(({ mb }) => mb)),
    };
  });
  const hours = by(intervals, ({ row, startMs }) => `${row} ${Math.floor(startMs / 3_600_000)}`).map((mine) => {
    const hour = Math.floor(mine[0].startMs / 3_600_000);
    return { row: mine[0].row, hour, ...counts(mine), mb: mostOf(mine.map(({ mb }) => mb)) };
  });
  const hangs = rows.flatMap(({ row, outcomes: mine }) =>
    mine
      .filter(({ signature }) => HANGS.includes(signature))
      .map(({ signature, count, lastMs }) => ({ row, signature, count, lastMs })),
  );
  const sorted = <T extends { readonly row: number }>(all: readonly T[], second: (one: T) => number): T[] =>
    all.toSorted((a, b) => a.row - b.row || second(a) - second(b));
  return {
    rows: sorted(rows, () => 0),
    hosts: sorted(hosts, ({ host }) => host),
    sessions: sessions.toSorted((a, b) => a.session - b.session),
    bySession: sorted(bySession, ({ session }) => session),
    stretches: sorted(stretches, ({ fromMs }) => fromMs),
    hours: sorted(hours, ({ hour }) => hour),
    hangs: sorted(hangs, () => 0),
    mostMb: mostOf(intervals.map(({ mb }) => mb)) ?? 0,
  };
}

const SLICES = `
  SELECT id, row, session, coalesce(host, 0) AS host, start_ms AS startMs, ended, harness_error AS harnessError, host_stalls AS hostStalls,
    host_stall_ms AS hostStallMs, workers_replaced AS workersReplaced, cpu_ms AS cpuMs, cpu_waited_ms AS waitedMs
  FROM slice LEFT JOIN execution ON execution.slice = slice.id ORDER BY id`;

const INTERVALS = `
  SELECT interval.id AS id, interval.slice AS slice, row, session, coalesce(host, 0) AS host, interval.start_ms AS startMs, end_ms AS endMs,
    seconds, trials, failures, near_misses AS nearMisses, rss_mb AS mb
  FROM interval JOIN slice ON slice.id = interval.slice LEFT JOIN execution ON execution.slice = slice.id ORDER BY interval.id`;

/** The same as a store says it, from the sums that it keeps. */
export function keptSums(db: SoakDatabase, store: Store) {
  const times = db.all(`
    SELECT row, failed_at_ms AS failedAtMs, trials_since_failure AS trialsSinceFailure, cpu_ms AS cpuMs, cpu_waited_ms AS waitedMs
    FROM sum_row`) as {
    row: number;
    failedAtMs: number | null;
    trialsSinceFailure: number;
    cpuMs: number | null;
    waitedMs: number | null;
  }[];
  const spans = db.all('SELECT id AS row, signature, first_ms AS firstMs, last_ms AS lastMs FROM row_outcome') as {
    row: number;
    signature: string;
    firstMs: number;
    lastMs: number;
  }[];
  const sessionIds = (db.all('SELECT id FROM session ORDER BY id') as { id: number }[]).map(({ id }) => id);
  return {
    rows: store
      .totals()
      .filter(({ slices }) => slices > 0)
      .map((row) => ({
        row: row.id,
        slices: row.slices,
        harnessErrors: row.harnessErrors,
        hostStalls: row.hostStalls,
        hostStallMs: row.hostStallMs,
        workersReplaced: row.workersReplaced,
        triedAtMs: row.triedAtMs,
        spentMs: row.spentMs,
        nearMisses: row.nearMisses,
        seconds: row.seconds,
        trials: row.trials,
        failures: row.failures,
        provedAtMs: row.provedAtMs,
        trialsSinceProof: row.trialsSinceProof,
        ...times.find((one) => one.row === row.id),
        outcomes: row.outcomes.map(({ signature, count }) => {
          const { firstMs, lastMs } = spans.find((one) => one.row === row.id && one.signature === signature)!;
          return { signature, count, firstMs, lastMs };
        }),
      })),
    hosts: store.fleet.totals(),
    sessions: store
      .sessions()
      .map(({ startMs, endMs, counts }, i) => ({ session: sessionIds[i], startMs, endMs, counts }))
      .filter(({ counts }) => counts.slices > 0),
    bySession: store.bySession().map(({ session, ...counts }) => ({ ...counts, session: sessionIds[session] })),
    stretches: store.stretches(),
    hours: db.all('SELECT id AS row, hour, seconds, trials, failures, rss_mb AS mb FROM row_hour ORDER BY id, hour'),
    hangs: store.hangs(),
    mostMb: store.memory().mostMb,
  };
}

/** Compares sums of one order of adding with another one's: they differ in their last digits. */
export function rounded(said: unknown): unknown {
  const round = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value);
  return JSON.parse(JSON.stringify(said, round)) as unknown;
}
