/**
 * What a CPU does beside its instructions that a search of all states must see. Implemented by lib/explore; called by the machine on
 * the slow paths of a CPU that is explored.
 */

/**
 * The steps of such a CPU. One thread runs the code of every CPU, and nothing waits: each method is an instruction boundary, and throws
 * through its caller where the search has not decided yet what it returns.
 */
export interface Explored {
  /** Notes that the CPU reads or stores a word of its own area by itself, without an instruction that others see. */
  accessOwn(address: number, stores: boolean): void;
  /** Takes a lock as soon as it is free. */
  acquire(lock: number): void;
  /** Takes a lock if it is free; returns whether it was. */
  tryAcquire(lock: number): boolean;
  /** Waits for a word, as waitOn.ts does; returns the word. `how` is bits of CONDITION_IS, `low` and `high` who may store it. */
  awaitWord(address: number, mask: number, value: number, how: number, low: number, high: number): number;
  /** Waits until everybody has acknowledged the last call. */
  awaitAcks(): void;
  /** Stores who must acknowledge the next call. */
  expect(mask: number): void;
  /** Posts the call to one CPU. */
  post(target: number): void;
  /** Polls: takes calls though interrupts are off, if it takes any. */
  poll(): void;
  /** Draws a number below `below`. */
  draw(below: number): number;
  /** Draws whether the next number is one of every `n`. */
  drawsOneIn(n: number): boolean;
  /** Decides whether the trial is one of every `n`: for all CPUs alike. */
  isEveryNth(n: number): boolean;
  /** Offers the CPU with this word, until it is taken or the offer is withdrawn; returns whether it was taken. */
  offer(word: number): boolean;
  /** Takes the CPU that is on offer by this word, and answers with another; returns whether it was still there. */
  take(offer: number, answer: number): boolean;
  /** Its interrupt lines. */
  readonly lines: ExploredLines;
  /** Looks at the offer of the place of a task; returns it if that is ready for the CPU, 0 otherwise. */
  readyOffer(thread: number): number;
  /** Gives the CPU to the task that has made this offer, and takes its place; returns whether it was still there. */
  takePlace(thread: number, offer: number, answer: number): boolean;
  /** Offers the place of the task with this word, for the CPUs of a mask, and waits until one is given to it. */
  awaitCpu(offer: number, on: number): void;
  /** Whether actors have such loops as `beginLoop` begins: a word that counts without an end is then a clock. */
  readonly hasClocks: boolean;
  /** Sets a clock, and whether it was set since its CPU has looked last: a count of which that alone matters. */
  tick(address: number): void;
  hasTicked(address: number): boolean;
  /** Begins a loop that tries again (retries.ts); returns its number. */
  beginLoop(): number;
  /** Begins an iteration of it, which goes on as any other that began with this in its variables. */
  nextIteration(loop: number, carried: number): void;
  /** Makes an operation of code that has memory of its own; returns its value. */
  operate(operation: ExploredOperation): number;
  /** Fails the trial. */
  fail(signature: string, message: string): never;
}

/** What the search compares of such an operation (lib/race/exploredMemory.ts). */
export interface ExploredOperation {
  readonly id: number;
  /** Of the word that it accesses. */
  readonly address: number;
  /** When it stores: a loop of those that have not is one that waits. `with`, `unless`: where it returns the value `storesWith`, or another one. */
  readonly stores: 'never' | 'always' | 'with' | 'unless';
  readonly storesWith: number;
}

/** The interrupt lines of such a CPU. */
export interface ExploredLines {
  /** Notes that a line is raised on a CPU, or that the own CPU has begun with the interrupt of one. */
  raised(line: number, target: number): void;
  took(line: number): void;
  /** The lines that the CPU itself has raised and not taken yet: a bit each. */
  readonly own: number;
  /** Starts the timer of a line, for one interrupt or for one each `period`; stops it. */
  startTimer(line: number, period: number): void;
  stopTimer(line: number): void;
}
