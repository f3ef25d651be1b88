/**
 * The words in which a machine keeps what it has learnt of its locks. Written by the CPUs (lib/kernel/lockdep.ts,
 * lockClass.ts), read on the host by lib/kernel/lockdepEvents.ts.
 */

import { LINE, WORD, lines, struct, words } from '../sharedarraybuffer-utils/index.js';

/**
 * Classes are numbered so that a set of them fits one word: 1 to 30 are lock classes, in the order in which they were met.
 */
export const CLASSES_MAX = 30;
/** The number of a lock that has no class: the hypervisor's. */
export const NO_CLASS = 0;
/**
 * The pseudo-lock `irq`: a CPU holds its own while it cannot take interrupts, and a CPU that waits for acknowledgements
 * waits for the others' to be free.
 */
export const IRQ_CLASS = 31;
/**
 * The class of all readers of RCU. Its number has no bit in a set of classes, so that no order is noted with it: the kernel acquires its
 * `rcu_lock_map` unchecked, since readers wait for nobody, and who waits for readers may hold no lock that one of them waits for.
 */
export const RCU_CLASS = 32;

/** Uses of a class, in the order of the words that keep them. */
export const USAGE = Object.freeze({
  /** Acquired in a hard interrupt, or held with them on. */
  inHardirq: 0,
  hardirqOn: 1,
  /** Acquired in a softirq, or held with hard interrupts and softirqs on. Only where a race has softirqs. */
  inSoftirq: 2,
  softirqOn: 3,
  /** Acquired in an NMI, or outside of one. Only where a race has NMIs. */
  inNmi: 4,
  used: 5,
} as const);
export const USAGES = 6;

/** Events that a machine can keep; each brings something new, so a run has a few dozen. */
export const EVENTS_MAX = 192;
/** Held locks and frames that an event keeps. */
export const EVENT_HELD_MAX = 8;
export const EVENT_FRAMES_MAX = 12;

/** A lock that was held in an event. */
export const EVENT_HELD = struct({ offset: WORD, class: WORD, step: WORD, state: WORD });

/** An acquisition, an IPI wait, or interrupts that were enabled, in which something was seen for the first time. */
export const LOCK_EVENT = struct({
  /** Set last: the event is complete. */
  ready: LINE,
  /** Class that is acquired: IRQ_CLASS for an IPI wait, NO_CLASS where interrupts are enabled. */
  class: WORD,
  /** Classes after which that one was acquired for the first time: a bit each. */
  after: WORD,
  /** Classes that were seen in such a use for the first time, by USAGE. */
  usage: words(USAGES),
  cpu: WORD,
  task: WORD,
  /** Its interrupts, as a lock that is held keeps them (irqMask.ts). */
  state: WORD,
  trial: WORD,
  trialHigh: WORD,
  step: WORD,
  heldCount: WORD,
  depth: WORD,
  held: words(EVENT_HELD_MAX * EVENT_HELD.WORDS),
  /** The frames of the CPU's call stack, innermost first: function and step. */
  frames: words(EVENT_FRAMES_MAX * 2),
});

/**
 * What a machine has learnt about the order of its locks. Every word but the events is a set that only grows, changed
 * by an atomic OR; a CPU reads it by a plain load, so it may take as new what another CPU has just added, and finds
 * that out by the OR.
 */
export const LOCKDEP = struct({
  /** For each class, the classes after which it was acquired. */
  before: lines(32),
  /** Classes that were held with interrupts and softirqs on. */
  on: LINE,
  /** Classes that were seen in a use, by USAGE. */
  usage: words(USAGES),
  /** For each class, what it stands for (lockClass.ts), or 0. */
  keys: lines(32),
  events: LINE,
  /** 1 once something new found no place. */
  full: LINE,
  log: lines(EVENTS_MAX * LOCK_EVENT.WORDS),
});
