import { fileURLToPath } from 'node:url';
import type { Evidence, EvidenceCpu, EvidenceLayout } from '../evidence/evidence.js';
import { initialState } from '../evidence/initialState.js';
import { traceOf } from '../evidence/recordedTrace.js';
import { takeCaptures, type CapturedTrial } from '../machine/capture.js';
import { HEADER, MACHINE } from '../machine/layout.js';
import type { MachineMap } from '../machine/map.js';
import { signaturesOf } from '../machine/signatures.js';
import { offerAt } from '../machine/migration.js';
import { Mailboxes } from '../sharedarraybuffer-utils/index.js';
import type { Race } from '../race/defineRace.js';
import { raceUrl as builtIn } from './loadRace.js';
import type { HostMachine } from './machine.js';
import type { Plan } from './plan.js';
import { packageVersion, raceSource } from './raceSource.js';
import { symbolsFor } from './symbols.js';
import { chanceOf } from './trial.js';

/** Makes evidence of what the machines of a run have captured. */
export class EvidenceMaker {
  readonly #race: Race;
  readonly #config: unknown;
  readonly #plan: Plan;
  readonly #source: string;
  readonly #version = packageVersion();

  constructor(race: Race, config: unknown, plan: Plan) {
    this.#race = race;
    this.#config = config;
    this.#plan = plan;
    this.#source = raceSource(plan.raceUrl);
  }

  make(machine: HostMachine, captured: CapturedTrial): Evidence {
    const race = this.#race;
    const { raceUrl, variant, knobs, sync, seed, round } = this.#plan;
    const { trial, instance, cpu, message, detail } = captured;
    const bare = {
      race: race.name,
      target: raceUrl === builtIn(race.name) ? race.name : fileURLToPath(raceUrl),
      source: this.#source,
      variant,
      knobs,
      sync,
      seed,
      machine: machine.index,
      round,
      trial,
      instance,
      signature: signaturesOf(Object.keys(race.signatures))[captured.signature],
      cpu,
      message,
      detail,
      cpus: captured.rings.map((ring, id) => this.#cpu(machine, trial, id, ring)),
      initial: [],
      names: [],
      steps: race.steps,
      windows: race.windows,
      layout: layoutOf(machine.map),
      versions: { racehammer: this.#version, node: process.version },
    };
    const { cpus } = traceOf(bare);
    const initial = initialState(cpus, this.#known(machine.map, instance));
    const symbols = symbolsFor(race, this.#config, machine, instance);
    return { ...bare, initial, names: initial.map(([address]) => [address, symbols(address)]) };
  }

  #cpu(machine: HostMachine, trial: number, id: number, ring: CapturedTrial['rings'][number]): EvidenceCpu {
    const { actor, comm } = this.#race.role(id, this.#plan.cpus, this.#config);
    const chance = chanceOf(this.#plan.seed, machine.index, id, trial) | 0;
    return { actor, comm, chance, written: ring.written, records: [...ring.words] };
  }

  /** Words whose first state does not have to be derived: the instance as its race resets it, mailboxes, the verdict. */
  #known(map: MachineMap, instance: number): (address: number) => number | undefined {
    const first = instance - HEADER.WORDS;
    const end = first + map.instanceStride;
    const reset = new Int32Array(end);
    this.#race.reset(reset, instance, this.#config);
    const mailboxesEnd = map.mailboxes + Mailboxes.words(map.shape.cpus);
    return (address) => {
      if (address >= first && address < end) return reset[address];
      const isZero = (address >= map.mailboxes && address < mailboxesEnd) || address === map.machine + MACHINE.verdict;
      return isZero ? 0 : undefined;
    };
  }
}

/** Gathers the evidence of a run, as many failures of each signature as the plan says to keep. */
export class EvidenceKeeper {
  readonly #maker: EvidenceMaker | undefined;
  readonly #machines: readonly HostMachine[];
  readonly #keep: number;
  readonly #kept: Evidence[] = [];

  constructor(race: Race, config: unknown, plan: Plan, machines: readonly HostMachine[]) {
    this.#keep = plan.keep;
    this.#machines = machines;
    this.#maker = this.#keep === 0 ? undefined : new EvidenceMaker(race, config, plan);
  }

  /** Takes what has been captured since; everything that is kept so far. */
  collect(): readonly Evidence[] {
    const maker = this.#maker;
    if (maker === undefined) return this.#kept;
    for (const machine of this.#machines) {
      for (const captured of takeCaptures(machine.mem, machine.map)) {
        const evidence = maker.make(machine, captured);
        if (this.#kept.filter(({ signature }) => signature === evidence.signature).length < this.#keep)
          this.#kept.push(evidence);
      }
    }
    return this.#kept;
  }
}

/** What a replay must find in the same places. */
export function layoutOf(map: MachineMap): EvidenceLayout {
  const { instances, instanceStride, mailboxes, cpus, cpuStride, percpu, percpuStride } = map;
  const migration = offerAt(map);
  const verdict = map.machine + MACHINE.verdict;
  return { instances, instanceStride, mailboxes, cpus, cpuStride, percpu, percpuStride, migration, verdict };
}
