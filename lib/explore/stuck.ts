/**
 * Says what a machine calls a state in which CPUs wait for ever. Called by search.ts for states without a transition.
 *
 * The names are those of lib/machine/cycle.ts and standstill.ts: a CPU that waits looks for a cycle, then for an owner that has exited,
 * then for a word that nobody will store. No proof is needed here: nothing can change any more.
 */

import { CONDITION_IS } from '../machine/condition.js';
import { lockOwner } from '../machine/lockWord.js';
import { DEADLOCK, LIVELOCK, LOST_WAKE_UP, ORPHANED_LOCK } from '../machine/signatures.js';
import type { Model } from './model.js';
import { STEP, WAITS_FOR, type ActorPlace } from './step.js';
import type { Transitions } from './transitions.js';

/** Returns the signatures by which the CPUs that wait in the state at hand may fail the trial, each with an actor that would. */
export function signaturesOfStuck(model: Model, state: Transitions): Map<string, number> {
  return signaturesOf(new Stuck(model, state), model.actors.length);
}

function signaturesOf(stuck: Stuck, actors: number): Map<string, number> {
  const found = new Map<string, number>();
  for (let c = 0; c < actors; c++) {
    const signature = stuck.signatureOf(c);
    // One on a cycle is sure to find it: of a lock that its CPU holds itself nobody else does.
    if (signature !== null && (!found.has(signature) || stuck.isOnCycle(c))) found.set(signature, c);
  }
  return found;
}

/** Returns the same of a state in which these actors read words again and again, and all others wait or have ended. */
export function signaturesOfLooping(
  model: Model,
  state: Transitions,
  looping: ReadonlySet<number>,
): Map<string, number> {
  return signaturesOf(new Stuck(model, state, looping), model.actors.length);
}

/** The CPUs of a state that nobody leaves. */
class Stuck {
  readonly #model: Model;
  readonly #state: Transitions;
  readonly #places: readonly ActorPlace[];
  /** Actors that wait, and wait for ever if those wait that they wait for. */
  readonly #waits: boolean[];

  constructor(model: Model, state: Transitions, looping: ReadonlySet<number> = new Set()) {
    this.#model = model;
    this.#state = state;
    // A loop waits for words that any other may store.
    const all = ~(-1 << model.actors.length);
    this.#places = model.actors.map((_, c) => {
      const place = state.placeOf(c);
      return looping.has(c) ? { ...place, waits: WAITS_FOR.WORD, how: CONDITION_IS.TASKS, by: all & ~(1 << c) } : place;
    });
    this.#waits = this.#places.map(({ step }) => step < STEP.END);
    this.#letGo();
  }

  /** Returns what the actor would fail as; null if it does not wait for ever. */
  signatureOf(actor: number): string | null {
    if (!this.#waits[actor]) return null;
    if (this.#meetsCycle(actor, [])) return DEADLOCK;
    const { waits } = this.#places[actor];
    if (waits === WAITS_FOR.LOCK && this.#hasExited(this.#ownerOf(actor))) return ORPHANED_LOCK;
    const last = this.#lastOf(actor, []);
    if (last < 0) return LIVELOCK;
    return (this.#places[last].how & CONDITION_IS.HELD) === 0 ? LOST_WAKE_UP : ORPHANED_LOCK;
  }

  /** Whether an actor waits for itself in the end. */
  isOnCycle(actor: number): boolean {
    return this.#meets(actor, actor, []);
  }

  #meets(wanted: number, from: number, path: readonly number[]): boolean {
    return this.#providers(from).some(
      (p) => p === wanted || (this.#waits[p] && !path.includes(p) && this.#meets(wanted, p, [...path, p])),
    );
  }

  /** Those that wait for one who fails, or was cut, may go on. */
  #letGo(): void {
    for (let again = true; again;) {
      again = false;
      for (const [c, waits] of this.#waits.entries()) {
        if (!waits || !this.#providers(c).some((p) => !this.#waits[p] && this.#places[p].step > STEP.END)) continue;
        this.#waits[c] = false;
        again = true;
      }
    }
  }

  /** Returns the actors that could end the wait of an actor, by their own code. */
  #providers(actor: number): number[] {
    const place = this.#places[actor];
    if (place.waits === WAITS_FOR.LOCK) {
      const owner = this.#ownerOf(actor);
      return owner < 0 ? [] : [owner];
    }
    if (place.waits === WAITS_FOR.ACKS) return this.#actorsOn(this.#word(place));
    if (place.waits !== WAITS_FOR.WORD) return [];
    const tasks = (place.how & CONDITION_IS.TASKS) !== 0;
    const named = tasks ? this.#places.flatMap((_, c) => ((place.by >>> c) & 1 ? [c] : [])) : this.#actorsOn(place.by);
    const inside = (place.how & CONDITION_IS.INSIDE) !== 0 && (place.how & CONDITION_IS.NAMED) === 0;
    return inside ? [...named, actor] : named;
  }

  #word(place: ActorPlace): number {
    return this.#state.word(this.#model.slotAt(place));
  }

  /** Returns the actor that runs on the CPU that owns the lock, or -1. */
  #ownerOf(actor: number): number {
    const owner = lockOwner(this.#word(this.#places[actor]));
    return this.#places.findIndex(({ cpu }) => cpu === owner);
  }

  #actorsOn(cpus: number): number[] {
    return this.#places.flatMap(({ cpu }, c) => ((cpus >>> cpu) & 1 ? [c] : []));
  }

  #hasExited(actor: number): boolean {
    return actor >= 0 && this.#places[actor].step === STEP.END && this.#places[actor].exited;
  }

  /** Whether the way from an actor leads into a cycle of actors that wait for each other. */
  #meetsCycle(actor: number, path: readonly number[]): boolean {
    if (path.includes(actor)) return true;
    return this.#providers(actor).some((p) => this.#waits[p] && this.#meetsCycle(p, [...path, actor]));
  }

  /** Returns the one on the way from an actor that waits for a word, or an answer, and for nobody who waits; -1 if there is none. */
  #lastOf(actor: number, path: readonly number[]): number {
    if (path.includes(actor)) return -1;
    const { waits } = this.#places[actor];
    const waiting = this.#providers(actor).filter((p) => this.#waits[p]);
    if (waiting.length === 0) return waits === WAITS_FOR.LOCK ? -1 : actor;
    for (const provider of waiting) {
      const last = this.#lastOf(provider, [...path, actor]);
      if (last >= 0) return last;
    }
    return -1;
  }
}
