/**
 * The two streams of the process: everything that a command prints goes through here. Text from files is escaped,
 * wherever it came from, and a stream that cannot be written is an event that the end of the process accounts for.
 */

import { writeSync } from 'node:fs';
import { guarded } from '../harness/host/guarded.js';
import { visible } from '../report/format/visible.js';

const STDERR = 2;

const lost = new AbortController();

/** Aborted when stdout cannot be written any more; the reason is the error. Nobody will read what a command finds out then. */
export const stdoutLost: AbortSignal = lost.signal;

/** Watches for streams that cannot be written. Called once, before anything is printed. */
export function watchOutput(): void {
  const lose = (error: NodeJS.ErrnoException): void => {
    if (lost.signal.aborted) return;
    lost.abort(error);
    // A reader that has seen enough (`| head`) is no fault.
    if (error.code !== 'EPIPE') tell(`racehammer: stdout cannot be written: ${error.message}`);
  };
  process.stdout.on(
    'error',
    guarded(lose, () => {}),
  );
  // There is no other place to report it.
  process.stderr.on('error', () => {});
}

/** Prints lines to stdout; no lines print nothing. */
export function print(lines: string | readonly string[]): void {
  if (!lost.signal.aborted) process.stdout.write(textOf(lines));
}

/** Prints a document to stdout, which must hold nothing else. */
export function printDocument(document: unknown): void {
  print(JSON.stringify(document, null, 2));
}

/** Tells lines on stderr from any thread, while the main thread may be held up. */
export function tellAtOnce(lines: string | readonly string[]): void {
  try {
    writeSync(STDERR, textOf(lines));
  } catch {
    // There is no other place to report it.
  }
}

/** Tells lines, if there are any, on stderr: what goes on, and what went wrong. */
export function tell(lines: string | readonly string[]): void {
  process.stderr.write(textOf(lines));
}

function textOf(lines: string | readonly string[]): string {
  if (typeof lines === 'string') return `${visible(lines)}\n`;
  return lines.length === 0 ? '' : `${visible(lines.join('\n'))}\n`;
}

/** Whether a person reads the stream: tables have boxes then, and progress is a line that is rewritten. */
export function isTerminal(stream: 'stdout' | 'stderr'): boolean {
  return process[stream].isTTY;
}

/** Settles when all that was printed has been written, or cannot be. */
export async function printed(): Promise<void> {
  await new Promise<void>((done) => process.stdout.write('', () => done()));
}

/** Where lines go that are rewritten; process.stderr is one. */
export interface LiveStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Lines on stderr that tell how far a command has come: rewritten on a terminal, elsewhere each stays. */
export class LiveLines {
  readonly isLive: boolean;
  readonly #stream: LiveStream;
  #drawn = 0;

  constructor(stream: LiveStream = process.stderr) {
    this.#stream = stream;
    this.isLive = stream.isTTY === true;
  }

  /** What fits into a line without a line break, which could not be rewritten. */
  get width(): number {
    return (this.#stream.columns ?? 80) - 1;
  }

  /** Lines of the terminal. */
  get height(): number {
    return this.#stream.rows ?? 30;
  }

  /** Puts these lines in the place of those shown before. */
  show(lines: readonly string[]): void {
    if (!this.isLive) {
      this.keep(lines);
      return;
    }
    const cut = lines.map((line) => visible(line.replaceAll('\n', ' ')).slice(0, this.width));
    this.#stream.write(`${this.#eraser()}${cut.join('\n')}`);
    this.#drawn = lines.length;
  }

  /** Lines that stay, in front of those that are rewritten. */
  keep(lines: readonly string[]): void {
    this.clear();
    this.#stream.write(textOf(lines));
  }

  /** Leaves the terminal's lines empty for what comes next. */
  clear(): void {
    if (this.#drawn > 0) this.#stream.write(this.#eraser());
    this.#drawn = 0;
  }

  /** The cursor stands behind the last line that was drawn. */
  #eraser(): string {
    return this.#drawn <= 1 ? '\r\u001b[K' : `\r\u001b[${this.#drawn - 1}A\u001b[J`;
  }
}
