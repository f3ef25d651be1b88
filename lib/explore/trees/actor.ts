/**
 * Runs the actor of one CPU up to its next step, given what it has read. Called by lib/explore/states/model.ts.
 *
 * An actor is a function of what it reads. So what comes next is known once for each history, kept in a tree, and the actor is run
 * from its start along the values that it has read; at its first step that nobody has decided it is thrown out. Memory that others
 * see belongs to the search. What is the CPU's own (its block, its per-CPU words) lies in a memory of the actor's, and is set back
 * before each run.
 */

import { blockOf, instanceAt, type Cpu } from '../../machine/cpu.js';
import { isUnbalanced, reportUnbalanced } from '../../machine/balance.js';
import { awaitLastCall } from '../../machine/ipi.js';
import { ABANDONED, ACTIVITY, isLeaving } from '../../machine/outcome.js';
import { beginTask, hasRunQueue } from '../../machine/runQueue.js';
import { CPU, CSD, MACHINE } from '../../machine/layout.js';
import { runIdle } from '../../machine/meeting.js';
import { forgetOwnAddresses } from '../../machine/stalePerCpu.js';
import { drainBuffer } from '../../machine/storeBuffer.js';
import { threw } from '../../machine/thrown.js';
import { leftTrial } from '../../machine/undone.js';
import type { Actor } from '../../race/race.js';
import { History } from './history.js';
import { LoopIterations, type Join } from './joins.js';
import { NewWay } from './newWay.js';
import { stackInRace } from './raceFrame.js';
import { placeBefore } from './readLoops.js';
import { ExploreRefusal } from './refusal.js';
import { Steps } from './steps.js';
import type { Boot } from './boot.js';
import { NOT_INTERRUPTED, isAccess, isReadOnly, type ActorPlace } from './step.js';

/** Steps that a loop which says nothing of itself is followed: no code of a kernel tries so often and then gives up. */
export const SEEN_STEPS = 1 << 14;

/** Tag and number of the one trial. */
export const TRIAL = 1;

/**
 * A way through the tree of an actor to a place; `join`: it goes there by way of that, and has the rest in common with another; `iterations`:
 * how often it goes from there to the join again first.
 */
export interface Way {
  readonly join: Join | null;
  readonly iterations: number;
  readonly end: ActorPlace;
}

/** One actor, and what is known of its tree. */
export class ExploredActor {
  readonly root: ActorPlace;
  readonly #cpu: Cpu;
  readonly #steps: Steps;
  readonly #way = new NewWay((place) => this.#pass(place));
  readonly #boot: Boot;
  readonly #name: string;
  readonly #actor: Actor<unknown>;
  readonly #places: ActorPlace[];
  readonly #joins: Join[];
  readonly #iterations: LoopIterations;
  /** The number of the run in spoilt memory that is made; 0 for none. */
  #spoilt = 0;
  /** How often the actor was run, and how many of its steps were run again for that. */
  runs = 0;

  constructor(boot: Boot, cpu: Cpu, actor: Actor<unknown>, places: ActorPlace[], joins: Join[]) {
    this.#boot = boot;
    this.#actor = actor;
    this.#places = places;
    this.#joins = joins;
    this.#cpu = cpu;
    this.#name = `race ${boot.race.name}: the actor of ${boot.own === null ? 'CPU' : 'thread'} ${cpu.home}, at code that makes no access by ${boot.own === null ? 'an instruction' : 'Atomics'},`;
    this.#iterations = new LoopIterations(boot);
    this.#steps = new Steps(cpu, boot, new History(boot), this.#iterations, this.#way);
    this.#cpu.explored = this.#steps;
    this.root = this.#discover(null, 0, NOT_INTERRUPTED);
  }

  /** Returns the place behind a step that returned `value`. */
  after(place: ActorPlace, value: number): ActorPlace {
    const known = place.children.get(value);
    if (known !== undefined) return known;
    const found = this.#discover(place, value, NOT_INTERRUPTED);
    place.children.set(value, found);
    return found;
  }

