/**
 * Goal: whoever connects to the metrics server takes no more of the soak's file descriptors than a few, and not for long.
 * Method: sockets that say nothing; the test waits until the server has closed those that it must close.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { MetricsServer, SoakMetrics } from '../../../lib/cli/soak/metrics.js';
import { SoakServed } from '../../../lib/cli/soak/served.js';
import { CONNECTIONS_MAX } from '../../../lib/cli/page/textServer.js';
import { UsageError } from '../../../lib/run/usageError.js';

async function serve(t: ExecutionContext, patienceMs?: number): Promise<URL> {
  const server = new MetricsServer(new SoakMetrics(), patienceMs);
  t.teardown(() => server.close());
  return new URL(await server.listen({ host: '127.0.0.1', port: 0 }));
}

function idle(t: ExecutionContext, { hostname, port }: URL): Socket {
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}).resume();
  t.teardown(() => socket.destroy());
  return socket;
}

test('more connections than a few are closed, and those that go make room', async (t) => {
  const url = await serve(t, 3_600_000);
  const sockets = Array.from({ length: CONNECTIONS_MAX + 50 }, () => idle(t, url));
  // Which of them the server accepts first is the kernel's choice.
  let closed = 0;
  await new Promise<void>((all) => {
    for (const socket of sockets) socket.once('close', () => ++closed === 50 && all());
  });
  const [kept, ...others] = sockets.filter((socket) => !socket.destroyed);
  t.is(others.length, CONNECTIONS_MAX - 1);
  const gone = once(kept, 'close');
  kept.destroy();
  await gone;
  // The server may hear of it later than this end.
  let response: Response | undefined;
  while (response === undefined) response = await fetch(url).catch(() => undefined);
  t.is(response.status, 200);
});

test('a connection on which nothing is asked is closed', async (t) => {
  const url = await serve(t, 50);
  await once(idle(t, url), 'close');
  t.pass();
});

test('page and figures share a server where they have one address', async (t) => {
  const listen = async (flags: { page: string | undefined; metrics: string | undefined }): Promise<string[]> => {
    const served = new SoakServed();
    t.teardown(async () => served.close());
    return served.listen(flags);
  };
  const [port] = /\d+/.exec((await listen({ page: undefined, metrics: '0' }))[0].split(':').at(-1)!)!;
  t.deepEqual(await listen({ page: undefined, metrics: undefined }), []);
  const both = await listen({ page: '0', metrics: '0' });
  t.is(both.length, 2, 'port 0 takes a free one each time');
  t.regex(both[0], /^page: http:\/\/127\.0\.0\.1:\d+\/; metrics: http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const error = await t.throwsAsync(listen({ page: port, metrics: undefined }));
  t.is(error?.message, `--page 127.0.0.1:${port}: cannot be served: EADDRINUSE`);
  await t.throwsAsync(listen({ page: 'x:y', metrics: undefined }), {
    message: /^--page "x:y": must be a port or HOST:PORT/,
  });
  t.is(await addressesOn(t, Number(port) + 1), 1);
});

/** How many lines both on one free address make. */
async function addressesOn(t: ExecutionContext, from: number): Promise<number> {
  for (let port = from; ; port++) {
    const served = new SoakServed();
    t.teardown(async () => served.close());
    try {
      return (await served.listen({ page: String(port), metrics: `127.0.0.1:${port}` })).length;
    } catch (error) {
      // Somebody else has it.
      if (!(error instanceof UsageError)) throw error;
    }
  }
}
