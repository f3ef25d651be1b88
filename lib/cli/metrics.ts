/** Figures of a running soak for Prometheus, over HTTP. */

import { createServer, type Server } from 'node:http';
import type { SoakRow } from '../soak/row.js';
import type { SoakView } from '../soak/soak.js';
import { UsageError, quoted } from './usageError.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `9464`, `127.0.0.1:9464`, `[::1]:9464`; without a host the loopback. Port 0 takes a free one. Throws UsageError. */
export function parseAddress(text: string): Address {
  const [, host = '127.0.0.1', digits = ''] = /^(?:(\[[^\]]+\]|[^:\s]+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) {
    throw new UsageError(`--metrics ${quoted(text)}: must be a port or HOST:PORT such as 127.0.0.1:9464`);
  }
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

/** Serves /metrics. */
export class MetricsServer {
  readonly #server: Server;
  #text = (): string => '';

  constructor() {
    this.#server = createServer((request, response) => {
      if (request.method !== 'GET' || request.url !== '/metrics') {
        response.writeHead(404).end('there is only GET /metrics\n');
        return;
      }
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(this.#text());
    });
    // Nobody who scrapes keeps the soak from ending.
    this.#server.unref();
  }

  /** Throws UsageError if the address cannot be had. Returns the one that was. */
  async listen({ host, port }: Address): Promise<Address> {
    await new Promise<void>((done, failed) => {
      this.#server.once('error', failed).listen(port, host, done);
    }).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`--metrics ${host}:${port}: cannot be served: ${error.code ?? error.message}`);
    });
    const address = this.#server.address();
    return { host, port: typeof address === 'object' && address !== null ? address.port : port };
  }

  /** What is served from now on; nothing before the first call. */
  update(view: SoakView, rows: readonly SoakRow[]): void {
    this.#text = () => metricsText(view, rows);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** The text format of Prometheus, version 0.0.4. */
export function metricsText(view: SoakView, rows: readonly SoakRow[]): string {
  const labels = rows.map(
    ({ race, name, plan, expected }) =>
      `{race="${escaped(race.name)}",row="${escaped(name)}",variant="${escaped(plan.variant)}",cpus="${plan.cpus}",expected="${expected === null ? 'hold' : 'fail'}"}`,
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
    ...gauge('resident_bytes', 'Resident memory of the process.', Math.round(view.rssMb * 2 ** 20)),
    '',
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
