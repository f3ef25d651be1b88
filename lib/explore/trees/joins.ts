/**
 * Finds where the code of an actor goes on as it has gone on before. Made by actor.ts; told by steps.ts of the loops that try again.
 *
 * Two iterations of one loop that begin with the same in their variables, as the code says (lib/machine/retries.ts), and with the same in
 * all memory that is the actor's own, are one place of its tree. What others store is no part of that: an actor gets to know
 * it by its reads alone, which confirm.ts sees to.
 */

import type { Cpu } from '../../machine/cpu.js';
import { CPU, FRAME, HELD, HELD_MAX, STACK_MAX, STORE_BUFFER_ENTRIES } from '../../machine/layout.js';
import type { Boot } from './boot.js';
import type { KnownWords } from './knownWords.js';
import { placeInRace } from './raceFrame.js';
import { ExploreRefusal } from './refusal.js';
import type { ActorPlace, Stored } from './step.js';

/** A way that leads to a place behind which the tree has another way already. */
export interface Join {
  readonly parent: ActorPlace;
  readonly value: number;
  readonly delivered: number;
  readonly to: ActorPlace;
  /** Whether the code has said nothing of the loop, and was seen to go round so often (readLoops.ts). */
  readonly seen: boolean;
}

/** The iterations of an actor's loops, each kind once. */
export class LoopIterations {
  readonly #boot: Boot;
  readonly #known = new Map<string, ActorPlace>();
  /** Of the run: where each of its loops began, by number; and what was said in front of the next step. */
  readonly #begun: number[] = [];
  readonly #said: string[] = [];
  /** How many iterations were said to begin. */
  saidToBegin = 0;

  constructor(boot: Boot) {
    this.#boot = boot;
  }

  /** Begins a run. */
  forget(): void {
    this.#begun.length = 0;
    this.saidToBegin = 0;
    this.#said.length = 0;
  }

  /** Notes a loop that begins in front of the step of a place. */
  begin(place: number): number {
    return this.#begun.push(place) - 1;
  }

  /** Returns the place of an iteration that has begun in the same way; null if there is none, and then this one is it. */
  find(cpu: Cpu, loop: number, carried: number, own: string): ActorPlace | null {
    if (!(loop in this.#begun)) refuseLoop(this.#boot, loop);
    const key = `${loop} ${this.#begun[loop]} ${carried} ${stateOf(cpu)} ${own}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#said.push(key);
    return null;
  }

  /** Notes the place in front of which the iterations were said to begin. */
  note(place: ActorPlace): void {
    for (const key of this.#said) this.#known.set(key, place);
    this.#said.length = 0;
  }

  /** Returns all memory that is the actor's own, as far as it is not what it was at first. */
  ownMemory(cpu: Cpu, words: KnownWords): string {
    const { mem, map } = cpu;
    const { first, stored } = this.#boot;
    const { last, own } = words.gathered();
    let key = '';
    for (let at = 0; at < first.length; at++) {
      if (mem[at] === first[at] || isLeftOver(cpu, at)) continue;
      const known = last.get(at);
      // What the actor has stored by instructions it may look at without one, unless another stores there.
      const isOwn = known === undefined || known !== mem[at] || at >= map.percpu;
      if (isOwn || (own.has(at) && stored.isPartOf(at, cpu.home))) key += `${at}:${mem[at]},`;
    }
    return key;
  }
}

function refuseLoop({ race }: Boot, loop: number): never {
  throw new ExploreRefusal(
    `race ${race.name}: nextTry() got ${String(loop)}${placeInRace()}, which is no loop that has begun: it must get what beginRetries() has returned`,
  );
}

/** Whether a word of the CPU's block is what was left of a lock that it has released, or of a function that it has left. */
function isLeftOver({ mem, block }: Cpu, at: number): boolean {
  const offset = at - block;
  const held = mem[block + CPU.held];
  const isIn = (from: number, used: number, all: number): boolean => offset >= from + used && offset < from + all;
  return (
    isIn(CPU.locks, held * HELD.WORDS, HELD_MAX * HELD.WORDS) ||
    isIn(CPU.frames, mem[block + CPU.depth] * FRAME.WORDS, STACK_MAX * FRAME.WORDS)
  );
}

/** Returns what a thread knows outside memory. */
function stateOf(cpu: Cpu): string {
  const { id, migrateDisabled, rcuNesting, preemptAt, preemptIn, contextSwitch, lastCpu, offers, own } = cpu;
  return `${id} ${migrateDisabled} ${rcuNesting} ${preemptAt} ${preemptIn} ${contextSwitch === null} ${lastCpu} ${offers} ${own.key}`;
}

/** Returns the newest stores of an actor: those that its store buffer may hold. */
export function newestStores(stores: Stored | null): string {
  let key = '';
  for (let i = 0, at = stores; i < STORE_BUFFER_ENTRIES && at !== null; i++, at = at.older)
    key += `${at.address}=${at.value}${at.isRelease ? 'r' : ''},`;
  return key;
}
