/**
 * The instructions of a CPU whose actor is run along a history, and what it does beside them. Made by actor.ts for each actor.
 *
 * Every instruction is a step. A step that the history has returns the value that it has; the first one behind it is noted, and the
 * actor is thrown out of there.
 */

import { CONDITION_IS } from '../../machine/condition.js';
import type { Cpu } from '../../machine/cpu.js';
import type { Explored, ExploredOperation } from '../../machine/explored.js';
import { IRQS_DISABLED, POLLS_IN_WAITS } from '../../machine/irqMask.js';
import { CPU } from '../../machine/layout.js';
import { ABANDONED, isLeaving, signatureIndex } from '../../machine/outcome.js';
import { OP } from '../../machine/recorder.js';
import { checkAddress } from '../../machine/reach.js';
import { isInHandler } from '../../machine/waitOn.js';
import type { Boot } from './boot.js';
import { Exchanges } from './exchanges.js';
import type { StepSource } from './stepSource.js';
import type { History } from './history.js';
import { KnownWords } from './knownWords.js';
import { foundStep } from './foundStep.js';
import { dropHeld, isNewestHeld, pushHeld, refuseTooMany } from './holding.js';
import { instructionsOf } from './instructions.js';
import { refuseChanged } from './ownMemory.js';
import { placeInRace } from './raceFrame.js';
import { ExploreRefusal } from './refusal.js';
import { OwnLines } from './ownLines.js';
import type { NewWay } from './newWay.js';
import { newestStores, type Join, type LoopIterations } from './joins.js';
import { FOR_ACKS, FOR_LOCK, NO_WAIT, type ActorWait } from './waits.js';
import { BY_CALL, OWN_STEPS, STEP, WAITS_FOR, isAtomic, lineOf, type ActorPlace } from './step.js';

/** Thrown through the code of the race where its history ends. */
const STOPPED: unknown = Object.freeze({ stopped: true });

/** Most numbers that one draw may give: each of them is tried. */
const DRAWS_MAX = 256;

/** Steps of one actor. */
export class Steps implements Explored, StepSource {
  readonly history: History;
  /**
   * What spoils the memory of the actor in front of each step, where it is run to see whether that matters; null otherwise. It gets the words
   * that the actor has got to know since, and forgets them.
   */
  spoil: ((known: number[]) => void) | null = null;
  readonly #cpu: Cpu;
  readonly #boot: Boot;
  readonly #exchanges: Exchanges;
  readonly lines: OwnLines;
  /** Lines whose interrupts it has taken at the boundary at which it stands: a bit each. */
  #taken = 0;
  readonly #iterations: LoopIterations;
  /** What a run along a new way meets before its first step: an iteration of a loop that has begun so before. */
  joined: ActorPlace | null = null;
  /** The end of the way. */
  readonly #way: NewWay;
  #isStopped = false;
  #fault: unknown = null;
  /** The place at which the run must end; null where nobody knows it. */
  #expected: ActorPlace | null = null;
  /** The step that the history does not have. */
  #found: ActorPlace | null = null;
  #message = '';
  /** What the actor knows of words of memory. */
  readonly words: KnownWords;

  constructor(cpu: Cpu, boot: Boot, history: History, iterations: LoopIterations, way: NewWay) {
    this.#way = way;
    this.#cpu = cpu;
    this.#iterations = iterations;
    this.#boot = boot;
    this.history = history;
    this.words = new KnownWords(cpu, boot);
    this.lines = new OwnLines(cpu, boot, this);
    this.#exchanges = new Exchanges(cpu, boot, this, this.lines);
    Object.assign(cpu.isa, instructionsOf(cpu, this));
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Begins a run along the way that leads on from `parent`. `newPlace` is the number of the place there, -1 if there is one. */
  begin(parent: ActorPlace | null, value: number, delivered: number, newPlace: number): History {
    this.history.load(parent, value, delivered);
    this.#way.begin({ parent, value, delivered }, newPlace);
    return this.#begin();
  }

  /** Begins a run along the way to a place that goes by way of a join. */
  beginBy(join: Join, place: ActorPlace, iterations: number): void {
    this.history.loadBy(join, place, iterations);
    this.#way.number = -1;
    this.#begin();
  }

  #begin(): History {
    this.joined = null;
    this.#iterations.forget();
    this.words.begin(this.spoil !== null);
    this.#isStopped = false;
    this.#fault = null;
    this.#expected = null;
    this.#found = null;
    this.#message = '';
    this.#exchanges.forget();
    this.lines.forget();
    this.#taken = 0;
    return this.history;
  }

