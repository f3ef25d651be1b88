/** Figures of the rows of a store for Prometheus: verdicts, bounds, signatures, hangs. Called by the figures of soaks and fleets. */

import { groups } from '../../report/soak/groups.js';
import type { HangRecord, RowVerdict, SoakDocument } from '../../report/soak/document.js';
import { expectedOfRow, hasRun } from '../../report/soak/verdict.js';
import { unexpectedOutcomes } from '../../statistics/verdict.js';
import type { Exposition, MetricLabels, MetricSample } from './exposition.js';

const VERDICTS = ['REPRODUCED', 'HELD', 'VIOLATED', 'NOT_REPRODUCED', 'INCONCLUSIVE', 'HARNESS_ERROR'] as const;
const NOT_RUN = 'NOT_RUN';

/** Returns the labels by which a row is known. */
export function rowLabels(row: {
  readonly race: string;
  readonly name: string;
  readonly variant: string;
  readonly cpus: number;
  readonly expected: string | null;
}): MetricLabels {
  const { race, name, variant, cpus, expected } = row;
  return { race, row: name, variant, cpus: String(cpus), expected: expected === null ? 'hold' : 'fail' };
}

/** Adds what the store says about its rows. What other code has counted under the same conditions is left out. */
export function addRows(exposition: Exposition, { rows: all, hangs }: Pick<SoakDocument, 'rows' | 'hangs'>): void {
  const rows = [...groups(all, ({ key }) => key).values()].map((alike) => alike.at(-1)!);
  exposition.add(
    'gauge',
    'racehammer_rows',
    'Rows of the campaign by verdict.',
    [...VERDICTS, NOT_RUN].map((verdict): MetricSample => {
      return [{ verdict }, rows.filter((row) => wordOf(row) === verdict).length];
    }),
  );
  const perRow = (
    name: string,
    help: string,
    pick: (row: RowVerdict) => readonly MetricSample[],
    kind: 'counter' | 'gauge',
  ): void =>
    exposition.add(
      kind,
      `racehammer_${name}`,
      help,
      rows.flatMap((row) =>
        pick(row).map(([labels, value]): MetricSample => [{ ...rowLabels(row), ...labels }, value]),
      ),
    );
  const hangsOf = groups(hangs, ({ row }) => row);
  perRow(
    'row_verdict',
    'The verdict on the row is the label; always 1.',
    (row) => [[{ verdict: wordOf(row) }, 1]],
    'gauge',
  );
  perRow(
    'row_failures_bound',
    'Failures per trial are fewer, with 99.9 % confidence, since there was none.',
    boundOf,
    'gauge',
  );
  perRow(
    'row_proved_elapsed_seconds',
    'When the expected failure was last counted, in time of the soak.',
    provedOf,
    'gauge',
  );
  perRow('outcomes_total', 'Failures by signature.', outcomesOf, 'counter');
  perRow('unexpected_failures_total', 'Failures that the row must not have.', unexpectedOf, 'counter');
  perRow('hangs_total', 'Trials that hung.', (row) => [[{}, hungOf(hangsOf.get(row.id) ?? [])]], 'counter');
  perRow('host_stalls_total', 'Times in which the row got no CPU time.', (row) => [[{}, row.hostStalls]], 'counter');
}

function wordOf(row: RowVerdict): string {
  return hasRun(row) ? row.verdict : NOT_RUN;
}

function boundOf({ bound999 }: RowVerdict): MetricSample[] {
  return bound999 === null ? [] : [[{}, bound999]];
}

function provedOf({ provedAtMs }: RowVerdict): MetricSample[] {
  return provedAtMs === null ? [] : [[{}, provedAtMs / 1000]];
}

function outcomesOf({ outcomes }: RowVerdict): MetricSample[] {
  return outcomes.map(({ signature, count, declared }) => [{ signature, declared: declared ? 'yes' : 'no' }, count]);
}

function unexpectedOf(row: RowVerdict): MetricSample[] {
  const unexpected = unexpectedOutcomes(expectedOfRow(row), row);
  return [[{}, unexpected.reduce((n, { count }) => n + count, 0)]];
}

function hungOf(hangs: readonly HangRecord[]): number {
  return hangs.reduce((n, { count }) => n + count, 0);
}
