/**
 * The two streams of the process: everything that a command prints goes through here. Text from files is escaped,
 * wherever it came from, and a stream that cannot be written is an event that the end of the process accounts for.
 */

import { writeSync } from 'node:fs';
import { styleText } from 'node:util';
import { guarded } from '../harness/host/guarded.js';
import { PAINTED, PAINT_ENDS, paintOf, type Paint, type Screen } from '../report/format/screen.js';
import { visible } from '../report/format/visible.js';
import { wrapped } from '../report/format/wrap.js';

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

/** When output is coloured: `auto` on a terminal, as NO_COLOR and FORCE_COLOR say. */
export type ColourWhen = 'auto' | 'always' | 'never';

/** What `--color` of the command says. */
const colours: { when: ColourWhen } = { when: 'auto' };

/** Sets when output is coloured. Called by each command before it prints. */
export function colourWhen(when: ColourWhen): void {
  colours.when = when;
}

type StreamName = 'stdout' | 'stderr';

/** Returns the colours of a stream. */
export function paintFor(name: StreamName): Paint {
  return paintOf(isColoured(name));
}

function isColoured(name: StreamName): boolean {
  if (colours.when !== 'auto') return colours.when === 'always';
  return styleText('bold', 'a', { stream: process[name] }) !== 'a';
}

/** Returns the width and the colours of stdout: the lines of a pipe have any length, unless COLUMNS says how long they may be. */
export function screen(): Screen {
  return { width: widthFor('stdout'), paint: paintFor('stdout') };
}

const COLUMNS_LEAST = 20;

function widthFor(name: StreamName): number {
  const stream = process[name];
  if (stream.isTTY) return Math.max(COLUMNS_LEAST, stream.columns || 80);
  const columns = name === 'stdout' ? Number(process.env['COLUMNS']) : NaN;
  return Number.isInteger(columns) && columns >= COLUMNS_LEAST ? columns : Infinity;
}

/** Prints lines for people to stdout, broken so that they fit; no lines print nothing. */
export function print(lines: string | readonly string[]): void {
  write('stdout', [lines].flat());
}

/** Prints to stdout what another program reads: it is neither broken nor coloured, and nothing else is there. */
export function printData(text: string): void {
  if (!lost.signal.aborted) process.stdout.write(`${visible(text)}\n`);
}

/** Prints a document to stdout, which must hold nothing else. */
export function printDocument(document: unknown): void {
  printData(JSON.stringify(document, null, 2));
}

/** Tells lines on stderr from any thread, while the main thread may be held up. */
export function tellAtOnce(lines: string | readonly string[]): void {
  try {
    writeSync(STDERR, `${visible([lines].flat().join('\n'))}\n`);
  } catch {
    // There is no other place to report it.
  }
}

/** Tells lines, if there are any, on stderr: what goes on, and what went wrong. */
export function tell(lines: string | readonly string[]): void {
  write('stderr', [lines].flat());
}

function write(name: StreamName, lines: readonly string[]): void {
  if (lines.length === 0 || (name === 'stdout' && lost.signal.aborted)) return;
  process[name].write(`${shown(lines.join('\n'), widthFor(name), isColoured(name))}\n`);
}

/** Returns text that is safe to look at, with no codes but those of a paint, in lines that fit. */
function shown(text: string, width: number, coloured: boolean): string {
  const safe = coloured ? paintedOnly(text) : visible(text);
  if (width === Infinity) return safe;
  return safe
    .split('\n')
    .flatMap((line) => wrapped(line, width))
    .join('\n');
}

/** Escapes all but the codes of a paint, which end with each line. */
function paintedOnly(text: string): string {
  return text.split('\n').map(paintedLine).join('\n');
}

function paintedLine(line: string): string {
  const codes = line.match(PAINTED) ?? [];
  const safe = line.split(PAINTED).map((part, i) => `${visible(part)}${codes[i] ?? ''}`);
  const last = codes.at(-1);
  return last === undefined || PAINT_ENDS.includes(last) ? safe.join('') : [...safe, ...PAINT_ENDS].join('');
}

/** Whether a person reads the stream: progress is a line that is rewritten then. */
export function isTerminal(stream: StreamName): boolean {
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
    return (this.#stream.columns || 80) - 1;
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
    const cut = lines.map((line) => cutTo(visible(line.replaceAll('\n', ' ')), this.width));
    this.#stream.write(`${this.#eraser()}${cut.join('\n')}`);
    this.#drawn = lines.length;
  }

  /** Lines that stay, in front of those that are rewritten. */
  keep(lines: readonly string[]): void {
    this.clear();
    if (lines.length > 0)
      this.#stream.write(`${shown(lines.join('\n'), this.isLive ? this.width + 1 : Infinity, false)}\n`);
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

function cutTo(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
