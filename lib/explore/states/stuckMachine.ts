/**
 * Shows a state of the search as the memory of a machine whose CPUs wait, so that the machine's own proofs tell what it is. Used by stuck.ts.
 *
 * Of each CPU there is what these proofs read: its wait record, what ends the wait, the word that it waits for, whose thread runs it, whether
 * that has ended, and with which locks. There are no records of accesses, as in a machine that keeps none.
 */

import { CONDITION_IS } from '../../machine/condition.js';
import { blockOf } from '../../machine/cpu.js';
import { CONDITION, CPU, CSD, HELD, LOOP_OTHERS, PROGRESS } from '../../machine/layout.js';
import { lockOwner } from '../../machine/lockWord.js';
import type { MachineMap } from '../../machine/map.js';
import { ACTIVITY } from '../../machine/outcome.js';
import { Standing } from '../../machine/standing.js';
import { taskOfferAt } from '../../machine/runQueue.js';
import { WAIT, waitRecord } from '../../machine/wait.js';
import type { Walker } from '../../machine/walker.js';
import { WalkPath } from '../../machine/walkPath.js';
import { LINE_WORDS, Mailboxes } from '../../sharedarraybuffer-utils/index.js';
import { STEP, WAITS_FOR, type ActorPlace } from '../trees/step.js';

/** Places of an actor that reads the same words again and again, in the order of its code. */
export type ReadLoopPlaces = readonly ActorPlace[];

const KIND_OF: Readonly<Record<number, number>> = {
  [WAITS_FOR.LOCK]: WAIT.LOCK,
  [WAITS_FOR.ACKS]: WAIT.ACK,
  [WAITS_FOR.WORD]: WAIT.WORD,
  [WAITS_FOR.CPU]: WAIT.WORD,
};
/** Number of the one trial. */
const TRIAL = 1;

/** A machine that shows one state at a time. */
export class StuckMachine implements Walker {
  readonly mem: Int32Array;
  readonly map: MachineMap;
  readonly places: number;
  readonly mailboxes: Mailboxes;
  readonly path = new WalkPath();
  readonly standing = new Standing();

  constructor(map: MachineMap) {
    this.mem = new Int32Array(new SharedArrayBuffer(map.words * 4));
    this.map = map;
    this.places = map.shape.cpus;
    this.mailboxes = new Mailboxes(this.mem, map.mailboxes);
  }

  /** Shows an actor at a place where it waits, or does nothing more. `word` is the word of its step. */
  show(place: ActorPlace, word: number): void {
    this.#begin(place, place.step === STEP.END);
    if (place.step === STEP.END && place.gives !== null) this.#idle(place);
    if (place.step === STEP.END) this.#end(place);
    if (place.step >= STEP.END) return;
    const kind = KIND_OF[place.waits];
    if (kind === undefined) return;
    this.mem[place.address] = word;
    const block = blockOf(this.map, place.cpu);
    this.mem[block + CPU.csd + CSD.lost] = place.waits === WAITS_FOR.ACKS ? place.lost : 0;
    if (place.waits === WAITS_FOR.CPU) {
      const { NOT, NAMED, FOR_CPU } = CONDITION_IS;
      this.#condition(place.cpu, NOT | NAMED | FOR_CPU, -1, place.a, place.by);
    } else if (kind === WAIT.WORD) {
      const not = place.step === STEP.AWAIT_NOT ? CONDITION_IS.NOT : 0;
      this.#condition(place.cpu, place.how | not, place.a, place.b, place.by);
    }
    this.#wait(place, kind, kind === WAIT.ACK ? 0 : place.address);
  }

  /** Shows an actor in a loop of reads, which waits for any other CPU to store one of its words. */
  showLoop(loop: ReadLoopPlaces, word: number): void {
    const [first, ...others] = loop;
    this.#begin(first, false);
    this.mem[first.address] = word;
    const { cpu } = first;
    const { NOT, LOOP, FOR_EVER, INSIDE, NAMED, HELD: IS_HELD } = CONDITION_IS;
    const flags = NOT | LOOP | FOR_EVER | (first.inside ? INSIDE : 0);
    // As in a machine, a loop that tries one lock and does nothing else waits for its owner.
    const owner = first.step === STEP.TRY_LOCK && others.length === 0 ? lockOwner(word) : -1;
    if (owner < 0) this.#condition(cpu, flags, -1, word, this.#all() & ~(1 << cpu));
    else this.#condition(cpu, flags | NAMED | IS_HELD, -1, word, 1 << owner);
    const at = blockOf(this.map, cpu) + CPU.condition;
    const read = others.slice(0, LOOP_OTHERS);
    this.mem[at + CONDITION.others] = read.length;
    for (const [i, { address }] of read.entries()) {
      this.mem[at + CONDITION.addresses + i] = address;
      this.mem[at + CONDITION.values + i] = this.mem[address];
    }
    this.#wait(first, WAIT.WORD, first.address);
  }

  #all(): number {
    return this.places === 32 ? -1 : (1 << this.places) - 1;
  }

  #begin({ actor, cpu, lines }: ActorPlace, hasEnded: boolean): void {
    const { mem, map } = this;
    const block = blockOf(map, cpu);
    mem[block + CPU.runner] = actor + 1;
    mem[block + CPU.wait] = waitRecord(WAIT.RUN, 0, true);
    mem[block + CPU.activity] = ACTIVITY.RUNNING;
    mem[block + CPU.held] = 0;
    mem[block + CPU.trial] = TRIAL;
    // A timer that may expire once more than is looked at.
    mem[block + CPU.armed] = lines?.spent ?? 0;
    mem[map.progress + actor * LINE_WORDS + PROGRESS.meeting] = hasEnded ? 1 : 0;
    mem[map.progress + actor * LINE_WORDS + PROGRESS.taskEnded] = hasEnded ? TRIAL : 0;
  }

  /** Shows a CPU whose task has ended, and that waits for another one (runQueue.ts). */
  #idle({ actor, cpu }: ActorPlace): void {
    const { mem, map } = this;
    const { NOT, NAMED, IDLE, SLEEPS } = CONDITION_IS;
    mem[map.progress + actor * LINE_WORDS + PROGRESS.meeting] = 0;
    this.#condition(cpu, NOT | NAMED | IDLE | SLEEPS, -1, 0, 0);
    mem[blockOf(map, cpu) + CPU.wait] = waitRecord(WAIT.WORD, taskOfferAt(map, actor), true);
  }

  #end({ cpu, exited, held }: ActorPlace): void {
    const { mem } = this;
    const block = blockOf(this.map, cpu);
    if (exited) mem[block + CPU.activity] = ACTIVITY.EXITED;
    mem[block + CPU.exitedWith] = held.length;
    mem[block + CPU.held] = held.length;
    for (const [i, lock] of held.entries()) mem[block + CPU.locks + i * HELD.WORDS + HELD.lock] = lock;
  }

  #condition(cpu: number, flags: number, mask: number, value: number, by: number): void {
    const { mem } = this;
    const at = blockOf(this.map, cpu) + CPU.condition;
    mem[at + CONDITION.flags] = flags;
    mem[at + CONDITION.mask] = mask;
    mem[at + CONDITION.value] = value;
    mem[at + CONDITION.by] = by;
    mem[at + CONDITION.others] = 0;
  }

  #wait({ cpu, takesCalls }: ActorPlace, kind: number, object: number): void {
    this.mem[blockOf(this.map, cpu) + CPU.wait] = waitRecord(kind, object, takesCalls);
  }
}
