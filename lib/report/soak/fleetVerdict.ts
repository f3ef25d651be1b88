/**
 * Judges the rows of a fleet from their sums by host. Called by lib/soak/document.ts and soakDiff.ts.
 *
 * Each host is judged by itself. Trials without a failure are pooled over the hosts that have proven themselves. Failures count wherever
 * they happen; their rates are never pooled, since they depend on the host.
 */

import { sumOfCounts } from '../../statistics/counts.js';
import type { KnownRate } from '../../statistics/power.js';
import type { Verdict } from '../../statistics/verdict.js';
import type { RowTotals, RowVerdict } from './document.js';
import type { HostTotals, HostVerdict } from './fleetDocument.js';
import { groups } from './groups.js';
import {
  hasRun,
  hasStoppedFailing,
  judgeRow,
  knownBeside,
  rowVerdict,
  rowVerdicts,
  type JudgedRow,
  type RowJudgement,
} from './verdict.js';

/** A row on one host, with all that its verdict depends on. */
interface Part {
  readonly host: HostTotals;
  readonly row: HostRow;
  readonly judgement: RowJudgement;
  readonly isProven: boolean;
  /** What its twin fails at on this host; null for a row that should fail. */
  readonly known: KnownRate | null;
}

/** A row as one host has counted it. */
type HostRow = JudgedRow & Pick<RowTotals, 'id' | 'nearMisses' | 'seconds'>;

/** Returns the verdicts on the rows, and those on each row on each host. */
export function fleetVerdicts(
  rows: readonly RowTotals[],
  totals: readonly HostTotals[],
): { readonly rows: RowVerdict[]; readonly hostRows: HostVerdict[] } {
  const alike = rowsAlike(rows);
  const parts = [...groups(totals, ({ host }) => host).values()].flatMap((mine) => partsOf(rows, alike, mine));
  const byRow = groups(parts, ({ row }) => row.id);
  return {
    rows: rows.map((row) => pooled(row, byRow.get(row.id) ?? [])),
    hostRows: [...byRow.values()].flatMap((mine) => mine.map(hostVerdict)),
  };
}

/** Returns the verdict on a row on one host; field by field, as in rowsOn. */
function hostVerdict({ host, judgement: { verdict, low95, high95 }, isProven }: Part): HostVerdict {
  return {
    row: host.row,
    host: host.host,
    slices: host.slices,
    harnessErrors: host.harnessErrors,
    seconds: host.seconds,
    trials: host.trials,
    failures: host.failures,
    nearMisses: host.nearMisses,
    outcomes: host.outcomes,
    provedAtMs: host.provedAtMs,
    trialsSinceProof: host.trialsSinceProof,
    verdict,
    isProven,
    low95,
    high95,
  };
}

/** Returns a number for each row, by its id: rows with one number have one known rate, and one hammer, on whichever host. */
function rowsAlike(rows: readonly RowTotals[]): ReadonlyMap<number, number> {
  const numbers = new Map<string, number>();
  return new Map(
    rows.map(({ id, race, twin, source, failsAtLeast }) => {
      const key = JSON.stringify([race, twin, source, failsAtLeast]);
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      return [id, number] as const;
    }),
  );
}

/** Returns the totals of each row on each host, with the host in its key, so that only a host's rows are compared. */
export function rowsByHost(
  rows: readonly RowTotals[],
  totals: readonly HostTotals[],
  nameOf: (host: number) => string,
): RowVerdict[] {
  const byHost = groups(totals, ({ host }) => host);
  return [...byHost].flatMap(([host, mine]) =>
    rowVerdicts(rowsOn(rows, mine).map((row) => ({ ...rows.find(({ id }) => id === row.id)!, ...row }))).map((row) => ({
      ...row,
      key: JSON.stringify([nameOf(host), row.key]),
      name: `${row.name} @ ${nameOf(host)}`,
    })),
  );
}

/** Returns the rows as one host has counted them. */
function rowsOn(rows: readonly RowTotals[], mine: readonly HostTotals[]): HostRow[] {
  const byRow = new Map(mine.map((totals) => [totals.row, totals]));
  return rows.flatMap((row) => {
    const here = byRow.get(row.id);
    if (here === undefined) return [];
    const isDeclared = (name: string): boolean =>
      row.outcomes.find(({ signature }) => signature === name)?.declared ?? false;
    const outcomes = here.outcomes.map(({ signature, count }) => ({
      signature,
      count,
      declared: isDeclared(signature),
    }));
    // Field by field: to spread them into one takes forty times as long.
    return [
      {
        id: row.id,
        key: row.key,
        race: row.race,
        name: row.name,
        twin: row.twin,
        source: row.source,
        expected: row.expected,
        alsoFails: row.alsoFails,
        minority: row.minority,
        failsAtLeast: row.failsAtLeast,
        classes: row.classes,
        seconds: here.seconds,
        trials: here.trials,
        failures: here.failures,
        nearMisses: here.nearMisses,
        slices: here.slices,
        harnessErrors: here.harnessErrors,
        provedAtMs: here.provedAtMs,
        trialsSinceProof: here.trialsSinceProof,
        outcomes,
      },
    ];
  });
}

