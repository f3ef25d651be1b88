/** Figures of a running soak for Prometheus, over HTTP. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { SoakRow } from '../../soak/row.js';
import type { SoakView } from '../../soak/soak.js';
import { UsageError, quoted } from '../../run/usageError.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Parses `9464`, `127.0.0.1:9464`, `[::1]:9464`; without a host the loopback. Port 0 takes a free one. Throws UsageError. */
export function parseAddress(text: string): Address {
  const [, host = '127.0.0.1', digits = ''] = /^(?:(\[[^\]]+\]|[^:\s]+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) {
    throw new UsageError(`--metrics ${quoted(text)}: must be a port or HOST:PORT such as 127.0.0.1:9464`);
  }
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

/** Connections at the same time; a scraper needs one. Each one more would take a file descriptor from the soak. */
export const CONNECTIONS_MAX = 16;
/** How long a request may take to arrive, and a connection may be idle. */
const PATIENCE_MS = 5000;

/** Serves /metrics. */
export class MetricsServer {
  readonly #server: Server;
  #text = (): string => '';

  constructor(patienceMs = PATIENCE_MS) {
    const times = { headersTimeout: patienceMs, requestTimeout: patienceMs, keepAliveTimeout: patienceMs };
    this.#server = createServer({ ...times, connectionsCheckingInterval: patienceMs / 5 }, (request, response) =>
      this.#answer(request, response),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.setTimeout(patienceMs);
    // Nobody who scrapes keeps the soak from ending.
    this.#server.unref();
  }

  /** Throws UsageError if the address cannot be had. Returns where the figures are. */
  async listen({ host, port }: Address): Promise<string> {
    await new Promise<void>((done, failed) => {
      // It stays: an error of the socket later on ends no soak.
      this.#server.on('error', failed).listen(port, host, done);
    }).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`--metrics ${host}:${port}: cannot be served: ${error.code ?? error.message}`);
    });
    const address = this.#server.address();
    const served = typeof address === 'object' && address !== null ? address.port : port;
    return `http://${host.includes(':') ? `[${host}]` : host}:${served}/metrics`;
  }

  /** What is served from now on; nothing before the first call. */
  update(view: SoakView, rows: readonly SoakRow[]): void {
    this.#text = () => metricsText(view, rows);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer({ method, url }: IncomingMessage, response: ServerResponse): void {
    try {
      if (method !== 'GET' || url !== '/metrics') {
        response.writeHead(404).end('there is only GET /metrics\n');
        return;
      }
      const text = this.#text();
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    } catch {
      // An error of one answer must not end the soak.
      response.destroy();
    }
  }
}

/** Returns the figures in the text format of Prometheus, version 0.0.4. */
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
    ...(view.rssMb === null
      ? []
      : gauge('resident_bytes', 'Resident memory of the process.', Math.round(view.rssMb * 2 ** 20))),
    '',
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
