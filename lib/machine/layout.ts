/**
 * The layout of a machine's shared memory: what each block holds, who writes it, and the limits of a machine. Read by
 * both sides, the threads of CPUs and the host; offsets.ts passes parts of it to the compiled instructions.
 */

import { GATE, LINE, WORD, lines, struct, words } from '../sharedarraybuffer-utils/index.js';

/** Most CPUs that a machine can have: a lock word and the mailbox masks hold no more. */
export const CPUS_MAX = 64;
/** Locks that one CPU can hold at once. Pinning holds up to a whole multicall batch of them. */
export const HELD_MAX = 40;
/** Depth of the shadow call stack. */
export const STACK_MAX = 24;
/** Windows that a race can name. */
export const WINDOWS_MAX = 8;
/** Failure signatures that a machine tells apart (signatures.ts): an outcome has six bits for them (outcomeWord.ts). */
export const SIGNATURES_MAX = 64;
/** Stores that a store buffer holds. A power of two. */
export const STORE_BUFFER_ENTRIES = 8;
/** Words that instances and mailboxes may take, so that per-CPU areas, whose words can be locks as well, come soon behind them. */
export const LOCK_SPACE_WORDS = 65_536;
/** Wait records hold 18 bits of word index, so whatever CPUs can wait for must lie below. A power of two. */
export const WAIT_OBJECTS = 1 << 18;

/** From here on records name what is no word of the machine: the bytes of a race's own memory (lib/race/ownMemory.ts). */
export const OWN_WORDS = 2 ** 28;

/** Interrupt lines that a race can declare: a bit each in half a word. */
export const LINES_MAX = 16;

/** One lock that a CPU holds: where, the lock word it found, the step and the state of its interrupts (irqMask.ts) when it took it. */
export const HELD = struct({ lock: WORD, word: WORD, step: WORD, irqOff: WORD });
/** Classes of the first n locks that a CPU holds: a bit for each, and the class of the n-th (heldClasses.ts). */
export const HELD_CLASSES = struct({ mask: WORD, last: WORD });
/** Words that a loop of reads may read beside its first (readLoop.ts). */
export const LOOP_OTHERS = 7;
/** What a CPU waits for that waits for a word (condition.ts). Written before the wait is published. */
export const CONDITION = struct({
  /** CONDITION_IS: how the others are meant. */
  flags: WORD,
  /** The wait is over when the bits of `mask` are `value`. */
  mask: WORD,
  value: WORD,
  /** The CPUs that may store the word: a bit each. */
  by: words(2),
  /** Of a loop of reads: how many other words it reads, which, and what they are while it lasts; and how often it has iterated. */
  others: WORD,
  addresses: words(LOOP_OTHERS),
  values: words(LOOP_OTHERS),
  /** Which of them are locks that the loop tries to take: a bit each. */
  tries: WORD,
  iterations: WORD,
});
/** One frame of the shadow call stack: the function, and the step its caller was at. */
export const FRAME = struct({ fn: WORD, callerStep: WORD });
/** A store that is not visible yet: its word, its value, and whether it is a WRITE or the RELEASE of a lock (storeBuffer.ts). */
export const STORED = struct({ address: WORD, value: WORD, op: WORD, spare: WORD });

/**
 * A posted call. `instance` and `tag` say which trial it belongs to: the receiver may be idle after the trial before, or work on another
 * instance. `lost` has the CPUs, of the first 32, that were offline and will not answer. These three are the harness's, so no record shows
 * them.
 */
export const CSD = struct({ handler: WORD, info: WORD, wait: WORD, instance: WORD, tag: WORD, lost: WORD });
/**
 * What a CPU shows of itself. `irr`, `lines`, `sleepers` and `offer` are written by others. Everything else is written by the CPU alone,
 * so that any thread can read it while the CPU hangs.
 */
