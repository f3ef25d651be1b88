import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Where the programs run: what they leave behind is gone with the test. */
export const FOLDER = mkdtempSync(join(tmpdir(), 'racehammer-'));
process.on('exit', () => rmSync(FOLDER, { recursive: true, force: true }));

/** The environment of a build outside GitHub, whose output goes to a pipe: nothing is coloured, and lines have any length. */
export const PIPED: NodeJS.ProcessEnv = {
  ...process.env,
  GITHUB_ACTIONS: '',
  FORCE_COLOR: undefined,
  NO_COLOR: undefined,
  COLUMNS: undefined,
};

const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** The race of a fixture, as the path that the command line takes. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url));
}

/** How the program ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  /** The signal that ended it, if one did. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program while it runs. */
export class Racehammer {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<unknown[]>;

  /**
   * `changes`: of the environment, which otherwise is that of a build outside GitHub. `input`: what it finds on stdin. `cwd`: the
   * folder that it runs in, by default that of the tests.
   */
  constructor(args: readonly string[], changes: Readonly<Record<string, string>> = {}, input = '', cwd = FOLDER) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...PIPED, ...changes },
      cwd,
    });
    this.#closed = once(this.child, 'close');
    // It may end without having read its input.
    this.child.stdin.on('error', () => {}).end(input);
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  /** Settles when stderr holds the text; rejects if the program ends without having written it. */
  async saysOnStderr(text: string): Promise<void> {
    while (!this.stderr.includes(text)) {
      await Promise.race([once(this.child.stderr, 'data'), this.#closed]);
      if (this.child.exitCode !== null && !this.stderr.includes(text))
        throw new Error(`ended without "${text}": ${this.stderr}`);
    }
  }

  /** Settles when the process has ended by itself: no thread of it is left then. */
  async ended(): Promise<Ended> {
    const [code, signal] = (await this.#closed) as [number | null, string | null];
    return { code, signal, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Runs the program to its end. */
export async function racehammer(...args: readonly string[]): Promise<Ended> {
  return await new Racehammer(args).ended();
}

/** Runs the program to its end with a stdout of its own, opened as `how` says. */
export function racehammerInto(stdout: string, how: 'r' | 'w', ...args: readonly string[]): Omit<Ended, 'stdout'> {
  const fd = openSync(stdout, how);
  try {
    const { status, signal, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
      stdio: ['ignore', fd, 'pipe'],
      env: PIPED,
      cwd: FOLDER,
      encoding: 'utf8',
    });
    return { code: status, signal, stderr };
  } finally {
    closeSync(fd);
  }
}
