/**
 * Mailboxes with acknowledgements, by which threads post to each other. The IPIs of a machine use them
 * (lib/machine/ipi.ts, irq.ts).
 */

import { LINE_WORDS } from './layout.js';

/** Most parties that a set of mailboxes can have: two mask words a box. */
export const MAILBOX_PARTIES_MAX = 64;

/**
 * Mailboxes with acknowledgements: any party may post to any other; a receiver drains all its posts at once and
 * acknowledges each; a sender sees who has not yet acknowledged.
 *
 * A box is two cache lines: `pending` (senders that have posted, 2 words) and, on the next line, `unacked` (receivers
 * that have not acknowledged, 2 words). Masks hold 32 parties a word; word `w` has parties 32w .. 32w+31.
 * Every method that changes a word returns its value before, so that a caller can keep a record of it.
 */
export class Mailboxes {
  readonly #mem: Int32Array;
  readonly #at: number;

  /** Returns the number of words that mailboxes for `parties` take. */
  static words(parties: number): number {
    if (!Number.isInteger(parties) || parties < 1 || parties > MAILBOX_PARTIES_MAX) {
      throw new RangeError(`Mailboxes: ${parties} parties, 1 to ${MAILBOX_PARTIES_MAX} are possible`);
    }
    return parties * 2 * LINE_WORDS;
  }

  constructor(mem: Int32Array, at: number) {
    this.#mem = mem;
    this.#at = at;
  }

  /** Returns the word index of `receiver`'s pending mask for the senders of mask word `word`. */
  pendingAt(receiver: number, word: number): number {
    return this.#at + receiver * 2 * LINE_WORDS + word;
  }

  /** Returns the word index of `sender`'s mask of receivers that have not acknowledged. */
  unackedAt(sender: number, word: number): number {
    return this.#at + (sender * 2 + 1) * LINE_WORDS + word;
  }

  /** Says who must acknowledge, before the posts go out. Sender only. */
  expect(sender: number, word: number, mask: number): number {
    return Atomics.exchange(this.#mem, this.unackedAt(sender, word), mask);
  }

  /** Posts to one receiver. */
  post(sender: number, receiver: number): number {
    return Atomics.or(this.#mem, this.pendingAt(receiver, sender >>> 5), 1 << (sender & 31));
  }

  /** Whether anything waits in the box. */
  hasPending(receiver: number): boolean {
    return (
      Atomics.load(this.#mem, this.pendingAt(receiver, 0)) !== 0 ||
      Atomics.load(this.#mem, this.pendingAt(receiver, 1)) !== 0
    );
  }

  /** Takes all posts of one mask word out of the box. Receiver only. */
  drain(receiver: number, word: number): number {
    return Atomics.exchange(this.#mem, this.pendingAt(receiver, word), 0);
  }

  /** Acknowledges one post; the sender has all acknowledgements of a word when it reads 0. */
  ack(receiver: number, sender: number): number {
    return Atomics.and(this.#mem, this.unackedAt(sender, receiver >>> 5), ~(1 << (receiver & 31)));
  }

  unacked(sender: number, word: number): number {
    return Atomics.load(this.#mem, this.unackedAt(sender, word));
  }

  /** Empties the box and forgets what its owner waits for. Only while nobody posts. */
  clear(party: number): void {
    for (let word = 0; word < 2; word++) {
      this.#clearAt(this.pendingAt(party, word));
      this.#clearAt(this.unackedAt(party, word));
    }
  }

  /** Clears a word. One that is clear is looked at alone: a look costs less than a store. */
  #clearAt(at: number): void {
    if (Atomics.load(this.#mem, at) !== 0) Atomics.store(this.#mem, at, 0);
  }
}
