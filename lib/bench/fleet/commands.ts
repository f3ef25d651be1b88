/** The commands of a fleet as processes of the bench. Used by fleet.ts. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { guarded } from '../../harness/host/guarded.js';
import { startChild } from '../children.js';
import { MAIN } from '../command.js';

/** A command that runs. */
export class FleetCommand {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<unknown>;

  constructor(redis: string, cwd: string, args: readonly string[]) {
    this.child = startChild([MAIN, 'fleet', ...args], { cwd, env: { ...process.env, RACEHAMMER_REDIS: redis } });
    this.#closed = once(this.child, 'close');
    const ignore = (): void => {};
    const onOut = guarded((text: string) => (this.stdout += text), ignore);
    const onErr = guarded((text: string) => (this.stderr += text), ignore);
    this.child.stdout.setEncoding('utf8').on('data', onOut);
    this.child.stderr.setEncoding('utf8').on('data', onErr);
  }

  /** Returns the first match in what it has said on stderr. Throws Error if it ends without one. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stderr);
      if (found !== null) return found;
      if (this.child.exitCode !== null) throw new Error(`fleet ended without ${pattern}: ${this.stderr}`);
      await Promise.race([once(this.child.stderr, 'data'), this.#closed]);
    }
  }

  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    this.child.kill(signal);
    await this.#closed;
  }

  async ended(): Promise<string> {
    await this.#closed;
    return this.stdout;
  }

  /** Returns the CPU time that it has had, in seconds. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
}
