/** The operations that records stand for. Read through recorder.ts, and by readLoop.ts, which knows of no CPU. */

/**
 * What a record stands for. One record is four words: opcode | flags << 5 | step << 16, address, value before, value
 * after. The order of one CPU's records and the values it saw are all there is: no time, no global counter.
 */
export const OP = Object.freeze({
  READ: 1,
  WRITE: 2,
  CMPXCHG: 3,
  XCHG: 4,
  FETCH_OR: 5,
  FETCH_AND: 6,
  FETCH_ADD: 7,
  ACQUIRE: 8,
  RELEASE: 9,
  PLAIN_READ: 10,
  PLAIN_WRITE: 11,
  /** A failure: the outcome before and after. Equal if the trial had failed already. */
  FAILED: 12,
  /** A full fence. It accesses no word. */
  FENCE: 13,
  /** Markers: they access no memory of the race. */
  IRQ_ENTER: 16,
  IRQ_EXIT: 17,
  GAVE_UP: 18,
  DIED: 19,
  ACTOR_END: 20,
  WINDOW: 21,
  THROWN_OUT: 22,
  /** A loop of reads has ended by itself: how often it iterated is not recorded. */
  LEFT_LOOP: 23,
} as const);