export const CPU = struct({
  /** Interrupt requests: bit 0 the mailbox holds posts, bit 31 the machine runs in lockstep. */
  irr: LINE,
  /** Interrupt lines that are raised, with the trial that they belong to (lines.ts). */
  lines: WORD,
  /** The CPUs that sleep, or are about to, until a word is stored: a bit each. The CPU looks here behind every store (wordBell.ts). */
  sleepers: words(2),
  /** The offer of the task that began here: it stands at a place that is no CPU, and waits for one (runQueue.ts). */
  offer: WORD,
  /** The wait record: sequence, IRQs off, kind, object (wait.ts). Read by every CPU that looks for a cycle. */
  wait: LINE,
  /** The call that this CPU has posted, a CSD. Read by the receivers. */
  csd: lines(CSD.WORDS),
  /** 0 when interrupts can be taken; otherwise the reasons they cannot (irq.ts). */
  irqOff: LINE,
  preemptCount: WORD,
  /** The step the CPU is at: index into the race's step labels. */
  step: WORD,
  trial: WORD,
  /** Word index of the instance the trial works on. */
  instance: WORD,
  /** RUNNING, IDLE (waiting for the next trial), DEAD (oopsed in this trial) or EXITED (its task ended in this trial). */
  activity: WORD,
  /** How many locks its task held when it exited: the first ones of the list. Handlers may take others behind that. */
  exitedWith: WORD,
  depth: WORD,
  held: WORD,
  /** Set at boot for the instructions: byte address of the ring or 0, its index mask, this CPU's id in a lock word. */
  ring: WORD,
  ringMask: WORD,
  lockId: WORD,
  /** Byte address of LOCKDEP or 0, and the words of an instance, for the instructions as well. */
  lockdep: WORD,
  lockWords: WORD,
  /** A number drawn for the trial, for what the modelled hardware leaves to chance. */
  chance: WORD,
  /** Delays of this trial, one for each window, in spins; negative until it is drawn (windows.ts). */
  delays: words(WINDOWS_MAX),
  /** The thread that runs the CPU, by the CPU it started as, plus 1; 0 while it is handed back; marked when it has left (migration.ts). */
  runner: WORD,
  /** When the CPU published its newest wait, by the clock of a run that measures (proofTime.ts). */
  blockedAt: WORD,
  /** For a wait for a word: which value ends it, and who may store it. */
  condition: words(CONDITION.WORDS),
  /** In which handlers of interrupt lines the CPU is, and how often softirqs are disabled (irqMask.ts). */
  context: WORD,
  /** Lines of no higher priority wait. */
  level: WORD,
  /** Lines that the CPU itself masks, and those that its timers have raised: a bit each. */
  masked: WORD,
  fired: WORD,
  /** Lines whose timers run, and what the next interval of a random one is drawn from (timers.ts). */
  armed: WORD,
  stormChance: WORD,
  locks: lines(HELD_MAX * HELD.WORDS),
  /** What classes those locks are of (heldClasses.ts). */
  classes: lines((HELD_MAX + 1) * HELD_CLASSES.WORDS),
  frames: lines(STACK_MAX * FRAME.WORDS),
  /** How many stores are in the store buffer, which entry is the oldest, and the stores (storeBuffer.ts). */
  buffered: LINE,
  oldest: WORD,
  /** What decides when they become visible: a state that draws are made of, and below what a draw of 16 bits lets one out. */
  drainDraw: WORD,
  drainBelow: WORD,
  stores: lines(STORE_BUFFER_ENTRIES * STORED.WORDS),
  /** Of each line's timer: instruction boundaries that are left, and from one interrupt to the next (timers.ts). */
  timers: lines(2 * LINES_MAX),
  /** Of each line that is a tasklet: where it is scheduled and runs (tasklet.ts). Those of CPU 0 are the machine's. */
  tasklets: lines(LINES_MAX),
});

