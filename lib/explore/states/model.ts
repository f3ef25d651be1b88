/**
 * What is searched: the trees of all actors, and the words that their steps touch. Made by explore.ts; grown by search.ts as it goes.
 */

import { blockOf, instanceAt } from '../../machine/cpu.js';
import { CPU } from '../../machine/layout.js';
import { taskOfferAt } from '../../machine/runQueue.js';
import { lineWords } from '../../machine/lineTable.js';
import { partsOf } from '../../race/kinds.js';
import { taskletAt } from '../../machine/tasklet.js';
import { Mailboxes } from '../../sharedarraybuffer-utils/index.js';
import { ExploredActor } from '../trees/actor.js';
import { Boot, type ActorLimits, type ExploredVariant, type InCode } from '../trees/boot.js';
import { nameOfWord } from '../trees/history.js';
import type { Join } from '../trees/joins.js';
import type { Learned } from '../trees/learned.js';
import { StuckMachine } from './stuckMachine.js';
import { isAccess, type ActorPlace, type Stored } from '../trees/step.js';

/** The actors of a machine, and a slot for each word that one of their steps has touched. */
export class Model {
  readonly boot: Boot;
  readonly actors: readonly ExploredActor[];
  /** All places of all actors, by number. */
  readonly places: ActorPlace[] = [];
  /** Ways of all actors that lead to places to which other ways lead as well. */
  readonly joins: Join[] = [];
  /** Lines that are tasklets: a bit each. */
  readonly tasklets: number;
  /** Signatures by number. */
  readonly signatures: readonly string[];
  /** What each word is in the first state, by slot. */
  readonly first: number[] = [];
  readonly #slots = new Map<number, number>();
  readonly #addresses: number[] = [];
  readonly #mailboxes: Mailboxes;
  readonly #callSlots: number[] = [];
  readonly #lineSlots: number[] = [];
  readonly #taskletSlots: number[] = [];
  readonly #offerSlots: number[] = [];
  readonly #readySlots: number[] = [];
  #stuckMachine: StuckMachine | undefined;

  /** Throws LEARNED, as its actors may do later, where `learned` lacks what must be known from the beginning. */
  constructor(explored: ExploredVariant, limits: ActorLimits, learned: Learned, inCode: InCode = () => {}) {
    const { race, cpus } = explored;
    this.boot = new Boot(explored, limits, learned, inCode);
    const made = Array.from({ length: this.boot.places }, (_, c) => this.boot.cpu(c));
    this.signatures = made[0].signatures;
    this.tasklets = made[0].lines.all.reduce((set, { kind }, line) => set | (kind === 'tasklet' ? 1 << line : 0), 0);
    this.#mailboxes = new Mailboxes(this.boot.first, this.boot.map.mailboxes);
    this.actors = made.map((cpu, c) => {
      const { actor } = race.role(c, cpus, this.boot.config);
      return new ExploredActor(this.boot, cpu, race.actors[actor], this.places, this.joins);
    });
  }

  /** Returns `interrupt timer: timer_interrupt()`. */
  lineName(line: number): string {
    return lineWords(partsOf(this.boot.race).lines[line]);
  }

  /** Words that have a slot. */
  get slots(): number {
    return this.first.length;
  }

  /** The machine that shows states in which nobody goes on. */
  get stuckMachine(): StuckMachine {
    return (this.#stuckMachine ??= new StuckMachine(this.boot.map));
  }

  /** Returns the slot of a word. */
  slotOf(address: number): number {
    const known = this.#slots.get(address);
    if (known !== undefined) return known;
    const slot = this.first.length;
    this.#slots.set(address, slot);
    this.#addresses.push(address);
    this.first.push(this.boot.firstWord(address));
    return slot;
  }

  /** Returns the slot of the word at which a step is made. */
  slotAt(place: ActorPlace): number {
    if (place.slot < 0) place.slot = this.slotOf(place.address);
    return place.slot;
  }

  slotOfStore(store: Stored): number {
    if (store.slot < 0) store.slot = this.slotOf(store.address);
    return store.slot;
  }

  /** Returns the slot of the word that says who has called a CPU. */
  slotOfCalls(cpu: number): number {
    return (this.#callSlots[cpu] ??= this.slotOf(this.#mailboxes.pendingAt(cpu, 0)));
  }

  /** Returns the slot of the word that says who has not acknowledged a CPU's call. */
  slotOfAcks(cpu: number): number {
    return this.slotOf(this.#mailboxes.unackedAt(cpu, 0));
  }

  /** Returns the slot of the word that says which lines are raised on a CPU, and of the state of a tasklet. */
  slotOfLines(cpu: number): number {
    return (this.#lineSlots[cpu] ??= this.slotOf(blockOf(this.boot.map, cpu) + CPU.lines));
  }

  slotOfTasklet(line: number): number {
    return (this.#taskletSlots[line] ??= this.slotOf(taskletAt(this.boot.map, line)));
  }

  /** Returns the slot of the word that offers the place of a task, and of the one that says for which CPUs. */
  slotOfOffer(thread: number): number {
    return (this.#offerSlots[thread] ??= this.slotOf(taskOfferAt(this.boot.map, thread)));
  }

  slotOfReady(thread: number): number {
    return (this.#readySlots[thread] ??= this.slotOf(this.boot.readyAt + thread));
  }

  /** Returns the slot of the word that says what was left in the areas of a CPU. */
  slotOfLeft(cpu: number): number {
    return this.slotOf(this.boot.leftAt + cpu);
  }

  addressOf(slot: number): number {
    return this.#addresses[slot];
  }

  nameOf(slot: number): string {
    return nameOfWord(this.boot, this.#addresses[slot]);
  }

  /** Returns the name of the word at which a step is made. */
  wordOf(place: ActorPlace): string {
    return isAccess(place.step) ? nameOfWord(this.boot, place.address) : '';
  }

  /** Whether a word belongs to the instance of the race. */
  isOfInstance(address: number): boolean {
    const offset = address - instanceAt(this.boot.map, 0);
    return offset >= 0 && offset < this.boot.map.shape.instanceWords;
  }
}
