/** The memory of a test, as the harness asks for it: made on the host, taken up by each CPU's thread. Made by hammer.ts. */

import type { Cpu } from '../machine/cpu.js';
import type { GradedOutcome, Joined, OwnMemory } from '../race/ownMemory.js';
import { RaceFault, functionThrew } from '../race/raceFault.js';
import type { Snapshot } from '../machine/snapshotView.js';
import { sharedBuffers } from './buffers.js';
import { explainOwnFailure } from './explain.js';
import { ExploredTest } from './explored/memory.js';
import { interception } from './intercept.js';
import { Member } from './member.js';
import { wordName } from './names.js';
import { countOutcomes } from './outcomes.js';
import { makeParts, type TestParts } from './parts.js';
import { putPorts } from './ports.js';
import type { Test } from './test.js';
import { SleepWitness } from './witness.js';

/** The memory of one test. */
export class TestMemory implements OwnMemory {
  readonly isAwaited: boolean;
  readonly #test: Test;
  /** What this thread has taken up; null where no CPU runs. */
  #member: Member | null = null;
  /** The memory of a search; null where no search goes on. */
  #explored: ExploredTest | null = null;

  constructor(test: Test) {
    this.#test = test;
    this.isAwaited = test.isAwaited;
  }

  /** Runs the actor of a CPU in a trial; returns what is not done yet. */
  run(cpu: Cpu, actor: Test['actors'][string]): unknown {
    if (this.#explored === null) return this.member.run(actor);
    this.#explored.run(cpu, actor);
    return undefined;
  }

  /** Looks at what a trial has left. */
  finish(cpu: Cpu): void {
    if (this.#explored === null) this.member.finish();
    else this.#explored.finish(cpu);
  }

  async explore(variant: string, cpus: number): Promise<ExploredTest | string> {
    const made = await ExploredTest.make(this.#test, variant, cpus);
    if (typeof made !== 'string') this.#explored = made;
    return made;
  }

  /** Returns what this thread has taken up. Throws RaceFault where it has not: nobody runs such actors but the threads of a machine. */
  get member(): Member {
    if (this.#member !== null) return this.#member;
    throw new RaceFault(
      `race ${this.#test.name}: its actors work on memory of their own, and run in the threads of a machine alone: run, verify, soak, tune and replay make one`,
    );
  }

  make(variant: string, cpus: number): TestParts {
    const { name, share, before } = this.#test;
    let shared: unknown;
    try {
      shared = share({ variant });
    } catch (thrown) {
      throw functionThrew(name, 'share()', thrown);
    }
    return makeParts(name, shared, cpus, before !== undefined);
  }

  async join(cpu: Cpu, given: unknown, config: unknown): Promise<Joined> {
    const parts = given as TestParts;
    const { variant } = config as { readonly variant: string };
    const { name, open, outside } = this.#test;
    const buffers = sharedBuffers(parts.shared);
    const ports = putPorts(parts.shared, parts.ports, cpu.home);
    let state = parts.shared;
    try {
      if (open !== undefined) state = await open(parts.shared, { me: cpu.home, variant });
    } catch (thrown) {
      throw functionThrew(name, 'open()', thrown);
    }
    const control = new Int32Array(parts.control);
    // A module may wake what sleeps on its memory, and no operation of ours sees it.
    const isOpen = outside || buffers.some(({ memory }) => memory !== null);
    const { isAwaited } = this;
    const sleepers = isOpen ? null : { control, witness: new SleepWitness(control), isAwaited };
    interception.join(cpu, buffers, sleepers, isAwaited);
    this.#member = new Member(this.#test, cpu, variant, state, { ...parts, buffers, ports }, interception);
    return this.#member;
  }

  begin(given: unknown, values: readonly (readonly [number, number])[]): void {
    (given as { first: TestParts['first'] }).first = values;
  }

  symbol(given: unknown, byte: number): string {
    return wordName(sharedBuffers((given as TestParts).shared), this.#test.names, byte);
  }

  graded(machines: readonly unknown[]): readonly GradedOutcome[] | null {
    const { outcomes } = this.#test;
    if (outcomes === null) return null;
    return countOutcomes(
      outcomes,
      machines.map((parts) => new Int32Array((parts as TestParts).control)),
    );
  }

  explain(given: unknown, snapshot: Snapshot, thrown: string): readonly string[] {
    const { control } = given as TestParts;
    return explainOwnFailure(new Int32Array(control), snapshot, thrown, (byte) => this.symbol(given, byte));
  }
}