  /** Returns the place behind what is taken in front of the step. */
  interrupted(place: ActorPlace, by: number): ActorPlace {
    const known = place.interrupts.get(by);
    if (known !== undefined) return known;
    const found = this.#discover(place, 0, by);
    place.interrupts.set(by, found);
    return found;
  }

  /** Whether the actor does the same along a way that goes round a loop. */
  doesTheSame(way: Way): boolean {
    const { history } = this.#steps;
    history.isAsked = true;
    try {
      this.#runAgain(way, noop);
      return true;
    } catch (thrown) {
      if (thrown instanceof ExploreRefusal) return false;
      throw thrown;
    } finally {
      history.isAsked = false;
    }
  }

  /** Runs the actor once more along a way; returns the words that it has stored without an instruction, and what. */
  plainStores(way: Way): Map<number, number> {
    this.#runAgain(way, noop);
    return this.#steps.words.plainStores();
  }

  /**
   * Runs it once more, with other values in all these words in front of each step. What it does must be the same. `own`: those among
   * them that it stores itself without an instruction; `run`: the number of this run, from 1 on.
   */
  runSpoilt(way: Way, words: ReadonlyMap<number, number>, own: readonly number[], run: number): void {
    const cpu = this.#cpu;
    const { mem, map } = cpu;
    // What is in the area of its CPU it got from the thread that left it.
    const spoil = (word: number): void => {
      if (word < cpu.percpu || word >= cpu.percpu + map.percpuStride) mem[word] = words.get(word) ?? 0;
    };
    let isFirst = true;
    this.#spoilt = run;
    this.#runAgain(way, (known) => {
      if (isFirst) for (const word of words.keys()) spoil(word);
      isFirst = false;
      for (const word of own) spoil(word);
      for (const word of known) if (words.has(word)) spoil(word);
      known.length = 0;
    });
    this.#spoilt = 0;
  }

  /** Runs it once more along the way to a place; returns its stack at each of the newest steps, and whether iterations were said to begin among them. */
  lastSteps(end: ActorPlace, count: number): { readonly stacks: readonly string[][]; readonly isMarked: boolean } {
    const stacks: string[][] = [];
    const marked: number[] = [];
    this.#runAgain({ join: null, iterations: 0, end }, () => {
      marked.push(this.#iterations.saidToBegin);
      // A stack takes a while.
      if (marked.length > end.depth - 2 * count) stacks.push(stackInRace());
    });
    return { stacks: stacks.slice(-count), isMarked: this.#iterations.saidToBegin > (marked.at(-1 - count) ?? 0) };
  }

  #runAgain({ join, end, iterations }: Way, spoil: (known: number[]) => void): void {
    this.#steps.spoil = spoil;
    if (join === null) this.#steps.begin(end.parent, end.value, end.delivered, -1);
    else this.#steps.beginBy(join, end, iterations);
    this.#steps.expectEnd(end);
    try {
      this.#run();
    } finally {
      this.#steps.spoil = null;
    }
  }

  #discover(parent: ActorPlace | null, value: number, delivered: number): ActorPlace {
    const history = this.#steps.begin(parent, value, delivered, this.#places.length);
    if (history.length > this.#boot.accessesMax) return this.#note(this.#steps.cut());
    const first = this.#places.length;
    this.#run();
    const last = this.#last();
    // The run has passed places that were not known before: the way leads to the first of them.
    const { parent: passed } = this.#way.end;
    if (passed === parent) return last;
    passed?.children.set(0, last);
    return this.#places[first];
  }

  /** Returns the place at the end of a run along a new way. */
  #last(): ActorPlace {
    const { joined } = this.#steps;
    const { parent, ...by } = this.#way.end;
    if (joined !== null && parent !== null) return this.#join({ parent, ...by, to: joined, seen: false });
    const place = this.#steps.place();
    const before = placeBefore(place, this.#boot.learned.repeated);
    if (before === null || parent === null) return this.#note(place);
    const join = { parent, ...by, to: before, seen: true };
    const iterations = Math.ceil(SEEN_STEPS / (place.depth - before.depth));
    return this.doesTheSame({ join, iterations, end: before }) ? this.#join(join) : this.#note(place);
  }

  /** Gives a place to the tree that a run has passed. */
  #pass(place: ActorPlace): void {
    this.#note(place);
    const { parent, value, delivered } = place;
    if (delivered === NOT_INTERRUPTED) parent?.children.set(value, place);
    else parent?.interrupts.set(delivered, place);
  }

  #join(join: Join): ActorPlace {
    this.#joins.push(join);
    return join.to;
  }

  /** Gives a place to the tree. */
  #note(place: ActorPlace): ActorPlace {
    this.#places.push(place);
    this.#iterations.note(place);
    const { step, address } = place;
    if (isAccess(step) && !isReadOnly(step)) this.#boot.stored.note(address, place.actor);
    return place;
  }

  /** Runs the actor from its start until it is thrown out. */
  #run(): void {
    this.runs++;
    this.#reset();
    this.#boot.own?.begin(this.#cpu, this.#spoilt);
    this.#boot.inCode(this.#name);
    try {
      this.#runToStep();
    } finally {
      this.#boot.inCode(null);
    }
  }

  #runToStep(): void {
    const cpu = this.#cpu;
    try {
      this.#act();
      cpu.forgetLoops();
      if (!hasRunQueue(cpu)) this.#steps.lines.end();
      if (isLeaving(cpu)) leftTrial(cpu);
      for (;;) {
        const by = this.#steps.idle();
        if (hasRunQueue(cpu)) this.#takeIdle(by);
        else runIdle(cpu, () => this.#steps.lines.take(by));
        this.#steps.throwIfStopped();
      }
    } catch (thrown) {
      if (!this.#steps.isStopped) throw thrown;
      this.#steps.throwFault();
    }
  }

  /** Does what the harness does around an actor. */
  #act(): void {
    const cpu = this.#cpu;
    // Called as no method of this: stacks would name it so.
    const actor = this.#actor;
    try {
      if (hasRunQueue(cpu)) beginTask(cpu);
      actor(cpu, cpu.instance, this.#boot.config);
      this.#steps.throwIfStopped();
      if (isLeaving(cpu)) return;
      drainBuffer(cpu);
      if (isUnbalanced(cpu)) reportUnbalanced(cpu);
      else awaitLastCall(cpu);
    } catch (thrown) {
      this.#steps.throwIfStopped();
      if (thrown !== ABANDONED) threw(cpu, thrown);
    }
  }

  /** Takes an interrupt on the idle CPU of a task that has ended (runQueue.ts). */
  #takeIdle(by: number): void {
    const cpu = this.#cpu;
    cpu.idling = true;
    try {
      this.#steps.lines.take(by);
    } catch (thrown) {
      this.#steps.throwIfStopped();
      if (thrown !== ABANDONED) threw(cpu, thrown);
      if (isLeaving(cpu)) leftTrial(cpu);
    }
    cpu.idling = false;
  }

  /** Brings the memory of the actor into its first state. */
  #reset(): void {
    const cpu = this.#cpu;
    const { mem, map } = cpu;
    mem.set(this.#boot.first);
    cpu.become(cpu.home);
    cpu.lastCpu = 0;
    cpu.instance = instanceAt(map, 0);
    cpu.trialTag = TRIAL;
    cpu.taggedTrial = TRIAL;
    cpu.migrateDisabled = 0;
    cpu.rcuNesting = 0;
    forgetOwnAddresses(cpu);
    cpu.idling = false;
    cpu.contextSwitch = null;
    cpu.preemptAt = 0;
    cpu.preemptIn = 0;
    cpu.forgetLoops();
    for (let c = 0; c < cpu.cpus; c++) {
      const at = blockOf(map, c) + CPU.csd;
      mem[at + CSD.instance] = cpu.instance;
      mem[at + CSD.tag] = c === cpu.home ? 0 : TRIAL;
    }
    // Nobody reads what a failure would leave.
    mem[map.machine + MACHINE.captured] = -1;
    mem[cpu.block + CPU.trial] = TRIAL;
    mem[cpu.block + CPU.instance] = cpu.instance;
    mem[cpu.block + CPU.activity] = ACTIVITY.RUNNING;
    this.#steps.lines.begin();
  }
}

function noop(): void {}
