/**
 * The files that flags of a command name for what it finds out. One guard for all of them: no output takes the place of an
 * input, of another output, or of anything that is not what an earlier run of the same flag has left there; and whatever
 * becomes of a file, the result is out.
 */

import { accessSync, constants, fstatSync, lstatSync, openSync, closeSync, readSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { innermostFrame } from '../race/raceFault.js';
import { UNWRITTEN_EXIT } from './ending.js';
import { tell } from './output.js';
import { UsageError, quoted } from '../run/usageError.js';
import { requireRoomFor, writeWhole } from '../run/wholeFile.js';

/** How each kind of file begins, and what it is called. */
const KINDS = {
  junit: { begins: /^<\?xml/, name: 'a JUnit file' },
  html: { begins: /^<!doctype html>/i, name: 'an HTML page' },
  report: { begins: /^report of racehammer run /, name: 'a report of run' },
  svg: { begins: /^<svg/, name: 'a picture' },
  events: { begins: /^\{"schema":"racehammer\.event\//, name: 'a file of events' },
  trace: { begins: /^\{"traceEvents"|^\[/, name: 'a file of trace events' },
  markdown: { begins: /^# /, name: 'a page in Markdown' },
  bench: { begins: /^\{\s*"schema":\s*"racehammer\.bench\//, name: 'a document of bench' },
  tuning: { begins: /^\{\s*"schema":\s*"racehammer\.tuning\//, name: 'a file of settings' },
  evidence: { begins: /^racehammer-evidence /, name: 'evidence' },
} as const;
export type OutputKind = keyof typeof KINDS;

/** Bytes of a file that tell what it is. */
const HEAD_BYTES = 256;
/** What SQLite has beside a file while it is open. */
const SIDE_FILES = ['', '-wal', '-shm', '-journal'];
const STREAMS = [
  [1, 'stdout'],
  [2, 'stderr'],
] as const;

/** A file that a command reads, or a folder that it writes to. */
export interface Used {
  /** `the document`, `the code of the race`. */
  readonly what: string;
  /** `-` is standard input. */
  readonly path: string;
}

/** What a document may say beside its result. */
export interface Noted {
  /** What was asked for and could not be written, one line each; absent if there is none. */
  readonly unwritten?: readonly string[];
}

interface Output {
  readonly flag: string;
  readonly path: string;
  readonly kind: OutputKind;
}

/** The files that one command writes. */
export class OutputFiles {
  readonly #taken: { readonly keys: readonly string[]; readonly what: string }[] = [];
  readonly #outputs = new Map<string, Output>();
  readonly #unwritten: string[] = [];

  /** `used` is whatever else the command reads or writes. */
  constructor(used: readonly Used[]) {
    for (const { what, path } of used) {
      if (path === '-') continue;
      const keys = SIDE_FILES.flatMap((suffix) => keysOf(`${path}${suffix}`));
      this.#taken.push({ keys, what });
    }
    for (const [fd, what] of STREAMS) {
      const stat = fstatSync(fd, { bigint: true });
      if (stat.isFile()) this.#taken.push({ keys: [`${stat.dev}:${stat.ino}`], what });
    }
  }

  /**
   * Makes sure that the file can be written, before an hour of work ends with the news that it cannot. Does nothing for a flag
   * that was not given. Throws UsageError.
   */
  reserve(flag: string, path: string | undefined, kind: OutputKind): void {
    if (path === undefined) return;
    const output = { flag, path, kind };
    const keys = keysOf(path);
    const same = this.#taken.find((other) => other.keys.some((key) => keys.includes(key)));
    if (same !== undefined) throw refused(output, `is ${same.what}, and must be another file`);
    try {
      const target = targetOf(output);
      if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) accessSync(target, constants.W_OK);
      requireRoomFor(target);
    } catch (error) {
      throw refused(
        output,
        error instanceof Refusal ? error.message : `must be a file that can be written: ${wordsOf(error)}`,
      );
    }
    this.#taken.push({ keys, what: `the file of ${flag}` });
    this.#outputs.set(flag, output);
  }

  /**
   * Writes the file of a flag, if that was given. What cannot be made or written is a line on stderr, and nothing else is lost.
   * Returns whether it is written.
   */
  write(flag: string, make: () => string | Uint8Array): boolean {
    const output = this.#outputs.get(flag);
    if (output === undefined) return false;
    try {
      writeWhole(targetOf(output), make());
      return true;
    } catch (error) {
      this.giveUp(flag, `was not written: ${wordsOf(error)}`);
      return false;
    }
  }

  /** Says why the file of a flag, if that was given, is not written. */
  giveUp(flag: string, why: string): void {
    const output = this.#outputs.get(flag);
    if (output === undefined) return;
    const line = `${flag} ${quoted(output.path)}: ${why}`;
    this.#unwritten.push(line);
    tell(`racehammer: ${line}`);
  }

  /** The document of a command, with its exit code, and with what was asked for and not written if there is such. */
  noted<Document extends object>(document: Document): Document & Noted {
    if (this.#unwritten.length === 0) return document;
    const exitCode = 'exitCode' in document ? { exitCode: this.exitCode(Number(document.exitCode)) } : {};
    return { ...document, ...exitCode, unwritten: this.#unwritten };
  }

  /** The exit code of a command whose verdict has this one: what was asked for and is not there is not "as expected". */
  exitCode(verdict: number): number {
    return verdict === 0 && this.#unwritten.length > 0 ? UNWRITTEN_EXIT : verdict;
  }
}

/** What is wrong with a path, in words that follow it. */
class Refusal extends Error {}

/**
 * Returns where the file is written: a link is followed to the file that it stands for. Throws where there is something else than a
 * file of the kind.
 */
function targetOf({ path, kind }: Output): string {
  if (path === '' || path.endsWith('/')) throw new Refusal('must be the name of a file');
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined)
    return join(realpathSync(dirname(path)), basename(path));
  const target = realpathSync(path);
  const stat = lstatSync(target);
  if (!stat.isFile()) {
    throw new Refusal(`must be a regular file, and is a ${stat.isDirectory() ? 'folder' : 'device, pipe or socket'}`);
  }
  const head = headOf(target);
  const { begins, name } = KINDS[kind];
  if (head !== '' && !begins.test(head)) {
    throw new Refusal(`holds something else than ${name} (it begins ${quoted(head, 20)}), and is not overwritten`);
  }
  return target;
}

function headOf(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(fd, head)).toString('utf8');
  } finally {
    closeSync(fd);
  }
}

/** Returns what two names of one file have in common: where it lies, and its inode. */
function keysOf(path: string): string[] {
  try {
    const place = realpathSync(path);
    const { dev, ino } = lstatSync(place, { bigint: true });
    return [place, `${dev}:${ino}`];
  } catch {
    return folderKeys(path);
  }
}

function folderKeys(path: string): string[] {
  try {
    return [join(realpathSync(dirname(path)), basename(path))];
  } catch {
    return [];
  }
}

function refused({ flag, path }: Output, why: string): UsageError {
  return new UsageError(`${flag} ${quoted(path)}: ${why}`);
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What the system refuses needs no place in the program.
  return error instanceof Refusal || 'code' in error
    ? error.message
    : `${error.message}${innermostFrame(error.stack ?? '')}`;
}

/** Returns the module of a race, as a file that no output may take the place of. */
export function codeOf({ url }: { readonly url: string }): Used {
  return { what: 'the code of the race', path: fileURLToPath(url) };
}
