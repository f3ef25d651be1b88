/**
 * Goal: whoever connects to the metrics server takes no more of the soak's file descriptors than a few, and not for long.
 * Method: sockets that say nothing; the test waits until the server has closed those that it must close.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { MetricsServer, SoakMetrics } from '../../../lib/cli/soak/metrics.js';
import { CONNECTIONS_MAX } from '../../../lib/cli/textServer.js';

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
