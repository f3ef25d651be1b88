/**
 * Reads the records of one CPU into accesses, waits and the turns of a replay. Called by recordedTrace.ts and by those
 * that compare or show records.
 */

import { TAKEN } from '../machine/lines.js';
import { isTaken } from '../machine/migration.js';
import { TURN_DRAINS } from '../machine/lockstep.js';
import { OP, OP_MASK, SPIN, VISIBLE, isLocal } from '../machine/recorder.js';
import {
  TURN_ENDS_WAIT,
  TURN_GIVES_UP,
  TURN_TOLD,
  TURN_THROWN_OUT,
  deliversFlags,
  switchFlags,
} from '../machine/script.js';
import { RECORD_WORDS } from './evidence.js';
import type { Access } from './interleaving/trace.js';

/** An access for the search, with its place in the records and in a script. */
export interface RecordedAccess extends Access {
  /** Index of its record among its CPU's. */
  readonly record: number;
  /** Flags of its turn; undefined for a poll without a turn of its own: a wait takes only the turn in which it ends. */
  turn: number | undefined;
  /** Whether it began a wait: the poll did not find what it waits for. */
  readonly waits: boolean;
}

/** A wait that did not end: its first poll, and the CPU's last access before it left the trial. */
interface OpenEnd {
  readonly look: number;
  readonly last: number;
}

/** One CPU's accesses, and where among them the events are that a failure depends on; indexes of accesses. */
export interface RecordColumn {
  readonly accesses: RecordedAccess[];
  /** The wait that it gave up. */
  readonly givenUp: OpenEnd | undefined;
  /** The last access before it died or exited, -1 if there was none before; undefined if it did neither. */
  readonly died: number | undefined;
  /** The last access before it left the trial because that had failed; -1 if there was none before. */
  readonly leftBehind: number;
}

/** The word of the outcome, its value from the failure on, and whether the watchdog asked for it. */
export interface OutcomeWord {
  readonly address: number;
  readonly outcome: number;
  /** Whether it depends on time: no access of the CPU that gave it leads to it. */
  readonly isTold: boolean;
}

/** A wait that has begun: its word, and its first poll. */
interface OpenWait {
  readonly address: number;
  readonly look: number;
}

/** Whether the operation is a CPU's read of the outcome after which it leaves a failed trial. */
export function leavesTrial(op: number): boolean {
  return op === OP.GAVE_UP || op === OP.THROWN_OUT;
}

/**
 * Reads one CPU's records. What it did in its own store buffer counts as an access to `own`, a word that no other CPU touches: it has
 * its place in the order of the CPU alone, and its turn. `readyAt` says which task a word offers a place of, -1 for none.
 */
export function readColumn(
  records: readonly number[],
  failure: OutcomeWord,
  own: number,
  readyAt: (address: number) => number,
): RecordColumn {
  const reader = new ColumnReader(failure, own, readyAt);
  for (let at = 0; at < records.length; at += RECORD_WORDS)
    reader.read(at / RECORD_WORDS, records.slice(at, at + RECORD_WORDS), {
      before: records.slice(at - RECORD_WORDS, at),
      next: (records[at + RECORD_WORDS] ?? 0) & OP_MASK,
    });
  return reader.end();
}

/** The record before the one that is read, empty at the beginning, and the operation of the one after it. */
interface Beside {
  readonly before: readonly number[];
  readonly next: number;
}

class ColumnReader {
  readonly #failure: OutcomeWord;
  readonly #accesses: RecordedAccess[] = [];
  /** The open wait of the actor, then of each handler that interrupts it. */
  #waits: (OpenWait | undefined)[] = [undefined];
  /** Flags of the next turn. */
  #flags = 0;
  #givenUp: OpenEnd | undefined;
  #died: number | undefined;
  #leftBehind: number | undefined;

  readonly #own: number;
  readonly #readyAt: (address: number) => number;

  constructor(failure: OutcomeWord, own: number, readyAt: (address: number) => number) {
    this.#failure = failure;
    this.#own = own;
    this.#readyAt = readyAt;
  }

