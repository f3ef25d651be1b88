/** Serves a few texts over HTTP: figures for Prometheus, the live page of a fleet. Called by soak/metrics.ts and fleet/page.ts. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { guarded } from '../harness/host/guarded.js';
import { UsageError, quoted } from '../run/usageError.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Parses `9464`, `127.0.0.1:9464`, `[::1]:9464`; without a host the loopback. Port 0 takes a free one. Throws UsageError. */
export function parseAddress(text: string, flag = '--metrics'): Address {
  const [, host = '127.0.0.1', digits = ''] = /^(?:(\[[^\]]+\]|[^:\s]+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) {
    throw new UsageError(`${flag} ${quoted(text)}: must be a port or HOST:PORT such as 127.0.0.1:9464`);
  }
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

/** The content type of figures for Prometheus. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What is served under one path. */
export interface ServedText {
  readonly type: string;
  readonly make: () => string;
}

/** Connections at the same time; a scraper needs one. Each one more would take a file descriptor from the soak. */
export const CONNECTIONS_MAX = 16;
/** How long a request may take to arrive, and a connection may be idle. */
export const PATIENCE_MS = 5000;

/** Serves texts by their paths. */
export class TextServer {
  readonly #server: Server;
  readonly #texts: Readonly<Record<string, ServedText>>;

  constructor(texts: Readonly<Record<string, ServedText>>, patienceMs = PATIENCE_MS) {
    this.#texts = texts;
    const times = { headersTimeout: patienceMs, requestTimeout: patienceMs, keepAliveTimeout: patienceMs };
    this.#server = createServer({ ...times, connectionsCheckingInterval: patienceMs / 5 }, (request, response) =>
      this.#answer(request, response),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.setTimeout(patienceMs);
    // Nobody who asks keeps the soak from ending.
    this.#server.unref();
  }

  /** Throws UsageError if the address cannot be had. Returns where the texts are, with a slash at the end. */
  async listen({ host, port }: Address, flag: string): Promise<string> {
    await new Promise<void>((done, failed) => {
      // It stays: an error of the socket later on ends no soak.
      this.#server.on('error', failed).listen(port, host, done);
    }).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`${flag} ${host}:${port}: cannot be served: ${error.code ?? error.message}`);
    });
    const address = this.#server.address();
    const served = typeof address === 'object' && address !== null ? address.port : port;
    return `http://${host.includes(':') ? `[${host}]` : host}:${served}/`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
    const fail = (): void => void response.destroy();
    // An error of one answer must not end the soak.
    guarded(() => {
      const text = Object.hasOwn(this.#texts, url) ? this.#texts[url] : undefined;
      if (method !== 'GET' || text === undefined) {
        response.writeHead(404).end(`there is only GET ${Object.keys(this.#texts).join(', ')}\n`);
        return;
      }
      const body = text.make();
      response.writeHead(200, { 'content-type': text.type }).end(body);
    }, fail)();
  }
}

/** Returns the value of a label as Prometheus reads it. */
export function metricLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
