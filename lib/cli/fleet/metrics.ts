/** Figures of a fleet by host and row, for Prometheus. Called by page.ts. */

import type { HostFigures } from '../../fleet/figures.js';
import type { HubView } from '../../fleet/hub.js';
import { FLEET_STATES } from '../../fleet/messages.js';
import { metricLabel } from '../textServer.js';

/** Returns the figures in the text format of Prometheus, version 0.0.4. */
export function fleetMetrics({
  elapsedMs,
  budgetMs,
  state,
  workers,
  slices,
  results,
  figures,
  rows,
  isBehind,
}: HubView): string {
  const all = figures.all();
  const labels = new Map(
    rows.map(({ id, row: { race, name, plan, expected } }) => [
      id,
      `race="${metricLabel(race.name)}",row="${metricLabel(name)}",variant="${metricLabel(plan.variant)}",cpus="${plan.cpus}",expected="${expected === null ? 'hold' : 'fail'}"`,
    ]),
  );
  const perHost = (name: string, help: string, pick: (one: HostFigures) => number): string[] => [
    `# HELP racehammer_fleet_${name} ${help}`,
    `# TYPE racehammer_fleet_${name} counter`,
    ...all.flatMap((one) => {
      const label = labels.get(one.row);
      return label === undefined
        ? []
        : [`racehammer_fleet_${name}{host="${metricLabel(one.host)}",${label}} ${pick(one)}`];
    }),
  ];
  const gauge = (name: string, help: string, value: number): string[] => [
    `# HELP racehammer_fleet_${name} ${help}`,
    `# TYPE racehammer_fleet_${name} gauge`,
    `racehammer_fleet_${name} ${value}`,
  ];
  return [
    ...perHost('trials_total', 'Trials of the campaign.', (one) => one.trials),
    ...perHost('failures_total', 'Trials that failed, expected or not.', (one) => one.failures),
    ...perHost(
      'near_misses_total',
      'Trials with the window open while another CPU was within reach.',
      (one) => one.nearMisses,
    ),
    ...perHost('hammered_seconds_total', 'Time that the row was hammered on the host.', (one) => one.seconds),
    ...gauge('elapsed_seconds', 'Time that the campaign has run.', elapsedMs / 1000),
    ...gauge('budget_seconds', 'Time that it is to run.', budgetMs / 1000),
    ...gauge('workers', 'Workers that have said something lately.', workers.length),
    ...gauge('hammering', 'Workers with a slice.', workers.filter(({ doing }) => doing === 'hammering').length),
    ...gauge('waiting_slices', 'Slices that wait for a worker.', slices.waiting),
    ...gauge('waiting_results', 'Results on their way to the store.', results.waiting + results.active),
    ...gauge(
      'undelivered',
      'Results that lie in the spools of workers.',
      workers.reduce((n, one) => n + one.undelivered, 0),
    ),
    ...gauge('unwritten', '1 while results wait because the store cannot be written.', isBehind ? 1 : 0),
    ...gauge(
      'state',
      `What the fleet does: ${FLEET_STATES.map((word, i) => `${i} ${word}`).join(', ')}.`,
      FLEET_STATES.indexOf(state),
    ),
    '',
  ].join('\n');
}
