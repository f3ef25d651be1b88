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
  /** A clock is set; its CPU looks whether it was, and resets it. */
  TICK: 16,
  HAS_TICKED: 17,
  LOCK: 18,
  /** Waits until the bits `a` are `b`, or are not. */
  AWAIT: 19,
  AWAIT_NOT: 20,
  /** Waits until the store buffer is empty. No interrupt comes in front of it. */
  DRAINED: 21,
  /** The actor has ended: the CPU idles. */
  END: 22,
  /** It fails the trial, with signature `a`. */
  FAIL: 23,
  /** It has made so many accesses that the search goes no further. */
  CUT: 24,
} as const);

/** What a wait is for, where it decides what a wait without an end is called. */
export const WAITS_FOR = Object.freeze({ NOTHING: 0, LOCK: 1, ACKS: 2, WORD: 3 } as const);

const NAMES = new Map<number, string>(
  Object.entries(STEP).map(([name, step]) => [step, name.toLowerCase().replace('_', ' ')]),
);

/** Returns what a step is called in messages. */
export function stepName(step: number): string {
  return NAMES.get(step) ?? `step ${step}`;
}

/** Whether a step stores nothing. */
export function isReadOnly(step: number): boolean {
  return step === STEP.READ || step === STEP.AWAIT || step === STEP.AWAIT_NOT;
}

const NOT_ATOMIC: readonly number[] = [STEP.POLL, STEP.DRAW, STEP.EVERY, STEP.HAS_TICKED];

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
  return step <= STEP.TRY_LOCK || (step >= STEP.OFFER && step <= STEP.AWAIT_NOT);
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