  read(record: number, [head, address, before, after]: readonly number[], beside: Beside): void {
    switch (head & OP_MASK) {
      case OP.IRQ_ENTER:
        this.#waits.push(undefined);
        if (after === TAKEN.AT_BOUNDARY) this.#flags = deliversFlags(address);
        break;
      case OP.IRQ_EXIT:
        this.#waits.pop();
        break;
      case OP.GAVE_UP:
        this.#leave(record, TURN_GIVES_UP, beside);
        break;
      case OP.THROWN_OUT:
        this.#leave(record, TURN_THROWN_OUT, beside);
        break;
      case OP.DIED:
        this.#died ??= this.#accesses.length - 1;
        this.#waits = [undefined];
        break;
      case OP.ACTOR_END:
        this.#waits = [undefined];
        break;
      case OP.WINDOW:
        break;
      case OP.LEFT_LOOP:
        this.#waits[this.#waits.length - 1] = undefined;
        break;
      case OP.FAILED:
        this.#fail(record, { address, before, after }, beside.next);
        break;
      default:
        if (isLocal(head)) this.#add({ address: this.#own, before: 0, after: 0 }, record, this.#flags);
        else if ((head & VISIBLE) !== 0)
          this.#accesses.push({ address, before, after, record, turn: TURN_DRAINS, waits: false });
        else this.#access(record, head, { address, before, after });
    }
  }

  end(): RecordColumn {
    const leftBehind = this.#leftBehind ?? this.#accesses.length - 1;
    // A record that was cut by reduce.ts can end inside a wait.
    this.#giveUpWait();
    return { accesses: this.#accesses, givenUp: this.#givenUp, died: this.#died, leftBehind };
  }

  #add(access: Access, record: number, turn: number | undefined, waits = false): void {
    this.#accesses.push({ ...access, record, turn, waits });
    if (turn !== undefined) this.#flags = 0;
  }

  /** Ends the column of a CPU that leaves a failed trial after reading its outcome. The CPU that set it leaves in the same turn. */
  #leave(record: number, turn: number, { before }: Beside): void {
    const { address, outcome } = this.#failure;
    this.#leftBehind ??= this.#accesses.length - 1;
    this.#giveUpWait();
    const gaveIt = (before[0] & OP_MASK) === OP.FAILED && before[2] !== before[3];
    if (!gaveIt) this.#add({ address, before: outcome, after: outcome }, record, turn);
  }

  /** The task leaves its CPU to another one, in its sleep: it had to look in vain before, and goes on with the wait elsewhere. */
  #leaveCpu(): void {
    const wait = this.#waits.at(-1);
    if (wait !== undefined) this.#accesses[wait.look].turn ??= 0;
    this.#waits[this.#waits.length - 1] = undefined;
  }

  #giveUpWait(): void {
    const wait = this.#waits.at(-1);
    if (wait !== undefined) {
      this.#givenUp = { look: wait.look, last: this.#accesses.length - 1 };
      this.#accesses[wait.look].turn ??= 0;
    }
    this.#waits = [undefined];
  }

  #fail(record: number, access: Access, next: number): void {
    const leaves = leavesTrial(next);
    // A failure that came too late has no turn of its own: the CPU leaves with the next record.
    if (leaves && access.before === access.after) return;
    const turn = !leaves ? this.#flags : this.#failure.isTold ? TURN_TOLD : TURN_GIVES_UP;
    this.#add(access, record, turn);
  }

  #access(record: number, head: number, access: Access): void {
    const wait = this.#waits.at(-1);
    if ((head & SPIN) === 0) {
      const next = isTaken(access.after) && !isTaken(access.before) ? this.#readyAt(access.address) : -1;
      if (next >= 0) this.#leaveCpu();
      this.#add(access, record, this.#flags | (next < 0 ? 0 : switchFlags(next)));
      return;
    }
    if (access.before === access.after && wait?.address !== access.address) {
      this.#waits[this.#waits.length - 1] = { address: access.address, look: this.#accesses.length };
      this.#add(access, record, undefined, true);
      return;
    }
    this.#waits[this.#waits.length - 1] = undefined;
    this.#add(access, record, this.#flags | (wait === undefined ? 0 : TURN_ENDS_WAIT));
  }
}
