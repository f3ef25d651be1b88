/** Figures of a running soak for Prometheus, over HTTP. Called by soak.ts. */

import type { SoakRow } from '../../soak/row.js';
import type { SoakView } from '../../soak/soak.js';
import { Exposition, METRICS_TYPE, type MetricSample } from '../metrics/exposition.js';
import { addProcess } from '../metrics/processMetrics.js';
import { addRows, rowLabels } from '../metrics/rowMetrics.js';
import type { Look, StoreLooks } from '../page/storeLooks.js';
import { PATIENCE_MS, TextServer, type Address } from '../page/textServer.js';

/** The figures of one soak. */
export class SoakMetrics {
  #looks: StoreLooks | null = null;
  #view: SoakView | null = null;
  #rows: readonly SoakRow[] = [];

  /** Where verdicts, signatures and hangs are read from now on. */
  begin(looks: StoreLooks): void {
    this.#looks = looks;
  }

  /** What is counted from now on; nothing before the first call. */
  update(view: SoakView, rows: readonly SoakRow[]): void {
    this.#view = view;
    this.#rows = rows;
  }

  text(): string {
    return metricsText(this.#view, this.#rows, this.#looks?.look() ?? null);
  }
}

/** Serves /metrics alone. */
export class MetricsServer {
  readonly #server: TextServer;

  constructor(metrics: SoakMetrics, patienceMs = PATIENCE_MS) {
    const answer = () => ({ type: METRICS_TYPE, body: metrics.text() });
    this.#server = new TextServer({ '/metrics': { answer } }, { patienceMs });
  }

  /** Throws UsageError if the address cannot be had. Returns where the figures are. */
  async listen(address: Address): Promise<string> {
    return `${await this.#server.listen(address, '--metrics')}metrics`;
  }

  close(): void {
    this.#server.close();
  }
}

/** Returns the figures in the text format of Prometheus. `look`: what the store holds; null if it cannot be read yet. */
export function metricsText(view: SoakView | null, rows: readonly SoakRow[], look: Look | null): string {
  const exposition = new Exposition();
  if (view !== null) addCounts(exposition, view, rows);
  if (look !== null) addRows(exposition, look.history.soak);
  addProcess(
    exposition,
    rows.map(({ revision }) => revision).filter((revision) => revision !== null),
  );
  return exposition.text();
}

function addCounts(exposition: Exposition, view: SoakView, rows: readonly SoakRow[]): void {
  const labels = rows.map(({ race, name, plan: { variant, cpus }, expected }) =>
    rowLabels({ race: race.name, name, variant, cpus, expected }),
  );
  const perRow = (name: string, help: string, pick: (row: SoakView['rows'][number]) => number): void =>
    exposition.add(
      'counter',
      `racehammer_${name}`,
      help,
      view.rows.map((row, i): MetricSample => [labels[i], pick(row)]),
    );
  perRow('trials_total', 'Trials of the campaign.', (row) => row.trials);
  perRow('failures_total', 'Trials that failed, expected or not.', (row) => row.failures);
  perRow(
    'near_misses_total',
    'Trials with the window open while another CPU was within reach; a lower bound.',
    (row) => row.nearMisses,
  );
  perRow('harness_errors_total', 'Slices that ended in a harness error.', (row) => row.harnessErrors);
  perRow('hammered_seconds_total', 'Time that the row was hammered.', (row) => row.seconds);
  exposition.gauge('racehammer_soak_elapsed_seconds', 'Time that the soak has run.', view.elapsedMs / 1000);
  exposition.gauge('racehammer_soak_budget_seconds', 'Time that it is to run.', view.budgetMs / 1000);
  exposition.gauge(
    'racehammer_soak_unwritten',
    '1 while results wait in memory because they cannot be written.',
    view.isBehind ? 1 : 0,
  );
  if (view.rssMb !== null)
    exposition.gauge('racehammer_resident_bytes', 'Resident memory of the process.', Math.round(view.rssMb * 2 ** 20));
}
