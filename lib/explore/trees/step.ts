/*
 * What a CPU may do next in a search of all states: its steps. Written by lib/explore/trees/actor.ts and the instructions, read by the
 * search.
 */

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
  /** The CPU is offered with the word `a`; it stands aside; it takes the CPU that is offered with `a`, and answers with `b`. */
  OFFER: 13,
  ASIDE: 14,
  TAKE: 15,
  /**
   * The place of a task that has no CPU is offered with the word `a`. Another one looks whether it is ready for its CPU, and gives
   * it that: takes the place that is offered with `a`, and answers with `b`. The task is thread `by`.
   */
  OFFER_PLACE: 16,
  LOOK_PLACE: 17,
  TAKE_PLACE: 18,
  /** A clock is set; its CPU looks whether it was, and resets it. */
  TICK: 19,
  HAS_TICKED: 20,
  LOCK: 21,
  /** Waits until the bits `a` are `b`, or are not. */
  AWAIT: 22,
  AWAIT_NOT: 23,
  /** Waits until a CPU is given for the place that is offered with `a`. */
  AWAIT_CPU: 24,
  /** Waits until the store buffer is empty. No interrupt comes in front of it. */
  DRAINED: 25,
  /** The actor has ended: the CPU idles. */
  END: 26,
  /** It fails the trial, with signature `a`. */
  FAIL: 27,
  /** It has made so many accesses that the search goes no further. */
  CUT: 28,
} as const);

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
  return step === STEP.READ || step === STEP.LOOK_PLACE || (step >= STEP.AWAIT && step <= STEP.AWAIT_CPU);
}

const NOT_ATOMIC: readonly number[] = [STEP.POLL, STEP.DRAW, STEP.EVERY, STEP.HAS_TICKED, STEP.LOOK_PLACE];

/** Whether a step is atomic, so that a store buffer is empty before it. */
export function isAtomic(step: number): boolean {
  if (step === STEP.DRAINED) return true;
  return step >= STEP.CMPXCHG && step <= STEP.LOCK && !NOT_ATOMIC.includes(step);
}

/** Whether what a step stores goes to the store buffer, where there is one. */
export function isBuffered(step: number): boolean {
  return step === STEP.WRITE || step === STEP.RELEASE;
}

/** Whether a step is an access of the word at its address. */
export function isAccess(step: number): boolean {
  return step <= STEP.TRY_LOCK || (step >= STEP.OFFER && step <= STEP.AWAIT_CPU);
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
  /** The value by which the parent's step led here, or an interrupt that was taken in front of it. */
  readonly value: number;
  readonly delivered: boolean;
  readonly children: Map<number, ActorPlace>;
  interrupted: ActorPlace | null;
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
