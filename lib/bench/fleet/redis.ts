/** The Redis of the bench: a process on a free port, in a folder of its own. Used by fleet.ts. */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

const COMMAND = 'redis-server';

/** Whether the host has one. */
export function hasRedisServer(): boolean {
  return spawnSync(COMMAND, ['--version']).status === 0;
}

export interface BenchRedis {
  readonly url: string;
  end(): void;
}

/** Starts one that answers. */
export async function startRedis(folder: string): Promise<BenchRedis> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'];
  const child: ChildProcess = spawn(COMMAND, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  for await (const chunk of child.stdout!) {
    said += String(chunk);
    if (said.includes('Ready to accept connections')) break;
  }
  child.stdout!.resume();
  return { url: `redis://127.0.0.1:${port}`, end: () => void child.kill('SIGKILL') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
