/** A Redis of a test's own, where one is installed: on a free port, in a folder that goes with it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { freePort, hasRedisServer, runRedis } from '../../lib/bench/fleet/redis.js';

/** Whether there is one; otherwise says in the test's log that it was left out. */
export function hasRedis(t: ExecutionContext): boolean {
  if (hasRedisServer()) return true;
  t.log(`left out: redis-server is not installed (apt-get install redis-server)`);
  t.pass();
  return false;
}

/** A server that can be killed and started again with what it has on its disk. */
export class RedisServer {
  readonly port: number;
  readonly folder: string;
  readonly #options: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: string, options: readonly string[]) {
    this.port = port;
    this.folder = folder;
    this.#options = options;
  }

  /** Starts one; it ends with the test. */
  static async start(t: ExecutionContext, ...options: readonly string[]): Promise<RedisServer> {
    const server = await RedisServer.make(...options);
    t.teardown(() => server.remove());
    return server;
  }

  static async make(...options: readonly string[]): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'racehammer-redis-'));
    const server = new RedisServer(await freePort(), folder, options);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** Runs it until it answers. */
  async run(): Promise<void> {
    this.#child = await runRedis(this.port, this.folder, this.#options);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
