/**
 * Confirms that the actors are functions of what they have read. Called by explore.ts when a search has ended.
 *
 * Each way through each tree is run some times more, and every step of it compared. In front of each step all words are spoilt that
 * another CPU may have stored by then, with what it stores there and with what nobody does: code that reads one without an instruction
 * makes another step, or reads something else. That a machine would have shown it the other CPU's value, at a moment that no search
 * knows of, is why such a race is refused. Each way out of a loop that says nothing of itself is taken once more, behind as many iterations as
 * the loop was followed for: one that counts them may do something else then, and its iterations are not one place. A store without an instruction is in no state: nobody else may touch its word.
 */

import { draw } from '../machine/random.js';
import { nameOfWord } from './trees/history.js';
import { SEEN_STEPS, type Way } from './trees/actor.js';
import type { Join } from './trees/joins.js';
import type { Model } from './states/model.js';
import { ExploreRefusal } from './trees/refusal.js';
import { isAccess, isReadOnly, STEP, type ActorPlace } from './trees/step.js';

/** What actors do with each word. */
class TouchedWords {
  /** By word, the actors that store it, and those that access it at all: a bit each. */
  readonly #stores = new Map<number, number>();
  readonly #accesses = new Map<number, number>();
  /** By word, some of the values that are stored there. */
  readonly #values = new Map<number, number[]>();

  access(address: number, actor: number): void {
    this.#accesses.set(address, (this.#accesses.get(address) ?? 0) | (1 << actor));
  }

  store(address: number, actor: number, values: Iterable<number>): void {
    this.access(address, actor);
    this.#stores.set(address, (this.#stores.get(address) ?? 0) | (1 << actor));
    const known = this.#values.get(address) ?? [];
    this.#values.set(address, known);
    for (const value of values) if (known.length < VALUES_KEPT && !known.includes(value)) known.push(value);
  }

  /** Returns the words that any other actor stores, with what they are spoilt with in the n-th run, from 1 on. */
  storedByOthers(actor: number, n: number): Map<number, number> {
    const found = new Map<number, number>();
    for (const [address, actors] of this.#stores) {
      if ((actors & ~(1 << actor)) === 0) continue;
      const values = this.#values.get(address) ?? [];
      found.set(address, n < RUNS && values.length > 0 ? values[n % values.length] : draw(n, address, 0));
    }
    return found;
  }

  /** Returns another actor that accesses a word, or undefined. */
  otherAt(address: number, actor: number): number | undefined {
    const others = (this.#accesses.get(address) ?? 0) & ~(1 << actor);
    return others === 0 ? undefined : 31 - Math.clz32(others & -others);
  }
}

/** Values of a word that are tried as what another CPU may have left there. */
const VALUES_KEPT = 3;
/** Runs of each way with spoilt words: one for each value, and one with what nobody stores. */
const RUNS = VALUES_KEPT + 1;

/** A confirmation: one way at a time, since there may be many. */
export class Confirmation {
  readonly #model: Model;
  readonly #ways: readonly Way[];
  /** Ways out of loops, behind many iterations. They are run first. */
  readonly #late: readonly Way[];
  readonly #touched = new TouchedWords();
  /** Runs of each way with spoilt words. */
  readonly #runs: number;
  /** Words that are accessed by an instruction. */
  readonly #byInstruction = new Set<number>();
  /** Words in the areas of CPUs that another CPU stores by an instruction. */
  readonly #fromOutside = new Set<number>();
  /** By actor, the words that it stores without one. */
  readonly #plain: readonly Set<number>[];
  /** The next run; below 0 those that are late. */
  #next: number;
  /** The run with spoilt words that is under way, and by actor the words and what they are spoilt with. */
  #run = 0;
  #words: readonly ReadonlyMap<number, number>[] = [];

  constructor(model: Model) {
    this.#model = model;
    this.#runs = Math.max(RUNS, model.boot.own?.spoils ?? 0);
    this.#plain = model.actors.map(() => new Set<number>());
    this.#ways = waysOf(model);
    this.#late = lateWaysOf(model);
    this.#next = -this.#late.length;
    for (const place of model.places) this.#note(place);
  }

  get isComplete(): boolean {
    return this.#next === (1 + this.#runs) * this.#ways.length;
  }

