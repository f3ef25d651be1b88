/** Serves texts and streams over HTTP: figures for Prometheus, the live page. Called by soak/metrics.ts and livePage.ts. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { guarded } from '../../harness/host/guarded.js';
import { UsageError, quoted } from '../../run/usageError.js';

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

/** What is sent. */
export interface Answer {
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is served under one path: an answer, null where there is none for the query; or a stream, which the server leaves open. */
export type Served =
  | { readonly answer: (query: URLSearchParams) => Answer | null | Promise<Answer | null> }
  | { readonly stream: (query: URLSearchParams, request: IncomingMessage, response: ServerResponse) => void };

/** Connections at the same time; a scraper needs one. Each one more would take a file descriptor from the soak. */
export const CONNECTIONS_MAX = 16;
/** How long a request may take to arrive, and a connection may be idle. */
export const PATIENCE_MS = 5000;

export interface ServerLimits {
  readonly patienceMs?: number;
  readonly connections?: number;
}

const METHODS = ['GET', 'HEAD'];
const ALWAYS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;
const PLAIN = 'text/plain; charset=utf-8';

/** Serves texts and streams by their paths. */
export class TextServer {
  readonly #server: Server;
  readonly #served: Readonly<Record<string, Served>>;
  #isLocal = true;

  constructor(served: Readonly<Record<string, Served>>, { patienceMs = PATIENCE_MS, connections }: ServerLimits = {}) {
    this.#served = served;
    const times = { headersTimeout: patienceMs, requestTimeout: patienceMs, keepAliveTimeout: patienceMs };
    this.#server = createServer({ ...times, connectionsCheckingInterval: patienceMs / 5 }, (request, response) =>
      this.#take(request, response),
    );
    this.#server.maxConnections = connections ?? CONNECTIONS_MAX;
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
    this.#isLocal = isLoopback(host);
    const address = this.#server.address();
    const served = typeof address === 'object' && address !== null ? address.port : port;
    return `http://${host.includes(':') ? `[${host}]` : host}:${served}/`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    // An error of one answer must not end the soak.
    const fail = (): void => void response.destroy();
    guarded(() => void this.#reply(request, response).catch(fail), fail)();
  }

  async #reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    // A page from elsewhere could reach a local server under a name of its own.
    if (this.#isLocal && !isLoopback(hostOf(headers.host))) {
      send(request, response, 403, { type: PLAIN, body: 'this is served on the loopback alone\n' });
      return;
    }
    const [path, query = ''] = url.split(/\?(.*)/s);
    const served = Object.hasOwn(this.#served, path) ? this.#served[path] : undefined;
    if (!METHODS.includes(method) || served === undefined) {
      send(request, response, 404, {
        type: PLAIN,
        body: `there is only GET ${Object.keys(this.#served).join(', ')}\n`,
      });
      return;
    }
    if ('stream' in served) {
      if (method === 'HEAD') response.writeHead(200, { ...ALWAYS, 'content-type': 'text/event-stream' }).end();
      else served.stream(new URLSearchParams(query), request, response);
      return;
    }
    const answer = await served.answer(new URLSearchParams(query));
    send(request, response, answer === null ? 404 : 200, answer ?? { type: PLAIN, body: 'there is no such thing\n' });
  }
}

function send({ method }: IncomingMessage, response: ServerResponse, status: number, answer: Answer): void {
  const { type, body, headers } = answer;
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...ALWAYS, 'content-type': type, 'content-length': length, ...headers });
  response.end(method === 'HEAD' ? undefined : body);
}

/** Returns the name in a Host header, without its port; the loopback's without a header, which no browser leaves out. */
function hostOf(header = '127.0.0.1'): string {
  return header.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^(?:127(?:\.\d{1,3}){3}|localhost)$/i.test(host);
}
