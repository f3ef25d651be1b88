/** The Redis of the bench: a process on a free port, in a folder of its own. Used by fleet.ts, and by the tests of a fleet. */

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

/** Starts one that answers, with its data in a folder. */
export async function startRedis(folder: string): Promise<BenchRedis> {
  const port = await freePort();
  const child = await runRedis(port, folder, []);
  return { url: `redis://127.0.0.1:${port}`, end: () => void child.kill('SIGKILL') };
}

/** Runs one until it answers. Throws Error if it ends before. */
export async function runRedis(port: number, folder: string, options: readonly string[]): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'];
  const child = spawn(COMMAND, [...args, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes('Ready to accept connections')) break;
  }
  child.stdout.resume();
  if (!said.includes('Ready')) throw new Error(`${COMMAND} has ended: ${said}`);
  return child;
}

/** Returns a port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
