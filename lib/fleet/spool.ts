/**
 * The folder of a worker in which lies what the hub has not confirmed: intervals and evidence, a file for each execution. What is there
 * outlives the worker, its hub and Redis. Used by worker.ts and sender.ts.
 */

import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Execution } from '../soak/fleetRecords.js';
import { isAlive, self, type Owner } from '../soak/owner.js';
import { UsageError, quoted } from '../run/usageError.js';
import type { ResultMessage } from './messages.js';
import { SpoolFile, appendLine, type SpooledMessage } from './spoolFile.js';

const ENDING = '.jsonl';
/** Most messages that wait in memory; the others wait in their files. */
const PENDING_MAX = 5000;

interface Pending {
  readonly message: ResultMessage;
  readonly file: SpoolFile;
  /** When it was sent last; -Infinity if never. */
  sentMs: number;
}

/** A folder that belongs to this process. */
export class Spool {
  readonly folder: string;
  /** By this the hub says what has arrived. It stays with the folder. */
  readonly id: string;
  readonly #keep: boolean;
  readonly #files = new Set<SpoolFile>();
  /** Files whose writer this process has started. */
  readonly #open = new Map<string, SpoolFile>();
  /** Files whose slice has ended, though its process goes on with another one; with the harness error that the process could not write. */
  readonly #ended = new Map<string, string | null>();
  readonly #pending = new Map<string, Pending>();

  /** `keep`: files stay, under another name, when all of them has arrived. Throws UsageError if the folder cannot be used. */
  constructor(folder: string, keep: boolean) {
    this.folder = folder;
    this.#keep = keep;
    try {
      mkdirSync(folder, { recursive: true });
      requireFree(folder);
      writeFileSync(join(folder, 'owner.json'), JSON.stringify(self()));
      this.id = idOf(folder);
      for (const name of readdirSync(folder)) {
        if (name.endsWith(ENDING)) this.#files.add(new SpoolFile(join(folder, name)));
      }
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const { code = String(error) } = error as NodeJS.ErrnoException;
      throw new UsageError(`--spool ${quoted(folder)}: cannot be used: ${code}`);
    }
  }

  /** Messages that have not arrived, as far as they were read. */
  get undelivered(): number {
    return this.#pending.size;
  }

  /** Whether all that was counted has arrived. */
  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  /** Makes the file of an execution; returns its path, for the process that writes the rest. */
  begin(campaign: string, execution: Execution): string {
    const path = join(this.folder, `${execution.uuid}${ENDING}`);
    appendLine(path, { head: { campaign, spool: this.id, execution } });
    const file = new SpoolFile(path);
    this.#files.add(file);
    this.#open.set(path, file);
    return path;
  }

  /** Says that nobody writes a file any more. `harnessError`: what ended the process of the slice, which could not say it itself. */
  end(path: string, harnessError: string | null = null): void {
    this.#open.delete(path);
    this.#ended.set(path, harnessError);
  }

  /** Returns messages that were not sent since `beforeMs`, the oldest first, and notes that they are sent now. */
  take(most: number, beforeMs: number, nowMs: number): { readonly id: string; readonly message: ResultMessage }[] {
    this.#read();
    const due = [...this.#pending].filter(([, { sentMs }]) => sentMs < beforeMs).slice(0, most);
    for (const [, pending] of due) pending.sentMs = nowMs;
    return due.map(([id, { message }]) => ({ id, message }));
  }

  /** Removes what has arrived, and files of which nothing is left. */
  arrived(ids: readonly string[]): void {
    for (const id of ids) this.#pending.delete(id);
    const inUse = new Set([...this.#pending.values()].map(({ file }) => file));
    for (const file of this.#files) {
      if (!file.isRead || inUse.has(file)) continue;
      this.#files.delete(file);
      if (this.#keep) renameSync(file.path, file.path.replace(/\.jsonl$/, '.delivered'));
      else rmSync(file.path, { force: true });
    }
  }

  /** Gives the folder up. */
  close(): void {
    rmSync(join(this.folder, 'owner.json'), { force: true });
  }

  #read(): void {
    for (const file of this.#files) {
      if (file.isRead || this.#pending.size >= PENDING_MAX) continue;
      // Of a process that an earlier worker has started only the file tells whether it still runs.
      const isOver = !this.#open.has(file.path);
      this.#note(file, file.read());
      if (this.#ended.has(file.path) || (isOver && !file.hasWriter)) {
        this.#note(file, file.close(this.#ended.get(file.path) ?? null));
        this.#ended.delete(file.path);
      }
    }
  }

  #note(file: SpoolFile, messages: readonly SpooledMessage[]): void {
    for (const { id, message } of messages) this.#pending.set(id, { message, file, sentMs: -Infinity });
  }
}

function requireFree(folder: string): void {
  const owner = ownerOf(folder);
  if (owner === null || owner.pid === process.pid || !isAlive(owner)) return;
  throw new UsageError(
    `--spool ${quoted(folder)}: process ${owner.pid} on ${owner.host} uses it: each worker needs its own`,
  );
}

function ownerOf(folder: string): Owner | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8')) as Owner;
  } catch {
    return null;
  }
}

/** Returns the id that the folder has, or gets. */
function idOf(folder: string): string {
  const path = join(folder, 'id');
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    const id = randomUUID();
    writeFileSync(path, `${id}\n`);
    return id;
  }
}
