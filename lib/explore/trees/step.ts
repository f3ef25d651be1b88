/*
 * What a CPU may do next in a search of all states: its steps. Written by lib/explore/trees/actor.ts and the instructions, read by the
 * search.
 */

import { LINES_MAX } from '../../machine/layout.js';

/** Steps of a CPU. Those from LOCK on can wait, or are none of its instructions. */
export const STEP = Object.freeze({
  READ: 0,
  /** A store, and the release of a lock: with a store buffer they are visible later. */
  WRITE: 1,
  RELEASE: 2,
  CMPXCHG: 3,
  XCHG: 4,
  FETCH_OR: 5,
  FETCH_AND: 6,
  FETCH_ADD: 7,
  TRY_LOCK: 8,
  FENCE: 9,
  /** A boundary at which calls are taken though interrupts are off. */
  POLL: 10,
  /** A number below `a` is drawn; or with `b`, 0 for one of every `b`. */
  DRAW: 11,
  /** Whether the trial is one of every `a`: drawn once for all CPUs. */
  EVERY: 12,
  /** Whether the timer of line `address` has expired while its interrupt could not be taken. */
  EXPIRED: 13,
  /** The CPU is offered with the word `a`; it stands aside; it takes the CPU that is offered with `a`, and answers with `b`. */
  OFFER: 14,
  ASIDE: 15,
  TAKE: 16,
  /**
   * The place of a task that has no CPU is offered with the word `a`. Another one looks whether it is ready for its CPU, and gives
   * it that: takes the place that is offered with `a`, and answers with `b`. The task is thread `by`.
   */
  OFFER_PLACE: 17,
  LOOK_PLACE: 18,
  TAKE_PLACE: 19,
  /** A clock is set; its CPU looks whether it was, and resets it. */
  TICK: 20,
  HAS_TICKED: 21,
  LOCK: 22,
  /** Waits until the bits `a` are `b`, or are not. */
  AWAIT: 23,
  AWAIT_NOT: 24,
  /** Waits until a CPU is given for the place that is offered with `a`. */
  AWAIT_CPU: 25,
  /** Waits until the store buffer is empty. No interrupt comes in front of it. */
  DRAINED: 26,
  /**
   * Operation `a` of code that has memory of its own. One that stores nothing; one that stores; one that does so where it
   * returns `b`; one that does so unless it returns `b`.
   */
  OWN_READ: 27,
  OWN: 28,
  OWN_IF: 29,
  OWN_UNLESS: 30,
  /** The actor has ended: the CPU idles. */
  END: 31,
  /** It fails the trial, with signature `a`. */
  FAIL: 32,
  /** It has made so many accesses that the search goes no further. */
  CUT: 33,
} as const);

/** Operations of code that has memory of its own, by when they store. */
export const OWN_STEPS = {
  never: STEP.OWN_READ,
  always: STEP.OWN,
  with: STEP.OWN_IF,
  unless: STEP.OWN_UNLESS,
} as const;

/** What a wait is for, where it decides what a wait without an end is called. */
export const WAITS_FOR = Object.freeze({ NOTHING: 0, LOCK: 1, ACKS: 2, WORD: 3, CPU: 4 } as const);

const NAMES = new Map<number, string>(
  Object.entries(STEP).map(([name, step]) => [step, name.toLowerCase().replace('_', ' ')]),
);

/** Returns what a step is called in messages. */
export function stepName(step: number): string {
  return NAMES.get(step) ?? `step ${step}`;
}

/** Whether a step stores nothing. */
export function isReadOnly(step: number): boolean {
  return (
    step === STEP.READ ||
    step === STEP.OWN_READ ||
    step === STEP.LOOK_PLACE ||
    (step >= STEP.AWAIT && step <= STEP.AWAIT_CPU)
  );
}

/**
 * Whether a step has left its word as it was: a read, or an atomic operation that failed, as a machine takes them for a read of a loop
 * (lib/machine/readLoop.ts). `value` is what the step returned.
 */
export function leavesWord({ step, a, b }: Pick<ActorPlace, 'step' | 'a' | 'b'>, value: number): boolean {
  switch (step) {
    case STEP.CMPXCHG:
      return value !== a || a === b;
    case STEP.XCHG:
      return value === a;
    case STEP.FETCH_OR:
      return (value | a) === (value | 0);
    case STEP.FETCH_AND:
      return (value & a) === (value | 0);
    case STEP.FETCH_ADD:
      return a === 0;
    case STEP.TRY_LOCK:
      return value === 0;
    case STEP.OWN_IF:
      return (value | 0) !== b;
    case STEP.OWN_UNLESS:
      return (value | 0) === b;
    default:
      return isReadOnly(step);
  }
}

const NOT_ATOMIC: readonly number[] = [
  STEP.POLL,
  STEP.DRAW,
  STEP.EVERY,
  STEP.EXPIRED,
  STEP.HAS_TICKED,
  STEP.LOOK_PLACE,
];