/** The failure that ended the newest abandoned trial, filled by the CPU that met it. A cycle can have every CPU in it. */
export const FAILURE_DETAIL_WORDS = 2 + CPUS_MAX;
/** Index among them: 1 if a deadlock was proved of all CPUs together (standstill.ts), and not along a cycle of locks and answers. */
export const OF_ALL = 1 + CPUS_MAX;
export const MESSAGE_WORDS = 64;
export const STACK_TEXT_WORDS = 256;
export const FAILURE = struct({
  cpu: WORD,
  signature: WORD,
  trial: WORD,
  trialHigh: WORD,
  instance: WORD,
  /** 1 if the machine itself says so, and not the code of the race (claim.ts). */
  claimed: WORD,
  /** Details as the signature defines them (faulting address, error code, the cycle of a deadlock, ...). */
  detail: words(FAILURE_DETAIL_WORDS),
  message: words(MESSAGE_WORDS),
  /** Where the failing thread was in its JavaScript, for a failure by which the machine says that the race's code is wrong. */
  stack: words(STACK_TEXT_WORDS),
});

/**
 * What the watchdog asks for: the outcome that it wants set, as an outcome word that names who is to set it, or 0; and the
 * details of it. Written by the host alone, the request last (nmi.ts).
 */
export const WATCH = struct({ request: WORD, detail: words(FAILURE_DETAIL_WORDS) });

/** What a thread shows at `map.progress`, by the CPU it started as, on a line of its own. */
export const PROGRESS = struct({
  /** Number of the newest meeting that it has reached. */
  meeting: WORD,
  /** Trials of the round that it had ended when it reached that meeting. */
  ended: WORD,
  /** Numbers of the thread, for the host system and for Node; 0 where they are not known. */
  tid: WORD,
  threadId: WORD,
  /** 1 while it runs handlers in its idle loop and is counted in `MACHINE.idlers`. */
  handlers: WORD,
  /** Whether the host is about to end it: a SENTENCE (nmi.ts). Changed by compare-exchange alone. */
  sentence: WORD,
  /** Which PLACE it is in, and how often it has entered one. */
  place: WORD,
  visits: WORD,
  /** The trial in which its task has ended, where tasks outnumber CPUs (runQueue.ts). */
  taskEnded: WORD,
});

/**
 * Where a thread is in code of the race's file where no watchdog asks it and nobody can take its place: outside a trial, or, CATCHING,
 * behind one that it does not leave (caught.ts).
 */
export const PLACE = Object.freeze({
  NONE: 0,
  LOADING: 1,
  CONFIGURING: 2,
  RESETTING: 3,
  RECOVERING: 4,
  CATCHING: 5,
  OPENING: 6,
} as const);

/** Words of the machine as a whole. */
export const MACHINE = struct({
  /** The failure of the running trial, or 0 (outcome.ts). */
  outcome: LINE,
  /**
   * CPUs that run handlers in the idle loop of a meeting: it is not over before they are done (meeting.ts). Not beside the outcome, which a
   * CPU looks at all the time while it waits for their answer.
   */
  idlers: LINE,
  /** Bit per signature whose first failure has been captured (snapshot.ts). Written by CPU 0. */
  captured: lines(SIGNATURES_MAX / 32),
  failure: lines(FAILURE.WORDS),
  /**
   * Set by the host, or by CPU 0 behind a hang if `stopOnHang`: end behind the trial that runs; where the CPUs meet once a round, at its
   * end.
   */
  stop: LINE,
  stopOnHang: WORD,
  /** The round that CPU 0 has prepared: first trial and number of trials; 0 trials ends the run. Guarded by the gate. */
  roundFirst: LINE,
  /** The high word of the numbers of its trials (trialNumber.ts). */
  roundHigh: WORD,
  roundTrials: WORD,
  /** 1 if the instances are to be brought into their first state before the round. */
  roundReset: WORD,
  /** Set by CPU 0 when a round without meetings is over; elsewhere behind a failed trial, if the host wants the end. */
  roundOver: LINE,
  /** Number of the meeting behind which a round ends early, if the host wants the end. Set by CPU 0 before it arrives there. */
  lastMeeting: WORD,
  gate: lines(GATE.WORDS),
  /** The CPU that passes its core on to the next, plus 1; or 0 (relay.ts). */
  baton: LINE,
  watch: lines(WATCH.WORDS),
  /** The CPU plus 1 that found a proof of this trial undone (undone.ts), or 0. */
  undone: LINE,
  /** When the machine first failed (firstFailure.ts). Written by CPU 0. */
  firstFailure: lines(2),
  /** The trial that failed last, counted from the machine's start, in two words (failureGaps.ts). Written by CPU 0. */
  lastFailure: LINE,
});