  /** Runs so many ways, at most. Throws ExploreRefusal for an actor that is not what it must be. */
  advance(ways: number): void {
    for (let i = 0; i < ways && !this.isComplete; i++, this.#next++)
      if (this.#next < 0) this.#leaveLate(this.#late[this.#late.length + this.#next]);
      else if (this.#next < this.#ways.length) this.#findStores(this.#ways[this.#next]);
      else this.#runSpoilt(this.#ways[this.#next % this.#ways.length], Math.floor(this.#next / this.#ways.length));
  }

  #leaveLate(way: Way): void {
    const actor = this.#model.actors[way.end.actor];
    if (way.join?.seen !== true) actor.plainStores(way);
    else if (!actor.doesTheSame(way)) this.#model.boot.learned.learnCounting();
  }

  /** Notes what a step does with its word. */
  #note(place: ActorPlace): void {
    const { step, address, actor } = place;
    if (!isAccess(step) || address >= this.#model.boot.first.length) return;
    this.#byInstruction.add(address);
    if (isReadOnly(step)) this.#touched.access(address, actor);
    else this.#touched.store(address, actor, storedBy(place));
    if (!isReadOnly(step) && this.#areaOf(address) !== place.cpu) this.#fromOutside.add(address);
  }

  /** Notes what an actor stores without an instruction. */
  #findStores(way: Way): void {
    const { actors } = this.#model;
    const { actor } = way.end;
    for (const [address, value] of actors[actor].plainStores(way)) {
      this.#touched.store(address, actor, [value]);
      this.#plain[actor].add(address);
    }
    if (way !== this.#ways.at(-1)) return;
    this.#refuseShared();
    this.#refuseSharedAreas();
  }

  /** Returns the CPU in whose area a word is; -1 for a word of none. */
  #areaOf(address: number): number {
    const { percpu, percpuStride } = this.#model.boot.map;
    return address < percpu ? -1 : Math.floor((address - percpu) / percpuStride);
  }

  /**
   * Refuses per-CPU words that are accessed by an instruction and without one, if one of both should see what the other stores. The thread that runs the CPU
   * may do either, but not both.
   */
  #refuseSharedAreas(): void {
    const { boot } = this.#model;
    const refuse = (address: number, actor: number, what: string): never => {
      throw new ExploreRefusal(
        `race ${boot.race.name}: the actor of CPU ${actor} ${what.replace('WORD', nameOfWord(boot, address))}: no state would have what was stored. ` +
          'READ_ONCE and WRITE_ONCE of this_cpu_ptr() and per_cpu_ptr() see each other',
      );
    };
    const plain = this.#plain.flatMap((words, actor) => [...words].map((address) => [address, actor] as const));
    for (const [address, actor] of [...plain, ...boot.ownAccesses.stored])
      if (this.#areaOf(address) >= 0 && this.#byInstruction.has(address))
        refuse(address, actor, 'stores WORD without an instruction, as by this_cpu_write(), and it is accessed by one');
    for (const [address, actor] of boot.ownAccesses.read)
      if (this.#fromOutside.has(address))
        refuse(address, actor, 'reads WORD by this_cpu_read(), and another CPU stores it');
  }

  /** Refuses stores without an instruction to words that are of interest to somebody: no state has them. */
  #refuseShared(): void {
    const { boot } = this.#model;
    for (const [actor, words] of this.#plain.entries())
      for (const address of words) {
        if (!this.#model.isOfInstance(address)) continue;
        const other = this.#touched.otherAt(address, actor);
        if (other === undefined && !this.#byInstruction.has(address)) continue;
        const who = other === undefined ? 'accesses it by one as well' : `that of CPU ${other} accesses it as well`;
        throw new ExploreRefusal(
          `race ${boot.race.name}: the actor of CPU ${actor} stores ${nameOfWord(boot, address)} without an instruction, and ${who}: ` +
            'no state would have what it stored. WRITE_ONCE and the like store so that others see it',
        );
      }
  }

  #runSpoilt(way: Way, run: number): void {
    const { actor } = way.end;
    if (run !== this.#run) {
      this.#run = run;
      this.#words = this.#model.actors.map((_, c) => this.#touched.storedByOthers(c, run));
    }
    const words = this.#words[actor];
    const own = [...this.#plain[actor]].filter((word) => words.has(word));
    this.#model.actors[actor].runSpoilt(way, words, own, run);
  }
}

/** Steps of iterations that are compared behind a join. */
const ITERATED_STEPS = 1000;

/** Returns the ways through all trees: to each end of one; and by way of each join to the place that it leads to, and to an end behind that. */
function waysOf(model: Model): Way[] {
  const ends = model.places.filter(
    ({ children, interrupts, step }) => step !== STEP.CUT && children.size === 0 && interrupts.size === 0,
  );
  return [
    ...ends.map((end) => ({ join: null, iterations: 0, end })),
    ...model.joins.flatMap((join) => [
      { join, iterations: iterationsOf(join), end: join.to },
      { join, iterations: 0, end: endBehind(join.to) },
    ]),
  ];
}

/**
 * Returns the ways out of loops, each behind many iterations: as many as a loop was followed for that says nothing of itself. Behind a join that
 * leads to another way there are none: the iterations go on at the joins of that one.
 */
function lateWaysOf({ joins }: Model): Way[] {
  return joins.flatMap((join) => {
    const iteration = iterationOf(join);
    const iterations = Math.ceil((join.seen ? SEEN_STEPS : ITERATED_STEPS) / iteration.length);
    const exits = iteration.flatMap((place) =>
      [...place.children.values()].filter((next) => next.parent === place && !iteration.includes(next)),
    );
    return exits.map((exit) => ({ join, iterations, end: endBehind(exit) }));
  });
}

/** Returns the places of the iteration that a join ends, the last one first; none if it leads to another way. */
function iterationOf({ parent, to }: Join): readonly ActorPlace[] {
  const iteration: ActorPlace[] = [];
  for (let at: ActorPlace | null = parent; at !== null && at.depth >= to.depth; at = at.parent) iteration.push(at);
  return iteration.at(-1) === to ? iteration : [];
}

/** Returns how often a way goes round that comes back to where it was: so often that a count of tries would be seen. */
function iterationsOf(join: Join): number {
  const { length } = iterationOf(join);
  return length === 0 ? 0 : Math.ceil(ITERATED_STEPS / length);
}

/** Returns the end of the newest way through the tree below a place. */
function endBehind(place: ActorPlace): ActorPlace {
  const below = [...place.children.values(), ...place.interrupts.values()];
  const next = below.findLast(({ parent, step }) => parent === place && step !== STEP.CUT);
  return next === undefined ? place : endBehind(next);
}

/** Returns what a step may store, given the values that it has been seen to find. */
function storedBy({ step, a, b, children }: ActorPlace): number[] {
  const found = [...children.keys()];
  switch (step) {
    case STEP.WRITE:
    case STEP.XCHG:
      return [a];
    case STEP.CMPXCHG:
      return [b];
    case STEP.FETCH_OR:
      return found.map((before) => before | a);
    case STEP.FETCH_AND:
      return found.map((before) => before & a);
    case STEP.FETCH_ADD:
      return found.map((before) => (before + a) | 0);
    default:
      return [];
  }
}