/** Whether a step is atomic, so that a store buffer is empty before it. */
export function isAtomic(step: number): boolean {
  if (step === STEP.DRAINED) return true;
  return step >= STEP.CMPXCHG && step <= STEP.LOCK && !NOT_ATOMIC.includes(step);
}

/** Whether a step is an operation of code that has memory of its own. */
export function isOwn(step: number): boolean {
  return step >= STEP.OWN_READ && step <= STEP.OWN_UNLESS;
}

/** Whether what a step stores goes to the store buffer, where there is one. */
export function isBuffered(step: number): boolean {
  return step === STEP.WRITE || step === STEP.RELEASE;
}

/** Whether a step is an access of the word at its address. */
export function isAccess(step: number): boolean {
  return step <= STEP.TRY_LOCK || (step >= STEP.OFFER && step <= STEP.AWAIT_CPU) || isOwn(step);
}

/**
 * Values by which an actor goes on that has given its CPU to a task, in its sleep or behind its end: above all words. They hold the task,
 * its place, and the number of what was left there.
 */
const GIVEN = 2 ** 32;

/** Returns the value of giving the CPU to the task of a thread, which has offered `place`; `count` threads. */
export function givenTo(thread: number, place: number, left: number, count: number): number {
  return GIVEN + (left * count + place) * count + thread;
}

/** Returns what such a value says; null for any other one. */
export function givenBy(value: number, count: number): { thread: number; place: number; left: number } | null {
  if (value < GIVEN) return null;
  const rest = Math.floor((value - GIVEN) / count);
  return { thread: (value - GIVEN) % count, place: rest % count, left: Math.floor(rest / count) };
}

/** What is taken in front of a step: nothing; calls; or the interrupt of a line, and whether that is because a timer expires now. */
export const NOT_INTERRUPTED = 0;
export const BY_CALL = 1;
const BY_LINE = 2;

/** Returns how the interrupt of a line is taken. */
export function byLine(line: number, expires: boolean): number {
  return BY_LINE + line + (expires ? LINES_MAX : 0);
}

export function lineOf(by: number): number {
  return (by - BY_LINE) % LINES_MAX;
}

export function hasExpired(by: number): boolean {
  return by >= BY_LINE + LINES_MAX;
}

/** Interrupts of lines that a CPU takes in front of a step, if they are pending. */
export interface TakenLines {
  /** Their lines, in the order in which the CPU takes them. */
  readonly open: readonly number[];
  /** Those among them that it knows to be pending: it takes them before it goes on. A bit each, as below. */
  readonly own: number;
  /** Those whose timers may expire here, and those whose timers have done so as often as is looked at. */
  readonly expires: number;
  readonly spent: number;
}

/** How a task gives its CPU away: the number of what it leaves there, and the word that it answers an offer with. */
export interface GivesCpu {
  readonly left: number;
  readonly answer: number;
}

/** A place in the tree of an actor: the step that comes next, given what it has read so far. */
export interface ActorPlace {
  /** Number of the place among those of all actors. */
  readonly id: number;
  /** The actor, by the CPU that it starts on. */
  readonly actor: number;
  /** The CPU that it is on, and whether that takes calls here. */
  readonly cpu: number;
  readonly takesCalls: boolean;
  /** The interrupts of lines that it takes here; null for none. */
  readonly lines: TakenLines | null;
  readonly step: number;
  /** Word index, and operands. */
  readonly address: number;
  readonly a: number;
  readonly b: number;
  readonly waits: number;
  /** Bits of CONDITION_IS, and who may store the word, of a wait for one. */
  readonly how: number;
  readonly by: number;
  /** How it may give its CPU to any task that is ready, in its sleep or behind its end; null if it keeps it. */
  readonly gives: GivesCpu | null;
  /** The label of the step of the race, and the innermost function. */
  readonly label: number;
  readonly fn: number;
  /** Accesses in front of it. */
  readonly depth: number;
  /** Whether a handler runs. */
  readonly inside: boolean;
  /** Whether the task has exited, in front of an END, and the locks that it held. */
  readonly exited: boolean;
  readonly held: readonly number[];
  /** In front of a wait for answers: the CPUs that were offline when they were called, a bit each. */
  readonly lost: number;
  /** What a failure says. */
  readonly message: string;
  /** Stores of the actor in front of this place, the newest first: what its store buffer holds is the newest of them. */
  readonly stores: Stored | null;
  readonly parent: ActorPlace | null;
  /** The value by which the parent's step led here, or what was taken in front of it. */
  readonly value: number;
  readonly delivered: number;
  readonly children: Map<number, ActorPlace>;
  /** Places behind interrupts that are taken in front of the step, by what is taken. */
  readonly interrupts: Map<number, ActorPlace>;
  /** Slot of the word in a state; -1 before it has one. */
  slot: number;
}

/** A store of an actor. */
export interface Stored {
  readonly count: number;
  readonly address: number;
  readonly value: number;
  readonly isRelease: boolean;
  readonly older: Stored | null;
  slot: number;
}
