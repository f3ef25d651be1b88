/** Figures of a fleet by host and row, for Prometheus. Called by page.ts. */

import type { HostFigures } from '../../fleet/figures.js';
import type { HubView } from '../../fleet/hub.js';
import { FLEET_STATES } from '../../fleet/messages.js';
import { Exposition, type MetricSample } from '../metrics/exposition.js';
import { addProcess } from '../metrics/processMetrics.js';
import { addRows, rowLabels } from '../metrics/rowMetrics.js';
import type { Look } from '../page/storeLooks.js';

/** Returns the figures in the text format of Prometheus, version 0.0.4. `look`: what the store holds; null if it cannot be read. */
export function fleetMetrics(view: HubView, look: Look | null): string {
  const exposition = new Exposition();
  addHosts(exposition, view);
  addHub(exposition, view);
  if (look !== null) addRows(exposition, look.history.soak);
  addProcess(
    exposition,
    view.rows.map(({ row }) => row.revision).filter((revision) => revision !== null),
  );
  return exposition.text();
}

function addHosts(exposition: Exposition, { figures, rows }: HubView): void {
  const all = figures.all();
  const labels = new Map(
    rows.map(({ id, row: { race, name, plan, expected } }) => {
      const { variant, cpus } = plan;
      return [id, rowLabels({ race: race.name, name, variant, cpus, expected })] as const;
    }),
  );
  const perHost = (name: string, help: string, pick: (one: HostFigures) => number): void =>
    exposition.add(
      'counter',
      `racehammer_fleet_${name}`,
      help,
      all.flatMap((one): MetricSample[] => {
        const label = labels.get(one.row);
        return label === undefined ? [] : [[{ host: one.host, ...label }, pick(one)]];
      }),
    );
  perHost('trials_total', 'Trials of the campaign.', (one) => one.trials);
  perHost('failures_total', 'Trials that failed, expected or not.', (one) => one.failures);
  perHost(
    'near_misses_total',
    'Trials with the window open while another CPU was within reach.',
    (one) => one.nearMisses,
  );
  perHost('hammered_seconds_total', 'Time that the row was hammered on the host.', (one) => one.seconds);
}

function addHub(exposition: Exposition, view: HubView): void {
  const { elapsedMs, budgetMs, workers, slices, results, isBehind, state } = view;
  const gauge = (name: string, help: string, value: number): void =>
    exposition.gauge(`racehammer_fleet_${name}`, help, value);
  gauge('elapsed_seconds', 'Time that the campaign has run.', elapsedMs / 1000);
  gauge('budget_seconds', 'Time that it is to run.', budgetMs / 1000);
  gauge('workers', 'Workers that have said something lately.', workers.length);
  gauge('hammering', 'Workers with a slice.', workers.filter(({ doing }) => doing === 'hammering').length);
  gauge('waiting_slices', 'Slices that wait for a worker.', slices.waiting);
  gauge('abandoned_slices', 'Slices whose worker is gone, until their lease is over.', slices.abandoned);
  gauge('waiting_results', 'Results on their way to the store.', results.waiting + results.active);
  gauge(
    'undelivered',
    'Results that lie in the spools of workers.',
    workers.reduce((n, one) => n + one.undelivered, 0),
  );
  gauge('unwritten', '1 while results wait because the store cannot be written.', isBehind ? 1 : 0);
  gauge(
    'state',
    `What the fleet does: ${FLEET_STATES.map((word, i) => `${i} ${word}`).join(', ')}.`,
    FLEET_STATES.indexOf(state),
  );
}
