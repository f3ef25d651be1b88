/**
 * One machine as the host sees it. Made by run.ts and lib/harness/replay; read by all that watch it or report on it.
 */

import { Counters, GATE, LINE_WORDS, allocateMemory, type SharedMemory } from '../../sharedarraybuffer-utils/index.js';
import { instanceAt, blockOf } from '../../machine/cpu.js';
import { plantCanaries } from '../../machine/canary.js';
import { firstFailureMs } from '../../machine/firstFailure.js';
import { requestCaptures } from '../../machine/capture.js';
import { COUNTER, CPU, GAPS, MACHINE, PROGRESS, PROOF_BUCKETS } from '../../machine/layout.js';
import type { MachineMap } from '../../machine/map.js';
import { isCaptured } from '../../machine/snapshot.js';
import {
  readCalls,
  readCpu,
  readSnapshot,
  stepLabel,
  type CpuSnapshot,
  type Naming,
  type PostedCall,
  type Snapshot,
} from '../../machine/snapshotView.js';
import { signaturesOf } from '../../machine/signatures.js';
import { machineFor, ownPerCpuLeft, ownPerCpuWords, type OwnPerCpuWords } from '../../race/bootMachine.js';
import { nameOfMachineWord } from '../../race/machineWords.js';
import { lineWords } from '../../machine/lineTable.js';
import { partsOf, requireActors, roleOf } from '../../race/kinds.js';
import type { Race } from '../../race/race.js';
import { declareLocks } from '../../race/possibleDeadlocks.js';
import type { Counts } from '../../statistics/counts.js';
import { checkFailure } from './failureWords.js';
import { machineNeedsOf, type Plan } from '../plan.js';
import { callRace } from '../raceCall.js';
import { checkReset } from '../strayStores.js';

/** What a machine has counted so far. */
export interface MachineCounts extends Pick<Counts, 'trials' | 'failures' | 'nearMisses'> {
  readonly rounds: number;
  /** Failures by signature, in the order of signaturesOf(). */
  readonly signatures: readonly number[];
  /** Milliseconds from the start of the process to the first failure; null if there was none. */
  readonly firstFailureMs: number | null;
}

/** One machine as the host sees it: it reads shared memory and never waits. */
export class HostMachine {
  readonly memory: SharedMemory;
  readonly mem: Int32Array;
  readonly map: MachineMap;
  readonly index: number;
  /** What its threads are sent of the race's own memory; null if it has none. */
  readonly own: unknown;
  /** Per-CPU variables of races that its map has places for. */
  readonly percpu: OwnPerCpuWords;
  /** Class names of its locks; empty without lockdep. */
  readonly lockNames: readonly string[];
  /** Signatures that the race declares. */
  readonly declared: readonly string[];
  readonly #race: string;
  readonly #naming: Naming;
  readonly #counters: Counters;

