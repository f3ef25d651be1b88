/** Makes the machine that a search explores: its map, its first state, and a CPU for each actor. Called by lib/explore/states/model.ts. */

import { Cpu, instanceAt } from '../../machine/cpu.js';
import { takeInterrupts } from '../../machine/irq.js';
import { OWN_WORDS } from '../../machine/layout.js';
import type { Instructions } from '../../machine/instructions.js';
import type { MachineMap } from '../../machine/map.js';
import type { MemoryModel } from '../../machine/memoryModel.js';
import { refuse } from '../../machine/reach.js';
import { machineFor } from '../../race/bootMachine.js';
import { partsOf } from '../../race/kinds.js';
import { allowedCpus, placesOf } from '../../race/tasks.js';
import { StoredWords, type Learned } from './learned.js';
import { OwnAccesses } from './ownAccesses.js';
import { LeftAreas } from './leftAreas.js';
import type { Knobs } from '../../race/expectation.js';
import type { ActorRace } from '../../race/race.js';
import type { ExploredMemory } from '../../race/exploredMemory.js';
import { ExploreRefusal } from './refusal.js';

/** What is explored: a variant under its knobs, on so many CPUs. */
export interface ExploredVariant {
  readonly race: ActorRace;
  readonly variant: string;
  /** All of them. */
  readonly knobs: Knobs;
  readonly cpus: number;
  readonly memory: MemoryModel;
  /** Memory that the race has beside the machine's, made for this search. */
  readonly own?: ExploredMemory | null;
}

/** What an actor is followed for. */
export interface ActorLimits {
  /** Accesses that it makes. */
  readonly accesses: number;
  /** Interrupts of one line that timers raise on its CPU, storms as well. */
  readonly interrupts: number;
}

/** Masks of CPUs are one word here. */
const CPUS_MAX = 32;

const noCall = (): never => {
  throw new Error('a CPU that is explored has no machine');
};

/** Shows which code of the race the thread is in, so that another thread sees if it stays there. */
export type InCode = (what: string | null) => void;

/** The machine of a search. */
export class Boot {
  readonly race: ActorRace;
  readonly map: MachineMap;
  readonly config: unknown;
  readonly own: ExploredMemory | null;
  readonly memory: MemoryModel;
  readonly cpus: number;
  /** Its CPUs, and the places of tasks that have none: one for each actor. */
  readonly places: number;
  /** Steps of one actor after which the search goes no further. */
  readonly accessesMax: number;
  /** How often the timers of one line expire on one CPU. */
  readonly interruptsMax: number;
  /** Word index of the instance. */
  readonly instance: number;
  /**
   * Words that no memory has: whether the trial is one of every so many; what was left in the areas of each place; and the CPUs that
   * each task may run on which waits for one.
   */
  readonly everyAt: number;
  readonly leftAt: number;
  readonly readyAt: number;
  /** What CPUs have left in their areas. */
  readonly left = new LeftAreas();
  readonly learned: Learned;
  /** Told what code of the race runs now; null where none does. */
  readonly inCode: InCode;
  /** Words that CPUs access in their own areas without an instruction. */
  readonly ownAccesses = new OwnAccesses();
  /** Who stores which words, as far as it is known. */
  readonly stored: StoredWords;
  /** Memory up to the end of the per-CPU areas, as it is in front of the trial. */
  readonly first: Int32Array;

  constructor(
    { race, variant, knobs, cpus, memory, own = null }: ExploredVariant,
    limits: ActorLimits,
    learned: Learned,
    inCode: InCode,
  ) {
    this.inCode = inCode;
    this.learned = learned;
    this.stored = new StoredWords(learned);
    if (cpus > CPUS_MAX) throw new ExploreRefusal(`explore: ${cpus} CPUs, ${CPUS_MAX} are possible`);
    if (race.own !== null && own === null)
      throw new ExploreRefusal(`race ${race.name}: works on memory of its own, and this search has made none`);
    this.race = race;
    this.own = own;
    this.cpus = cpus;
    this.places = placesOf(race, cpus);
    this.memory = memory;
    this.accessesMax = limits.accesses;
    this.interruptsMax = limits.interrupts;
    this.config = race.configure(variant, knobs);
    this.map = machineFor(race, this.config, {
      cpus: this.places,
      processors: cpus,
      instances: 1,
      orderTurns: 0,
    });
    this.everyAt = this.map.words;
    this.leftAt = this.map.words + 1;
    this.readyAt = this.leftAt + this.places;
    this.first = new Int32Array(this.map.percpu + this.map.percpuStride * this.places);
    this.instance = instanceAt(this.map, 0);
    race.reset(this.first, this.instance, this.config);
  }

  /** Returns what a word is in the first state. */
  firstWord(address: number): number {
    if (this.own !== null && address >= OWN_WORDS) return this.own.first(address);
    return this.first[address] ?? 0;
  }

  /** Makes a CPU with a memory of its own. Its instructions are those that are bound to it afterwards. */
  cpu(id: number): Cpu {
    const { race, map, config, memory } = this;
    const mem = new Int32Array(new SharedArrayBuffer(map.words * 4));
    // What cpu.ts writes at boot is part of the first state.
    mem.set(this.first);
    const isa = { confine: noop, workOn: noop, watchAreas: noop } as unknown as Instructions;
    const cpu = new Cpu({
      mem,
      map,
      id,
      machine: 0,
      budget: { min: 1, max: 1, parkMsMax: 1 },
      recording: false,
      memory,
      lockdep: false,
      interrupts: race.interrupts,
      lines: partsOf(race).lines.map((line) => ({ ...line, storm: line.storm(config) })),
      polls: race.polls,
      allowed: allowedCpus(race, id, this.cpus),
      offline: race.hotplug,
      config,
      signatures: Object.keys(race.signatures),
      steps: race.steps,
      windows: race.windows,
      hostStartMs: 0,
      trap: takeInterrupts,
      refuse,
      wakeAt: noCall,
      readAgain: noCall,
      lookForLoop: noCall,
      link: () => isa,
    });
    this.first.set(mem.subarray(0, this.first.length));
    return cpu;
  }
}

function noop(): void {}
