/**
 * The file of one execution: what was counted, line by line, until the hub has it. Written by the process that runs the slice
 * (sliceChild.ts), read by spool.ts.
 */

import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Execution } from '../soak/fleetRecords.js';
import { isAlive, self, type Owner } from '../soak/owner.js';
import {
  MESSAGE_VERSION,
  MessageError,
  checked,
  type EvidenceMessage,
  type IntervalMessage,
  type ResultMessage,
} from './messages.js';

/** Where an execution belongs: the first line of its file. */
export interface SpoolHead {
  readonly campaign: string;
  readonly spool: string;
  readonly execution: Execution;
}

type Own = 'version' | 'kind' | 'evidence' | keyof SpoolHead;
/** `waits`: a failure that nobody expected goes out with its evidence, which is there when the slice has ended. */
export type IntervalLine = Omit<IntervalMessage, Own> & { readonly waits: boolean };
export type EvidenceLine = Omit<EvidenceMessage, Own>;

type Line = { head: SpoolHead } | { writer: Owner } | { interval: IntervalLine } | { evidence: EvidenceLine };

/** Appends one line, in one write. It begins with a line feed: a process that wrote before may have been killed in the middle of a line. */
export function appendLine(path: string, line: Line): void {
  appendFileSync(path, `\n${JSON.stringify(line)}\n`);
}

/** Says who writes the rest of the file. */
export function claimFile(path: string): void {
  appendLine(path, { writer: self() });
}

/** A message of the file. Its id is the same for every reader. */
export interface SpooledMessage {
  readonly id: string;
  readonly message: ResultMessage;
}

const CHUNK = 2 ** 22;

/** Reads a file while it is written. */
export class SpoolFile {
  readonly path: string;
  #offset = 0;
  #lines = 0;
  #head: SpoolHead | null = null;
  #writer: Owner | null = null;
  #isClosed = false;
  /** Whether the file says how the slice has ended, and the number of the next interval. */
  #hasEnd = false;
  #number = 0;
  #evidence: EvidenceLine[] = [];
  readonly #waiting: (readonly [id: string, line: IntervalLine])[] = [];

  constructor(path: string) {
    this.path = path;
  }

  /** Whether nobody writes to the file any more, and all of it is read. */
  get isRead(): boolean {
    return this.#isClosed;
  }

  /** Whether who has said that it writes the file still runs. */
  get hasWriter(): boolean {
    return this.#writer !== null && isAlive(this.#writer);
  }

  /**
   * Returns the rest, behind a read(), where nobody writes to the file any more. If it does not say how the slice has ended, that is written
   * first: it was lost with its process, or by `harnessError`. Otherwise nobody would know whether more of it may come.
   */
  close(harnessError: string | null): SpooledMessage[] {
    if (this.#head !== null && (harnessError !== null || !this.#hasEnd))
      appendLine(this.path, { interval: lastLine(this.#number, harnessError) });
    const found = this.read();
    this.#isClosed = true;
    return [...found, ...this.#waiting.splice(0).flatMap(([id, line]) => this.#interval(id, line))];
  }

  /** Returns what can be sent of the lines that are new. */
  read(): SpooledMessage[] {
    const found: SpooledMessage[] = [];
    for (let more = true; more;) {
      const text = this.#newText();
      const end = text.lastIndexOf(0x0a) + 1;
      this.#offset += end;
      more = end > 0;
      const lines =
        end === 0
          ? []
          : text
              .subarray(0, end - 1)
              .toString('utf8')
              .split('\n');
      for (const line of lines) found.push(...this.#messagesOf(line));
    }
    return found;
  }

  /** Returns what the file has that was not read, a chunk of it. */
  #newText(): Buffer {
    const file = openSync(this.path, 'r');
    try {
      const bytes = Buffer.alloc(Math.min(CHUNK, Math.max(0, fstatSync(file).size - this.#offset)));
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, this.#offset));
    } finally {
      closeSync(file);
    }
  }

  /** Returns the message of a line; none for a line that was damaged. */
  #messagesOf(text: string): SpooledMessage[] {
    const line = lineOf(text);
    if (line === null) return [];
    if ('head' in line) this.#head = line.head;
    if ('writer' in line) this.#writer = line.writer;
    if (this.#head === null) return [];
    const id = `${this.#head.execution.uuid}.${this.#lines++}`;
    if ('evidence' in line) {
      this.#evidence.push({ ...line.evidence, file: null, report: '' });
      return this.#checked(id, { ...line.evidence, kind: 'evidence' });
    }
    if (!('interval' in line)) return [];
    this.#number = Math.max(this.#number, line.interval.number + 1);
    this.#hasEnd ||= line.interval.end !== null;
    if (!line.interval.waits) return this.#interval(id, line.interval);
    this.#waiting.push([id, line.interval]);
    return [];
  }

  #interval(id: string, { waits, ...line }: IntervalLine): SpooledMessage[] {
    const isNamed = (signature: string): boolean =>
      line.end !== null || (waits && line.outcomes.some((outcome) => outcome.signature === signature));
    const evidence = this.#evidence
      .filter(({ signature }) => isNamed(signature))
      .map(({ signature, sha256 }) => ({ signature, sha256 }));
    return this.#checked(id, { ...line, kind: 'interval', evidence });
  }

  #checked(id: string, line: object): SpooledMessage[] {
    try {
      return [{ id, message: checked('result', { version: MESSAGE_VERSION, ...this.#head, ...line }) }];
    } catch (error) {
      if (error instanceof MessageError) return [];
      throw error;
    }
  }
}

/** Makes the interval that says how a slice has ended whose process could not say it. */
function lastLine(number: number, harnessError: string | null): IntervalLine {
  const counts = { seconds: 0, trials: 0, failures: 0, nearMisses: 0, outcomes: [] };
  const watched = { hostStalls: 0, hostStallMs: 0, workersReplaced: 0, processorTime: null };
  const end = { end: harnessError === null ? ('lost' as const) : ('whole' as const), harnessError, ...watched };
  return { ...counts, number, lengthMs: 0, rssMb: null, waits: false, end };
}

function lineOf(text: string): Line | null {
  try {
    const line = JSON.parse(text) as Line | null;
    return typeof line === 'object' ? line : null;
  } catch {
    return null;
  }
}