  constructor(race: Race, config: unknown, plan: Plan, index: number) {
    this.map = machineFor(race, config, machineNeedsOf(plan));
    this.percpu = ownPerCpuWords();
    this.memory = allocateMemory(this.map.words);
    this.mem = new Int32Array(this.memory.buffer);
    this.index = index;
    this.own = race.kind === 'actors' ? (race.own?.make(plan.variant, plan.places) ?? null) : null;
    this.#race = race.name;
    this.declared = Object.keys(race.signatures);
    this.#counters = new Counters(this.mem, this.map.counters);
    const { steps, windows, interrupts, lines } = partsOf(race);
    this.#naming = {
      steps,
      windows,
      signatures: signaturesOf(this.declared),
      interrupts: interrupts.map((handler) => handler.name),
      lines: lines.map(lineWords),
      role: (cpu) => roleOf(race, cpu, plan.cpus, config),
    };
    // The name of every word is asked for. Each call that is bounded by itself takes a thread's start, so they are one.
    this.lockNames = !plan.lockdep
      ? []
      : callRace(`race ${race.name}`, () => declareLocks(requireActors(race), config, this.mem, this.map));
    requestCaptures(this.mem, this.map, plan.keep);
    if (plan.onHang === 'stop') this.mem[this.map.machine + MACHINE.stopOnHang] = 1;
    plantCanaries(this.mem, this.map);
    if (plan.sync !== 'lockstep') return;
    requireActors(race).reset(this.mem, plan.replay?.instance ?? instanceAt(this.map, 0), config);
    checkReset(race.name, this.mem, this.map);
  }

  stop(): void {
    Atomics.store(this.mem, this.map.machine + MACHINE.stop, 1);
  }

  /** Returns the numbers of its threads for the host system, by the CPU that each started as; 0 where one is not known. */
  tids(): number[] {
    const { mem, map } = this;
    return Array.from({ length: map.shape.cpus }, (_, c) => mem[map.progress + c * LINE_WORDS + PROGRESS.tid]);
  }

  /** Whether all its CPUs have arrived at the first gate; before that, threads are being made. */
  hasBegun(): boolean {
    return Atomics.load(this.mem, this.map.machine + MACHINE.gate + GATE.generation) !== 0;
  }

  /** Whether CPU 0 has announced the end, or is held between two rounds: it is normal that nothing moves any more. */
  isEnding(): boolean {
    return this.hasBegun() && this.mem[this.map.machine + MACHINE.roundTrials] === 0;
  }

  counts(): MachineCounts {
    // First what is counted last: nothing may seem to be a part of more than there is (countsCheck.ts).
    const signatures = Array.from({ length: this.map.shape.signatures }, (_, i) =>
      this.#counters.read(COUNTER.signature0 + i),
    );
    const failures = this.#counters.read(COUNTER.failures);
    const nearMisses = this.#counters.read(COUNTER.nearMisses);
    const trials = this.#counters.read(COUNTER.trials);
    return {
      trials,
      rounds: this.#counters.read(COUNTER.rounds),
      nearMisses,
      failures,
      signatures,
      firstFailureMs: firstFailureMs(this.mem, this.map),
    };
  }

  /** Returns the proved deadlocks by the time it took (proofTime.ts); all 0 if the plan does not measure it. */
  proofs(): Int32Array {
    return this.mem.slice(this.map.proofs, this.map.proofs + PROOF_BUCKETS);
  }

  /** Returns a number that changes whenever a CPU of the machine makes progress. */
  progressOf(cpu: number): number {
    const block = blockOf(this.map, cpu);
    return (
      Math.imul(this.mem[this.map.progress + cpu * LINE_WORDS], 31) ^
      Math.imul(this.mem[block + CPU.trial], 17) ^
      this.mem[this.map.rings + cpu * this.map.ringStride]
    );
  }

  /** Returns the trials of a litmus test by their outcome; empty for other races. */
  litmusCounts(): number[] {
    const { signatures, outcomes = 0 } = this.map.shape;
    return Array.from({ length: outcomes }, (_, o) => this.#counters.read(COUNTER.signature0 + signatures + o));
  }

  /** Failures by the trials since the machine's failure before: entry g counts those after 2^g to 2^(g+1) - 1 of them. */
  gaps(): number[] {
    return Array.from({ length: GAPS }, (_, g) => this.#counters.read(COUNTER.gap0 + g));
  }

  /** Blocks of the machine's trials that had a failure: entry s counts those of 2^s trials. */
  failingBlocks(): number[] {
    const apart = Array.from({ length: GAPS }, (_, s) => this.#counters.read(COUNTER.apart0 + s));
    return apart.map((_, s) => apart.slice(s).reduce((sum, count) => sum + count, 0));
  }

  /**
   * Returns the first failure of a signature; undefined if there was none. Copies, so that the machine may continue.
   * Throws RaceFault for words of no failure.
   */
  snapshot(signature: number): Snapshot | undefined {
    if (!isCaptured(this.mem, this.map, signature)) return undefined;
    const at = this.map.snapshots + signature * this.map.snapshotStride;
    const snapshot = readSnapshot(this.mem.slice(at, at + this.map.snapshotStride), 0, this.map, this.#naming);
    checkFailure(this.#race, this.map, { cpu: snapshot.cpu, instance: snapshot.instance });
    return snapshot;
  }

  /** Returns what every CPU is doing now, as far as another thread can tell. */
  cpusNow(): CpuSnapshot[] {
    return Array.from({ length: this.map.shape.cpus }, (_, id) =>
      readCpu(
        this.mem,
        blockOf(this.map, id),
        this.map.rings + id * this.map.ringStride,
        this.map.percpu + id * this.map.percpuStride,
        id,
        this.map,
        this.#naming,
      ),
    );
  }

  /** Returns the calls that are not acknowledged now. */
  callsNow(): PostedCall[] {
    return readCalls(this.mem, { blocks: this.map.cpus, mailboxes: this.map.mailboxes }, this.map, this.#naming);
  }

  /** Returns the word index of the instance that a CPU works on. */
  instanceOf(cpu: number): number {
    return this.mem[blockOf(this.map, cpu) + CPU.instance];
  }

  /** Returns the name of a word that belongs to the machine, not to an instance; undefined if it is neither. */
  nameOf(address: number): string | undefined {
    return nameOfMachineWord(this.map, address);
  }

  /** Names the race's per-CPU variables that its trials have left other than 0, on any CPU. */
  leftPerCpu(): string[] {
    const { percpu, percpuStride, shape } = this.map;
    const left = Array.from({ length: shape.cpus }, (_, c) => ownPerCpuLeft(this.mem, percpu + c * percpuStride));
    return [...new Set(left.flat())];
  }

  /** Returns the label of the step that a CPU is at. */
  stepOf(cpu: number): string {
    return stepLabel(this.#naming.steps, this.mem[blockOf(this.map, cpu) + CPU.step]);
  }
}