/** Failed trials whose records wait for the host (capture.ts): how many of each signature to keep, how many have been kept. */
export const CAPTURES = struct({ keep: LINE, kept: lines(SIGNATURES_MAX + 1) });
/** One of them; the rings of all CPUs and the instance follow. `full` is 1 from when CPU 0 has filled it until the host has read it. */
export const CAPTURE = struct({ full: LINE, outcome: LINE, failure: lines(FAILURE.WORDS) });

/** What a CPU is accused of: its wait record, and the lock word, or the CPU that owes the acknowledgement. */
export const ACCUSED = struct({ wait: WORD, edge: WORD });
/** What a CPU claims with the outcome that it sets (claim.ts). */
export const CLAIM = struct({
  /** The outcome, or 0. */
  outcome: LINE,
  /** The CPUs that are said to wait for ever: a bit each. */
  accused: words(2),
  /** Of each CPU an ACCUSED: those of the first few are on the line of the outcome, which each accused CPU must fetch anyway. */
  of: words(CPUS_MAX * ACCUSED.WORDS),
});

/** Characters that are kept of an exception and its stack. */
export const THROWN_CHARS_MAX = 3072;
/** What the first exception in the code of the race was (thrown.ts): UTF-16, two units a word. */
export const THROWN = struct({ length: WORD, chars: words(THROWN_CHARS_MAX / 2) });

/** Words in front of every instance that belong to the harness (windows.ts, canary.ts). */
export const HEADER = struct({ window: WORD, reach: WORD, near: WORD, canary: WORD });

/** Counters of gaps between failures: gap g has 2^g to 2^(g+1) - 1 trials. */
export const GAPS = 48;

/** Counters of a machine, all written by CPU 0; those of a litmus test's outcomes lie behind the signatures. */
export const COUNTER = Object.freeze({
  trials: 0,
  nearMisses: 1,
  rounds: 2,
  failures: 3,
  gap0: 4,
  /** As many: of failures by the highest bit in which the number of their trial differs from that of the failure before (failureGaps.ts). */
  apart0: 4 + GAPS,
  signature0: 4 + 2 * GAPS,
});

/** Counters of proofs by their time in nanoseconds (proofTime.ts): one each below 16, then eight for each power of two. */
export const PROOF_LINEAR = 16;
export const PROOF_SUB_BUCKETS = 8;
export const PROOF_BUCKETS = PROOF_LINEAR + (32 - 4) * PROOF_SUB_BUCKETS;

/**
 * Lockstep words: the turn index, how many turns are known, whether the host has ended the run, how many CPUs stand in
 * front of their first access, per CPU whether it idles. A script (script.ts) also has the number of turns in all, and
 * where a CPU has left it. Behind them lie a PARTY for each CPU, then the order, then a word for each turn in which the
 * function is noted that used it.
 */
export const LOCKSTEP = struct({
  turn: LINE,
  length: LINE,
  over: LINE,
  /** CPUs that have reached their first access, or have ended without one. */
  arrived: LINE,
  ended: lines(CPUS_MAX),
  total: LINE,
  /** 0, or why the run has left the script: reason << 8 | CPU + 1. */
  left: LINE,
  /** Times that a thread stood in front of its next access after an exchange of CPUs: two for each (exchangedTurn.ts). */
  exchanged: LINE,
});
