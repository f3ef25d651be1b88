/**
 * What an actor has read so far, in order, as its code is run along it once more. Filled from the tree by steps.ts.
 *
 * Each step that the code makes is compared with the one that it made when the tree grew: code that depends on anything but what it
 * has read would make another one, and nothing that was concluded from the tree would be true of it.
 */

import { nameOfMachineWord } from '../../race/machineWords.js';
import { instanceAt } from '../../machine/cpu.js';
import { OWN_WORDS } from '../../machine/layout.js';
import type { Boot } from './boot.js';
import type { Join } from './joins.js';
import { ExploreRefusal } from './refusal.js';
import { placeInRace } from './raceFrame.js';
import { NOT_INTERRUPTED, STEP, isAccess, isOwn, stepName, type ActorPlace } from './step.js';

/** Some steps of a way. */
interface Part {
  readonly places: readonly ActorPlace[];
  readonly values: readonly number[];
  readonly delivered: readonly number[];
}

/** Answers that the actor does something else: why would take a walk along the stack for each way that is tried. */
const DIFFERENT = new ExploreRefusal('the actor does not do the same again');

/** The way from the root of an actor's tree to a place. */
export class History {
  /** Whether it is only asked if the actor does the same: a refusal has no reason then. */
  isAsked = false;
  readonly #boot: Boot;
  /** The places, each with what led on from it: a value, or an interrupt in front of its step. */
  readonly #places: ActorPlace[] = [];
  readonly #values: number[] = [];
  readonly #delivered: number[] = [];
  #length = 0;
  #next = 0;
  #isJoined = false;

  constructor(boot: Boot) {
    this.#boot = boot;
  }

  get length(): number {
    return this.#length;
  }

  /** Whether everything has been run that is known. */
  get isAtEnd(): boolean {
    return this.#next === this.#length;
  }

  /** The place whose step comes next. */
  get place(): ActorPlace {
    return this.#places[this.#next];
  }

  /** Whether an interrupt is taken here. */
  get isInterrupted(): boolean {
    return this.#next < this.#length && this.#delivered[this.#next] !== NOT_INTERRUPTED;
  }

  /** Begins at the root, for the way that leads on from `parent` by `value`, or by an interrupt. */
  load(parent: ActorPlace | null, value: number, delivered: number): void {
    this.#length = parent === null ? 0 : parent.depth + 1;
    this.#next = 0;
    this.#isJoined = false;
    let by = value;
    let wasDelivered = delivered;
    for (let at = parent, i = this.#length - 1; at !== null; i--) {
      this.#places[i] = at;
      this.#values[i] = by;
      this.#delivered[i] = wasDelivered;
      by = at.value;
      wasDelivered = at.delivered;
      at = at.parent;
    }
  }

  /**
   * Begins at the root, for the way to a place that goes by way of a join: the tree has the rest of it behind another way. `iterations`: how
   * often it goes round first, from where the join leads to the join again.
   */
  loadBy({ parent, value, delivered, to }: Join, place: ActorPlace, iterations: number): void {
    this.load(place.parent, place.value, place.delivered);
    const rest = this.#part(to.depth);
    this.load(parent, value, delivered);
    const iteration = this.#part(to.depth);
    for (let i = 0; i < iterations; i++) this.#append(iteration);
    this.#append(rest);
    this.#isJoined = true;
  }

  /** Adds a place at the end, behind whose step nothing was returned. */
  extend(place: ActorPlace): void {
    this.#places[this.#length] = place;
    this.#values[this.#length] = 0;
    this.#delivered[this.#length++] = NOT_INTERRUPTED;
  }

  #part(from: number): Part {
    const part = <T>(of: readonly T[]): T[] => of.slice(from, this.#length);
    return { places: part(this.#places), values: part(this.#values), delivered: part(this.#delivered) };
  }

  #append({ places, values, delivered }: Part): void {
    for (let i = 0; i < places.length; i++, this.#length++) {
      this.#places[this.#length] = places[i];
      this.#values[this.#length] = values[i];
      this.#delivered[this.#length] = delivered[i];
    }
  }

  /** Passes over an interrupt; returns what is taken. */
  passInterrupt(): number {
    return this.#delivered[this.#next++];
  }

  /** Whether the step is the one that it was. */
  has(step: number, address: number, a: number, b: number): boolean {
    const place = this.#places[this.#next];
    return place.step === step && place.address === address && place.a === a && place.b === b;
  }

  /** Returns the value that the step has returned. */
  pass(): number {
    return this.#values[this.#next++];
  }

  /** Refuses the race for another step than it was. */
  refuse(step: number, address: number, a: number, b: number): never {
    return this.#refuse(this.#places[this.#next], step, address, a, b);
  }

  /** Refuses the race if its actor has ended where it made a step. */
  compareIdle(): void {
    const place = this.#places[this.#next];
    if (place.step !== STEP.END) this.#refuse(place, STEP.END, 0, 0, 0);
  }

  /** Refuses the race if what comes at the end of the way is not what the tree has. */
  compareEnd(place: ActorPlace, step: number, address: number, a: number, b: number): void {
    if (place.step !== step || place.address !== address || place.a !== a || place.b !== b)
      this.#refuse(place, step, address, a, b);
  }

  #refuse(was: ActorPlace, step: number, address: number, a: number, b: number): never {
    if (this.isAsked) throw DIFFERENT;
    const { race } = this.#boot;
    const place = placeInRace() || ', at its end';
    const before = this.#words(was.step, was.address, was.a, was.b);
    const now = this.#words(step, address, a, b);
    if (this.#isJoined)
      throw new ExploreRefusal(
        `race ${race.name}: the actor of CPU ${was.actor} does not try again as it did before${place}: ` +
          `an iteration that began in the same way made ${now}, and not ${before}. nextTry() must get what the iterations leave in variables`,
      );
    throw new ExploreRefusal(
      `race ${race.name}: the actor of ${this.#boot.own === null ? 'CPU' : 'thread'} ${was.actor} is no function of what it reads${place}: ` +
        `having read the same values it made ${now} as access ${was.depth + 1}, and ${before} before. ` +
        `It must not use module state, random numbers, clocks, or words of memory but by ${this.#boot.own === null ? 'READ_ONCE and the like' : 'Atomics (--instrument has plain accesses seen)'}`,
    );
  }

  #words(step: number, address: number, a: number, b: number): string {
    const name = stepName(step);
    if (!isAccess(step)) return name;
    if (isOwn(step)) return this.#boot.own?.operation(a).name ?? name;
    const where = nameOfWord(this.#boot, address);
    if (step === STEP.READ || step === STEP.LOCK || step === STEP.TRY_LOCK || step === STEP.RELEASE)
      return `${name} of ${where}`;
    return step === STEP.CMPXCHG ? `${name} of ${where} from ${a} to ${b}` : `${name} of ${where} with ${a}`;
  }
}

/** Returns the name of a word, as reports have it. */
export function nameOfWord({ race, map, config, own }: Boot, address: number): string {
  if (own !== null && address >= OWN_WORDS) return own.nameOf(address);
  const offset = address - instanceAt(map, 0);
  if (offset >= 0 && offset < map.shape.instanceWords) return race.symbol(offset, config);
  return nameOfMachineWord(map, address) ?? `word ${address} of the machine`;
}