  /** Returns the step at which the run has ended, as a place at the end of the way. */
  place(): ActorPlace {
    return this.#way.placeOf(this.#found as ActorPlace);
  }

  /** Returns the place where the actor has made too many accesses. */
  cut(): ActorPlace {
    return this.#way.placeOf(this.#note(STEP.CUT, 0, 0, 0, NO_WAIT));
  }

  /** Has the step at which the run ends compared with that of a place, while it is known where in the code that is. */
  expectEnd(place: ActorPlace): void {
    this.#expected = place;
  }

  throwIfStopped(): void {
    if (this.#isStopped) throw STOPPED;
  }

  /** Throws what is wrong with the race. */
  throwFault(): void {
    if (this.#fault !== null) throw this.#fault;
  }

  /** Makes a step, and returns its value. */
  next(step: number, address: number, a: number, b: number, wait = NO_WAIT): number {
    this.arrive();
    return this.make(step, address, a, b, wait);
  }

  /** Stands in front of a step: takes the interrupts that the history has there. */
  arrive(): void {
    const cpu = this.#cpu;
    this.throwIfStopped();
    if (isLeaving(cpu)) throw ABANDONED;
    let taken = 0;
    while (this.history.isInterrupted) {
      const by = this.history.passInterrupt();
      this.lines.take(by);
      if (by !== BY_CALL) taken |= 1 << lineOf(by);
    }
    this.#taken = taken;
    if (this.spoil !== null) this.spoil(this.words.known);
  }

  /** Makes the step that the actor stands in front of. */
  make(step: number, address: number, a: number, b: number, wait: ActorWait): number {
    const cpu = this.#cpu;
    if (this.history.isAtEnd) this.#goOn(step, address, a, b, wait);
    this.lines.pass(step, wait.kind, this.#taken);
    // What is in the buffer then, if there is one, must be out of it where the machine drains it.
    if (cpu.hasStoreBuffer) this.#noteStores(step);
    if (!this.history.has(step, address, a, b)) this.guard(() => this.history.refuse(step, address, a, b));
    return this.history.pass();
  }

  /** Makes a step that no history has: the run ends there, or passes it. */
  #goOn(step: number, address: number, a: number, b: number, wait: ActorWait): void {
    if (!this.#way.goesOnBehind(step, this.history, this.#boot.accessesMax)) this.#stop(step, address, a, b, wait);
    this.guard(() => refuseChanged(this.#boot, this.#cpu.home));
    const found = this.#note(step, address, a, b, wait);
    if (found.lines !== null || found.gives !== null) this.#stopHere();
    this.#way.pass(found, this.history);
  }

  #noteStores(step: number): void {
    const { mem, block } = this.#cpu;
    if (step === STEP.WRITE || step === STEP.RELEASE) mem[block + CPU.buffered] = 1;
    else if (isAtomic(step)) mem[block + CPU.buffered] = 0;
  }

  /** Makes the CPU idle: returns what it takes when it is interrupted. A task that has ended may have left it to another one before. */
  idle(): number {
    const cpu = this.#cpu;
    for (;;) {
      this.throwIfStopped();
      const gives = cpu.mem[cpu.block + CPU.preemptCount] === 0 ? this.#exchanges.gives() : null;
      if (this.history.isAtEnd) this.#stop(STEP.END, 0, 0, 0, { ...NO_WAIT, gives });
      this.guard(() => this.history.compareIdle());
      if (this.history.isInterrupted) break;
      this.#exchanges.giveCpu(this.history.pass());
    }
    return this.history.passInterrupt();
  }

  /** Returns what the CPU knows of a word: what the machine looks at of it is the CPU's own part. */
  view(address: number): number {
    if (address < this.#cpu.map.percpu) this.guard(() => this.#boot.stored.lookAt(address));
    return this.words.view(address);
  }

  accessOwn(address: number, stores: boolean): void {
    this.#boot.ownAccesses.note(address, this.#cpu.home, stores);
  }

  acquire(lock: number): void {
    checkAddress(this.#cpu, OP.ACQUIRE, lock);
    refuseTooMany(this.#cpu);
    if (this.#polls() && this.next(STEP.TRY_LOCK, lock, 0, 0) === 1) this.#hold(lock);
    else {
      this.next(STEP.LOCK, lock, 0, 0, FOR_LOCK);
      this.#hold(lock);
    }
  }

  tryAcquire(lock: number): boolean {
    checkAddress(this.#cpu, OP.ACQUIRE, lock);
    refuseTooMany(this.#cpu);
    if (this.next(STEP.TRY_LOCK, lock, 0, 0) !== 1) return false;
    this.#hold(lock);
    return true;
  }

  /** Releases the lock if it is the newest one held; returns whether it was. */
  release(lock: number): boolean {
    const isNewest = isNewestHeld(this.#cpu, lock);
    // A machine has a boundary, looks for the lock among those that are held, and has another one.
    if (this.#cpu.lines.all.length > 0 && !isNewest) this.poll();
    if (!isNewest) return false;
    this.next(STEP.RELEASE, lock, 0, 0);
    dropHeld(this.#cpu);
    this.words.see(lock, 0, true);
    return true;
  }

  awaitWord(address: number, mask: number, value: number, how: number, low: number, _high: number): number {
    if ((how & CONDITION_IS.SLEEPS) !== 0) return this.#exchanges.sleep(address, mask, value, how, low);
    const negate = (how & CONDITION_IS.NOT) !== 0;
    if (this.#polls()) {
      const word = this.next(STEP.READ, address, 0, 0);
      if (((word & mask) === (value | 0)) !== negate) return word;
    }
    const inside = isInHandler(this.#cpu) ? CONDITION_IS.INSIDE : 0;
    const wait = { kind: WAITS_FOR.WORD, how: how | inside, by: low, gives: null };
    const word = this.next(negate ? STEP.AWAIT_NOT : STEP.AWAIT, address, mask | 0, value | 0, wait);
    this.words.see(address, word, false);
    return word;
  }

  awaitAcks(): void {
    const { mailboxes, id } = this.#cpu;
    const at = mailboxes.unackedAt(id, 0);
    if (this.#polls() && this.next(STEP.READ, at, 0, 0) === 0) return;
    this.next(STEP.AWAIT, at, -1, 0, FOR_ACKS);
  }

  expect(mask: number): void {
    const { mailboxes, id } = this.#cpu;
    this.next(STEP.XCHG, mailboxes.unackedAt(id, 0), mask, 0);
  }

  post(target: number): void {
    const { mailboxes, id } = this.#cpu;
    this.next(STEP.FETCH_OR, mailboxes.pendingAt(target, 0), 1 << id, 0);
  }

  operate({ id, address, stores, storesWith }: ExploredOperation): number {
    return this.next(OWN_STEPS[stores], address, id, storesWith | 0);
  }

  poll(): void {
    this.next(STEP.POLL, 0, 0, 0);
  }

  draw(below: number): number {
    if (below > DRAWS_MAX)
      this.#refuse(
        `draws one of ${below} numbers, and explore tries each of at most ${DRAWS_MAX}: chanceBelow(cpu, n) says how many matter`,
      );
    return below === 1 ? 0 : this.next(STEP.DRAW, 0, below, 0);
  }

  drawsOneIn(n: number): boolean {
    return n === 1 || this.next(STEP.DRAW, 0, 2, n) === 0;
  }

  isEveryNth(n: number): boolean {
    return this.next(STEP.EVERY, this.#boot.everyAt, n, 0) === 1;
  }

  offer(word: number): boolean {
    return this.#exchanges.offer(word);
  }

  take(offer: number, answer: number): boolean {
    return this.#exchanges.take(offer, answer);
  }

  readyOffer(thread: number): number {
    return this.#exchanges.readyOffer(thread);
  }

  takePlace(thread: number, offer: number, answer: number): boolean {
    return this.#exchanges.takePlace(thread, offer, answer);
  }

  awaitCpu(offer: number, on: number): void {
    this.#exchanges.awaitCpu(offer, on);
  }

  get hasClocks(): boolean {
    return this.#boot.learned.hasLoops;
  }

  tick(address: number): void {
    this.next(STEP.TICK, address, 0, 0);
  }

  hasTicked(address: number): boolean {
    return this.next(STEP.HAS_TICKED, address, 0, 0) !== 0;
  }

  beginLoop(): number {
    this.throwIfStopped();
    this.guard(() => this.#boot.learned.learnLoops());
    return this.#iterations.begin(this.history.isAtEnd ? this.#way.number : this.history.place.id);
  }

  nextIteration(loop: number, carried: number): void {
    this.throwIfStopped();
    this.#iterations.saidToBegin++;
    if (this.#way.number < 0 || !this.history.isAtEnd) return;
    const cpu = this.#cpu;
    const own = this.#iterations.ownMemory(cpu, this.words);
    const stores = cpu.hasStoreBuffer ? newestStores(this.#way.stores) : '';
    this.joined = this.guard(() =>
      this.#iterations.find(cpu, loop, carried, `${own} ${stores} ${this.lines.stateOf(cpu.id).join()}`),
    );
    if (this.joined !== null) this.#stopHere();
  }

  fail(signature: string, message: string): never {
    this.throwIfStopped();
    this.#message = message;
    this.next(STEP.FAIL, 0, signatureIndex(this.#cpu, signature), 0);
    throw STOPPED;
  }

  /** Whether a wait takes calls though interrupts are off, but not in front of its first look. */
  #polls(): boolean {
    const { mem, irqOff, block } = this.#cpu;
    return mem[irqOff] === IRQS_DISABLED && (mem[block + CPU.context] & POLLS_IN_WAITS) !== 0;
  }

  #hold(lock: number): void {
    pushHeld(this.#cpu, lock);
    this.words.see(lock, this.#cpu.id + 1, true);
  }

  #stop(step: number, address: number, a: number, b: number, wait: ActorWait): never {
    this.guard(() => {
      refuseChanged(this.#boot, this.#cpu.home);
      if (this.#expected !== null) this.history.compareEnd(this.#expected, step, address, a, b);
    });
    this.#note(step, address, a, b, wait);
    this.#stopHere();
  }

  #stopHere(): never {
    this.#isStopped = true;
    throw STOPPED;
  }

  #note(step: number, address: number, a: number, b: number, wait: ActorWait): ActorPlace {
    const lines = this.lines.at(step, wait.kind, this.#taken);
    return (this.#found = foundStep(this.#cpu, step, address, a, b, wait, lines, this.#message));
  }

  /** Does what may refuse the race: the reason must get out, whatever the code of the race catches. */
  guard<T>(what: () => T): T {
    try {
      return what();
    } catch (fault) {
      this.#isStopped = true;
      this.#fault = fault;
      throw STOPPED;
    }
  }

  #refuse(what: string): never {
    return this.guard(() => {
      throw new ExploreRefusal(
        `race ${this.#boot.race.name}: the actor of CPU ${this.#cpu.home}${placeInRace()}, ${what}`,
      );
    });
  }
}
