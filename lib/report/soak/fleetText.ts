/** What the reports of a fleet say about its hosts. Called by text.ts, section.ts and fleetSection.ts. */

import { compareRates } from '../../statistics/compareRates.js';
import type { FailureCounts } from '../../statistics/counts.js';
import { counted, formatCount, formatProbability } from '../format/numbers.js';
import { renderTable } from '../format/table.js';
import type { RowVerdict, SoakDocument } from './document.js';
import type { FleetDocument, FleetHost, HostVerdict } from './fleetDocument.js';
import { groups } from './groups.js';
import { rowName } from './rowNames.js';
import type { Screen } from '../format/screen.js';

/** One host with its sums. */
export interface HostSummary extends FailureCounts {
  readonly host: FleetHost;
  /** Rows that should hold, and trials of them, that count and that stand apart since the hammer is not proven. */
  readonly proven: HeldRows;
  readonly apart: HeldRows;
}

interface HeldRows extends Pick<FailureCounts, 'trials'> {
  readonly rows: number;
}

/** Returns the hosts of a fleet with their sums. */
export function hostSummaries({ hosts, rows: all }: FleetDocument, rows: readonly RowVerdict[]): HostSummary[] {
  const holding = new Set(rows.filter(({ expected }) => expected === null).map(({ id }) => id));
  const byHost = new Map(hosts.map(({ id }): [number, HostVerdict[]] => [id, []]));
  for (const one of all) byHost.get(one.host)?.push(one);
  const sum = (some: readonly HostVerdict[], pick: (one: HostVerdict) => number): number =>
    some.reduce((n, one) => n + pick(one), 0);
  return hosts.map((host) => {
    const mine = byHost.get(host.id) ?? [];
    const held = mine.filter(({ row, trials }) => holding.has(row) && trials > 0);
    const parts = [true, false].map((isProven) => {
      const some = held.filter((one) => one.isProven === isProven);
      return { rows: some.length, trials: sum(some, (one) => one.trials) };
    });
    return {
      host,
      trials: sum(mine, (one) => one.trials),
      failures: sum(mine, (one) => one.failures),
      proven: parts[0],
      apart: parts[1],
    };
  });
}

/** Says whether the hammer of a host is proven. */
export function provenWords({ proven, apart }: HostSummary): string {
  if (apart.rows === 0) return proven.rows === 0 ? 'no row that should hold' : 'hammer proven';
  const rows = `hammer not proven for ${counted(apart.rows, 'row')}`;
  return `${rows}: ${counted(apart.trials, 'trial')} without it count for nothing`;
}

/** Returns "2 cores, any CPU, Linux 6.1.0, Node v20.20.0, racehammer 0.1.0". */
export function hostWords({ facts }: FleetHost): string {
  const { cores, cpuModel, platform, kernel, node, version } = facts;
  return `${counted(cores, 'core')}, ${cpuModel}, ${platform} ${kernel}, Node ${node}, racehammer ${version}`;
}

/** Returns the lines about the hosts; none for the soak of one machine. */
export function fleetLines({ fleet, rows }: SoakDocument, screen: Screen): string[] {
  if (fleet === undefined) return [];
  const summaries = hostSummaries(fleet, rows);
  const columns = ['host', 'facts', 'trials', 'failures', 'hammer'].map((head) => ({
    head,
    align: head === 'trials' || head === 'failures' ? ('right' as const) : ('left' as const),
  }));
  const cells = summaries.map((one) => [
    one.host.name,
    hostWords(one.host),
    formatCount(one.trials),
    formatCount(one.failures),
    provenWords(one),
  ]);
  return ['', ...renderTable(columns, cells, screen), ...rateLines(fleet, rows), ...apartLines(summaries)];
}

function apartLines(summaries: readonly HostSummary[]): string[] {
  const apart = summaries.filter(({ apart: { rows } }) => rows > 0);
  if (apart.length === 0) return [];
  const names = apart.map(({ host }) => host.name).join(', ');
  return [
    `Hammer not proven: ${names}: what should fail for these rows did not fail there, so what held there adds nothing to a claim.`,
  ];
}

/** Says which rows fail at different rates on different hosts. */
function rateLines(fleet: FleetDocument, rows: readonly RowVerdict[]): string[] {
  const byRow = groups(fleet.rows, ({ row }) => row);
  const lines = rows.flatMap((row) => {
    const words = ratesWords(fleet.hosts, byRow.get(row.id) ?? []);
    return words === null ? [] : [`${row.race}, ${rowName(row, rows)}: ${words}`];
  });
  return lines.length === 0
    ? []
    : ['rates of failure by host, which are not pooled:', ...lines.map((one) => `  ${one}`)];
}

/** Compares the rates of a row on the hosts that have run it; null if fewer than two have, or nothing has failed. */
export function ratesWords(hosts: readonly FleetHost[], onHosts: readonly HostVerdict[]): string | null {
  const run = onHosts.filter(({ trials }) => trials > 0);
  if (run.length < 2 || run.every(({ failures }) => failures === 0)) return null;
  const countsOf = ({ trials, failures }: HostVerdict) => ({ trials: Math.max(trials, failures), failures });
  const rateOf = (one: HostVerdict): number => countsOf(one).failures / countsOf(one).trials;
  const sorted = run.toSorted((a, b) => rateOf(a) - rateOf(b));
  const [least, most] = [sorted[0], sorted.at(-1)!];
  const name = (one: HostVerdict): string => hosts.find(({ id }) => id === one.host)?.name ?? '?';
  const pairs = (run.length * (run.length - 1)) / 2;
  const { low } = compareRates(countsOf(least), countsOf(most), 1 - 0.05 / pairs);
  const span = `${formatProbability(rateOf(least))} per trial (${name(least)}) to ${formatProbability(rateOf(most))} (${name(most)})`;
  return `${span}, ${low > 1 ? 'which differ' : 'no difference shown'}`;
}
