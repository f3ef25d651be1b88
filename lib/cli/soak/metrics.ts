/** Figures of a running soak for Prometheus, over HTTP. */

import type { SoakRow } from '../../soak/row.js';
import type { SoakView } from '../../soak/soak.js';
import { METRICS_TYPE, PATIENCE_MS, TextServer, metricLabel, type Address } from '../textServer.js';

/** Serves /metrics. */
export class MetricsServer {
  readonly #server: TextServer;
  #text = (): string => '';

  constructor(patienceMs = PATIENCE_MS) {
    this.#server = new TextServer({ '/metrics': { type: METRICS_TYPE, make: () => this.#text() } }, patienceMs);
  }

  /** Throws UsageError if the address cannot be had. Returns where the figures are. */
  async listen(address: Address): Promise<string> {
    return `${await this.#server.listen(address, '--metrics')}metrics`;
  }

  /** What is served from now on; nothing before the first call. */
  update(view: SoakView, rows: readonly SoakRow[]): void {
    this.#text = () => metricsText(view, rows);
  }

  close(): void {
    this.#server.close();
  }
}

/** Returns the figures in the text format of Prometheus, version 0.0.4. */
export function metricsText(view: SoakView, rows: readonly SoakRow[]): string {
  const labels = rows.map(
    ({ race, name, plan, expected }) =>
      `{race="${metricLabel(race.name)}",row="${metricLabel(name)}",variant="${metricLabel(plan.variant)}",cpus="${plan.cpus}",expected="${expected === null ? 'hold' : 'fail'}"}`,
  );
  const perRow = (name: string, help: string, pick: (row: SoakView['rows'][number]) => number): string[] => [
    `# HELP racehammer_${name} ${help}`,
    `# TYPE racehammer_${name} counter`,
    ...view.rows.map((row, i) => `racehammer_${name}${labels[i]} ${pick(row)}`),
  ];
  const gauge = (name: string, help: string, value: number): string[] => [
    `# HELP racehammer_${name} ${help}`,
    `# TYPE racehammer_${name} gauge`,
    `racehammer_${name} ${value}`,
  ];
  return [
    ...perRow('trials_total', 'Trials of the campaign.', (row) => row.trials),
    ...perRow('failures_total', 'Trials that failed, expected or not.', (row) => row.failures),
    ...perRow(
      'near_misses_total',
      'Trials with the window open while another CPU was within reach; a lower bound.',
      (row) => row.nearMisses,
    ),
    ...perRow('harness_errors_total', 'Slices that ended in a harness error.', (row) => row.harnessErrors),
    ...perRow('hammered_seconds_total', 'Time that the row was hammered.', (row) => row.seconds),
    ...gauge('soak_elapsed_seconds', 'Time that the soak has run.', view.elapsedMs / 1000),
    ...gauge('soak_budget_seconds', 'Time that it is to run.', view.budgetMs / 1000),
    ...gauge('soak_unwritten', '1 while results wait in memory because they cannot be written.', view.isBehind ? 1 : 0),
    ...(view.rssMb === null
      ? []
      : gauge('resident_bytes', 'Resident memory of the process.', Math.round(view.rssMb * 2 ** 20))),
    '',
  ].join('\n');
}
