/** Makes evidence of captured failures. Called on the host by run.ts, during the run and at its end. */

import { fileURLToPath } from 'node:url';
import { RECORD_WORDS, type Evidence, type EvidenceCpu, type EvidenceLayout } from '../../evidence/evidence.js';
import { initialState } from '../../evidence/initialState.js';
import { traceOf, whyNotReconstructible } from '../../evidence/recordedTrace.js';
import { lockWords } from '../../evidence/timelineText.js';
import { unrecordedWords } from '../../evidence/unrecorded.js';
import { instanceAt } from '../../machine/cpu.js';
import { takeCaptures, type CapturedTrial } from '../../machine/capture.js';
import { HEADER, MACHINE } from '../../machine/layout.js';
import { lineWords } from '../../machine/lineTable.js';
import { LOCK_PARKED } from '../../machine/lockWord.js';
import type { MachineMap } from '../../machine/map.js';
import { signaturesOf } from '../../machine/signatures.js';
import { offerAt } from '../../machine/migration.js';
import { Mailboxes } from '../../sharedarraybuffer-utils/index.js';
import { checkFailure } from './failureWords.js';
import { partsOf, requireActors } from '../../race/kinds.js';
import type { ActorRace, Race } from '../../race/race.js';
import { isInstrumented } from '../../instrument/marked.js';
import { raceUrl as builtIn } from './loadRace.js';
import type { HostMachine } from './machine.js';
import type { Plan } from '../plan.js';
import { packageVersion, raceSource } from './raceSource.js';
import { symbolsFor } from './symbols.js';
import { chanceOf } from '../draws.js';

/** A trial as evidence is made of it, with the name of its failure. */
type BareTrial = Omit<CapturedTrial, 'outcome' | 'signature' | 'final'> & { readonly signature: string };

/** Makes evidence of what the machines of a run have captured. */
export class EvidenceMaker {
  readonly #race: ActorRace;
  readonly #config: unknown;
  readonly #plan: Plan;
  readonly #source: string;
  readonly #version = packageVersion();

  constructor(race: ActorRace, config: unknown, plan: Plan) {
    this.#race = race;
    this.#config = config;
    this.#plan = plan;
    this.#source = raceSource(plan.raceUrl);
  }