function partsOf(rows: readonly RowTotals[], alike: ReadonlyMap<number, number>, mine: readonly HostTotals[]): Part[] {
  const here = rowsOn(rows, mine);
  const failing = here.filter(({ expected }) => expected !== null);
  const byCode = groups(failing, ({ source }) => source);
  const totalsOf = new Map(mine.map((totals) => [totals.row, totals]));
  const proving = new Set(failing.filter((row) => proves(row)));
  // Alike rows have one known rate, and its interval takes as long as all else.
  const hammers: { readonly known: KnownRate; readonly isProven: boolean }[] = [];
  const hammerOf = (row: HostRow): { readonly known: KnownRate; readonly isProven: boolean } => {
    const beside = byCode.get(row.source) ?? [];
    return { known: knownBeside(row, beside), isProven: hammersOf(row, beside).some((one) => proving.has(one)) };
  };
  return here.map((row) => {
    const host = totalsOf.get(row.id)!;
    if (row.expected !== null)
      return { host, row, judgement: judgeRow(row, null), isProven: proving.has(row), known: null };
    const { known, isProven } = (hammers[alike.get(row.id)!] ??= hammerOf(row));
    return { host, row, judgement: judgeRow(row, known), isProven, known };
  });
}

/** Returns the rows that can prove the hammer of a row: its twin; else those of its race; else all that should fail. */
function hammersOf({ race, twin }: HostRow, failing: readonly HostRow[]): readonly HostRow[] {
  const own = failing.filter(({ key }) => key === twin);
  if (twin !== null) return own;
  const alike = failing.filter((row) => row.race === race);
  return alike.length > 0 ? alike : failing;
}

/** Whether a row that should fail has done so, and still does. */
function proves(row: HostRow): boolean {
  return row.provedAtMs !== null && !hasStoppedFailing(row);
}

/** Judges a row from its parts. */
function pooled(row: RowTotals, parts: readonly Part[]): RowVerdict {
  return row.expected === null ? pooledHolding(row, parts) : pooledFailing(row, parts);
}

/** Judges a row that should hold: one failure anywhere is one; trials without count where the hammer is proven. */
function pooledHolding(row: RowTotals, parts: readonly Part[]): RowVerdict {
  const counted = parts.filter(({ isProven, row: { failures } }) => isProven || failures > 0);
  const known = counted
    .filter(({ isProven }) => isProven)
    .map((part) => part.known!)
    .toSorted((a, b) => a.least - b.least);
  const { trials, failures, nearMisses, seconds } = sumOfCounts(counted.map((part) => part.row));
  const judged = rowVerdict({ ...row, trials, failures, nearMisses, seconds }, known[0] ?? knownBeside(row, []));
  const isWithout = counted.length === 0 && row.harnessErrors === 0;
  return {
    ...judged,
    ...(failures > 0 ? spanOf(counted) : {}),
    ...(isWithout ? { verdict: 'INCONCLUSIVE' as const } : {}),
  };
}

/** Verdicts on a row that should fail, that which decides first. */
const DECIDES: readonly Verdict[] = ['VIOLATED', 'HARNESS_ERROR', 'REPRODUCED', 'INCONCLUSIVE', 'NOT_REPRODUCED'];

/** Judges a row that should fail: it does where it does. Hosts on which it does not have proven nothing. */
function pooledFailing(row: RowTotals, parts: readonly Part[]): RowVerdict {
  const run = parts.filter((part) => hasRun(part.row));
  const [deciding] = run.toSorted(
    (a, b) => DECIDES.indexOf(a.judgement.verdict) - DECIDES.indexOf(b.judgement.verdict),
  );
  const judged = rowVerdict(row, null);
  if (deciding === undefined) return judged;
  const { verdict, power } = deciding.judgement;
  return { ...judged, ...spanOf(run), verdict, power };
}

/** Returns the span of the hosts' rates, which is no interval of a pooled one. */
function spanOf(parts: readonly Part[]): Pick<RowVerdict, 'low95' | 'high95'> {
  return {
    low95: Math.min(...parts.map(({ judgement }) => judgement.low95)),
    high95: Math.max(...parts.map(({ judgement }) => judgement.high95)),
  };
}
