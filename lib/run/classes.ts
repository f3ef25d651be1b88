/**
 * Says which classes of orders a run meets, of all that there are: a search of all states counts them, and of each round's first trial it
 * is found of which one it is. Called by `run --classes`, `verify --prove` and soaks.
 */

import { createHash } from 'node:crypto';
import { findClasses } from '../explore/classes/findClasses.js';
import { KnownClasses, type ClassesData } from '../explore/classes/known.js';
import type { Exploration } from '../explore/explore.js';
import type { HostMachine } from '../harness/host/machine.js';
import { compareWords, sampledCounts, takeSamples, type SampledTrial } from '../harness/host/sampledTrials.js';
import { SAMPLED_WORDS_MAX } from '../machine/sampleMap.js';
import { HANGS, signaturesOf } from '../machine/signatures.js';
import type { ActorRace } from '../race/race.js';
import type { ClassFigures, MissingClass } from '../report/run/document.js';
import { stepsOf } from './order/orderSteps.js';

/** Shortest orders that are shown of classes that were not met, and states that are looked at for them. */
const SHOWN_MAX = 3;
const STATES_MAX = 200_000;

/** Returns why trials cannot be told apart by classes, in words; null if they can. */
export function classesObstacle(exploration: Exploration): string | null {
  const { complete, reduced, found, interrupted, classes, model } = exploration;
  if (interrupted) return 'the search of all states was interrupted';
  if (!complete) return `more than ${found.states} states: not all were met`;
  if (reduced) return 'orders that only exchange unrelated steps were left out';
  if (found.leftOut > 0) return `in ${found.leftOut} states a timer might raise one interrupt more`;
  if (found.cuts > 0) return `${found.cuts} states were not searched further`;
  if (classes.words().length > SAMPLED_WORDS_MAX)
    return `${classes.words().length} words are touched, ${SAMPLED_WORDS_MAX} can be compared`;
  if (model.places.length === 0) return 'it does nothing';
  return classes.obstacle;
}

/** Counts the classes that the trials of one or more runs meet. */
export class ClassMeter {
  readonly #race: ActorRace;
  readonly #known: KnownClasses;
  readonly #searched: Exploration | null;
  readonly #signatures: readonly string[];
  readonly #hashed: readonly number[];
  readonly #offsets: readonly number[];
  #machines: readonly HostMachine[] = [];
  /** The class of each kind of trial that was looked at. */
  readonly #classOf = new Map<string, string>();
  readonly #met = new Map<string, number>();
  /** Classes that takeNew() has returned. */
  readonly #told = new Set<string>();
  #sampled = 0;
  #unclear = 0;
  #crowded = 0;

  /** `searched`: the search that the classes are from, if orders of those that are not met are to be looked for. */
  constructor(race: ActorRace, classes: ClassesData, searched: Exploration | null = null) {
    this.#race = race;
    this.#known = new KnownClasses(classes);
    this.#searched = searched;
    this.#signatures = signaturesOf(Object.keys(race.signatures));
    const offsets = (isLock: boolean): number[] =>
      classes.words.filter((word) => word.isLock === isLock).map(({ offset }) => offset);
    this.#hashed = offsets(false);
    this.#offsets = [...this.#hashed, ...offsets(true)];
  }

  /** Begins with the machines of a run, before its CPUs do. */
  begin(machines: readonly HostMachine[]): void {
    this.#machines = machines;
    for (const machine of machines) compareWords(machine, this.#hashed, this.#offsets.slice(this.#hashed.length));
  }

  /** Looks at the trials that wait, and shows each to `onSample`. Call it often: there is room for few. */
  look(onSample: (machine: HostMachine, sample: SampledTrial) => void = () => {}): void {
    for (const machine of this.#machines)
      for (const sample of takeSamples(machine)) {
        if (!this.#classOf.has(sample.kind)) this.#classOf.set(sample.kind, this.#classFor(sample));
        onSample(machine, sample);
      }
  }

  /** Adds up what the machines have counted: the run is over. */
  end(): void {
    this.look();
    for (const machine of this.#machines) {
      const { sampled, unclear, crowded, kinds } = sampledCounts(machine);
      this.#sampled += sampled;
      this.#unclear += unclear;
      this.#crowded += crowded;
      for (const [kind, count] of kinds) {
        const met = this.#classOf.get(kind);
        // A word that was stored over, not a trial.
        if (met !== undefined) this.#met.set(met, (this.#met.get(met) ?? 0) + count);
      }
    }
    this.#machines = [];
  }

  /** Returns what was met. */
  figures(): ClassFigures {
    const { classes } = this.#known;
    const known = [...this.#met].filter(([key]) => classes.has(key));
    const unknown = [...this.#met].filter(([key]) => !classes.has(key));
    const missing = [...classes].filter((key) => !this.#met.has(key));
    return {
      classes: classes.size,
      met: known.length,
      sampled: this.#sampled,
      unclear: this.#unclear,
      crowded: this.#crowded,
      unknown: unknown.reduce((sum, [, count]) => sum + count, 0),
      missing: missing.length > 0 ? this.#shown(missing) : [],
      reason: null,
    };
  }

  /** Returns the classes that were met for the first time since the last call, each by a name that it has in other processes too. */
  takeNew(): readonly string[] {
    const { classes } = this.#known;
    const fresh = [...this.#classOf.values()].filter((key) => classes.has(key) && !this.#told.has(key));
    for (const key of fresh) this.#told.add(key);
    return [...new Set(fresh)].map((key) => this.#nameOf(key));
  }

  /** Returns what names all of the classes together: a search of other code has another one. */
  identity(): string {
    const names = Array.from(this.#known.classes, (key) => this.#nameOf(key));
    return hashOf(names.toSorted().join('\n'));
  }

  #nameOf(key: string): string {
    return hashOf(this.#known.textOf(key));
  }

  #classFor({ events, words, failure }: SampledTrial): string {
    const signature = failure === null ? '' : this.#signatures[failure.signature];
    return this.#known.keyOfTrial({
      events,
      word: (offset) => {
        const i = this.#offsets.indexOf(offset);
        return i < 0 ? undefined : words[i];
      },
      failure: failure === null ? null : { signature, cpu: failure.cpu, isHang: HANGS.includes(signature) },
    });
  }

  #shown(missing: readonly string[]): MissingClass[] {
    if (this.#searched === null) return [];
    const { model, classes } = this.#searched;
    const found = findClasses(model, classes, missing, { count: SHOWN_MAX, states: STATES_MAX });
    return found.map((witness) => ({
      outcome: witness.signature === '' ? 'clean' : witness.signature,
      preemptions: witness.preemptions,
      order: stepsOf(this.#race, witness, model),
    }));
  }
}

/** Returns SHA-256 in hexadecimal. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Returns figures that say why nothing was counted. */
export function noClasses(reason: string): ClassFigures {
  return { classes: null, met: 0, sampled: 0, unclear: 0, crowded: 0, unknown: 0, missing: [], reason };
}