  make(machine: HostMachine, captured: CapturedTrial): Evidence {
    const signature = signaturesOf(Object.keys(this.#race.signatures))[captured.signature];
    const bare = this.#bare(machine, { ...captured, signature });
    const reset = this.#resetWords(machine.map, captured.instance);
    const unrecorded = whyNotReconstructible(bare) === undefined ? this.#unrecorded(bare, captured, reset) : [];
    return this.#named(machine, bare, reset, unrecorded);
  }

  /**
   * Makes the same of the first trial of a round that did not fail: its signature is empty, and no CPU the one that failed. It cannot be
   * replayed, since its number is not known.
   */
  clean(machine: HostMachine, records: readonly Int32Array[]): Evidence {
    const instance = instanceAt(machine.map, 0);
    const rings = records.map((words) => ({ words, written: words.length / RECORD_WORDS }));
    const bare = this.#bare(machine, { instance, rings, signature: '', cpu: -1, trial: 0, message: '', detail: [] });
    return this.#named(machine, bare, this.#resetWords(machine.map, instance), []);
  }

  /** Returns what is known without a look at the values of words. */
  #bare(machine: HostMachine, trialOf: BareTrial): Evidence {
    const race = this.#race;
    const { raceUrl, variant, knobs, sync, memory, seed, round } = this.#plan;
    const { trial, instance, cpu, message, detail, signature, rings } = trialOf;
    const { lines } = partsOf(race);
    return {
      race: race.name,
      target: raceUrl === builtIn(race.name) ? race.name : fileURLToPath(raceUrl),
      source: this.#source,
      variant,
      knobs,
      sync,
      memory,
      seed,
      machine: machine.index,
      round,
      trial,
      instance,
      signature,
      cpu,
      message,
      detail,
      cpus: rings.map((ring, id) => this.#cpu(machine, trial, id, ring)),
      ...(isInstrumented(raceUrl) ? { instrumented: true as const } : {}),
      ...(this.#plan.places === this.#plan.cpus ? {} : { processors: this.#plan.cpus }),
      initial: [],
      names: [],
      unrecorded: [],
      steps: race.steps,
      windows: race.windows,
      handlers: race.interrupts.map((handler) => handler.name),
      ...(lines.length === 0 ? {} : { lines: lines.map(lineWords) }),
      layout: layoutOf(machine.map),
      versions: { racehammer: this.#version, node: process.version },
    };
  }

  /** Adds the first state and the names of all words. */
  #named(machine: HostMachine, bare: Evidence, reset: Int32Array, unrecorded: readonly number[]): Evidence {
    const { instance } = bare;
    const initial = initialState(traceOf(bare).cpus, this.#known(machine.map, instance, reset));
    const symbols = symbolsFor(this.#race, this.#config, machine, instance);
    const named = new Set([...initial.map(([address]) => address), ...unrecorded]);
    return { ...bare, initial, unrecorded, names: [...named].map((address) => [address, symbols(address)]) };
  }

  /** Returns the words of the instance that were changed without a record. A sleeper's mark in a lock word is no part of it. */
  #unrecorded(evidence: Evidence, { instance, final }: CapturedTrial, reset: Int32Array): number[] {
    const locks = lockWords(evidence);
    const end = instance + this.#race.instanceWords(this.#config);
    const words = {
      at: instance,
      initial: reset.subarray(instance, end),
      final: final.subarray(0, end - instance),
    };
    return unrecordedWords(traceOf(evidence).cpus, words, (address) => (locks.has(address) ? ~LOCK_PARKED : -1));
  }

  /** Returns the machine's memory up to the end of the instance, as the race resets that. */
  #resetWords(map: MachineMap, instance: number): Int32Array {
    const reset = new Int32Array(instance - HEADER.WORDS + map.instanceStride);
    this.#race.reset(reset, instance, this.#config);
    return reset;
  }

  #cpu(machine: HostMachine, trial: number, id: number, ring: CapturedTrial['rings'][number]): EvidenceCpu {
    const { actor, comm } = this.#race.role(id, this.#plan.cpus, this.#config);
    const chance = chanceOf(this.#plan.seed, machine.index, id, trial);
    return { actor, comm, chance, written: ring.written, records: [...ring.words] };
  }

  /** Returns the words whose first state does not have to be derived: the instance as its race resets it, mailboxes, the outcome. */
  #known(map: MachineMap, instance: number, reset: Int32Array): (address: number) => number | undefined {
    const first = instance - HEADER.WORDS;
    const mailboxesEnd = map.mailboxes + Mailboxes.words(map.shape.cpus);
    return (address) => {
      if (address >= first && address < reset.length) return reset[address];
      const isZero = (address >= map.mailboxes && address < mailboxesEnd) || address === map.machine + MACHINE.outcome;
      return isZero ? 0 : undefined;
    };
  }
}

/** Gathers the evidence of a run, as many failures of each signature as the plan says to keep. */
export class EvidenceKeeper {
  readonly #maker: EvidenceMaker | undefined;
  readonly #machines: readonly HostMachine[];
  readonly #keep: number;
  readonly #race: string;
  readonly #kept: Evidence[] = [];

  constructor(race: Race, config: unknown, plan: Plan, machines: readonly HostMachine[]) {
    this.#keep = plan.keep;
    this.#race = race.name;
    this.#machines = machines;
    this.#maker = this.#keep === 0 ? undefined : new EvidenceMaker(requireActors(race), config, plan);
  }

  /** Takes what has been captured since; everything that is kept so far. */
  collect(): readonly Evidence[] {
    const maker = this.#maker;
    if (maker === undefined) return this.#kept;
    for (const machine of this.#machines) {
      for (const captured of takeCaptures(machine.mem, machine.map)) {
        checkFailure(this.#race, machine.map, captured);
        const evidence = maker.make(machine, captured);
        if (this.#kept.filter(({ signature }) => signature === evidence.signature).length < this.#keep)
          this.#kept.push(evidence);
      }
    }
    return this.#kept;
  }
}

/** Returns what a replay must find in the same places. */
export function layoutOf(map: MachineMap): EvidenceLayout {
  const { instances, instanceStride, mailboxes, cpus, cpuStride, percpu, percpuStride } = map;
  const migration = offerAt(map);
  return {
    instances,
    instanceStride,
    mailboxes,
    cpus,
    cpuStride,
    percpu,
    percpuStride,
    migration,
    verdict: map.machine + MACHINE.outcome,
  };
}
