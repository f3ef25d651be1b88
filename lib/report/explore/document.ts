/** The document of an exploration. Made by lib/run/explore.ts; text.ts shows the same facts as text. */

import type { ExploredOutcome } from '../../race/exploredMemory.js';
import type { MemoryModel } from '../../race/settings.js';
import type { OfCode } from '../words/world.js';

/** One step of an order. */
export interface OrderStep {
  readonly cpu: number;
  /** `step`, `takes a call`, `takes an interrupt` of a line, or `drains` where its oldest store leaves the buffer. */
  readonly does: string;
  /** The step label of the race, empty in front of the first; and the function. */
  readonly label: string;
  readonly fn: string;
  /** `read of pte`. */
  readonly text: string;
}

/** The shortest order as real threads have run it. */
export interface WitnessFile {
  /** The evidence, and the command that replays it; null where none was written. */
  readonly file: string | null;
  readonly sha256: string | null;
  readonly command: string | null;
  /** Whether the replay of the evidence has failed in the same way; and why not. */
  readonly replayed: boolean;
  readonly reason: string | null;
}

/** A failure that some order leads to. */
export interface ExploredFailure {
  readonly signature: string;
  /** States in which it may come. */
  readonly states: number;
  /** Preemptions and steps of the order with the fewest of them. Null where none was followed up to it. */
  readonly preemptions: number | null;
  readonly steps: number | null;
  readonly order: readonly OrderStep[];
  /** How many of the last steps come again and again, where the trial has no end; 0 where it has one. */
  readonly cycle: number;
  /** Null if no evidence was asked for. */
  readonly witness: WitnessFile | null;
}

/** One of the searches of an exploration, which begin one behind the other. */
export interface ExploredSearch {
  /**
   * `states`: all of them; `reduced`: those whose orders stand for all; `preemptions`: all again, those that fewer preemptions lead to
   * first.
   */
  readonly by: 'states' | 'reduced' | 'preemptions';
  readonly states: number;
  readonly transitions: number;
  readonly bytes: number;
  readonly seconds: number;
  /**
   * Why it has ended. `complete`: nothing was left; `found`: the shortest order of each failure was; `states` and `memory`: a limit;
   * `estimate`: there seemed to be too many states; `layer`: the next number of preemptions would have too many; `obstacle`: no orders can be
   * left out; `interrupt`.
   */
  readonly end: 'complete' | 'found' | 'states' | 'memory' | 'estimate' | 'layer' | 'obstacle' | 'interrupt';
}

/** What `explore --json` prints of one variant. */
export interface ExploreDocument extends OfCode {
  readonly schema: 'racehammer.explore/1';
  /** Of racehammer. */
  readonly version?: string;
  /** The git commit of the race's file, with `-dirty` behind it if tracked files differed; null if it is not known. */
  readonly revision?: string | null;
  readonly race: string;
  readonly variant: string;
  readonly knobs: Readonly<Record<string, string>>;
  readonly cpus: number;
  readonly memory: MemoryModel;
  /** PROVED: no order fails or hangs. FAILS: at least one does. BOUNDED: none was found, and not all were looked at. */
  readonly verdict: 'PROVED' | 'FAILS' | 'BOUNDED';
  /** The signature that the variant is expected to fail with, null if it should hold; and whether that is what was found. Null for BOUNDED. */
  readonly expected: string | null;
  readonly agrees: boolean | null;
  /** Whether all states were met whose orders are not cut. */
  readonly complete: boolean;
  /** There were too many states: orders were left out that only exchange steps which have nothing to do with each other. */
  readonly reduced?: boolean;
  readonly interrupted: boolean;
  /** Preemptions up to which every order was looked at; null where all states were met. */
  readonly preemptions: number | null;
  /** States that were not searched further, because a CPU had made so many accesses. */
  readonly cuts: number;
  /**
   * Loops of the race in which that was, and whose iterations it does not mark, three at most: `fn (file:///x.js:9:5) < actor (file:///x.js:2:3)`,
   * at the first of these lines or around one of these calls.
   */
  readonly cutLoops?: readonly string[];
  readonly accesses: number;
  /** States in which a timer or storm might interrupt a CPU once more: no line does so more often there than `interrupts` times. */
  readonly leftOut: number;
  readonly interrupts: number;
  /** Loops that say nothing of themselves, and were taken to go on for ever because nothing changed in many steps. */
  readonly loops: number;
  /** States that were met; where not all were, by the last of the searches. */
  readonly states: number;
  /** How many states there are, about, where not all were met, 1e12 if there are more; all of them otherwise. Null if it was too soon to say. */
  readonly estimate: number | null;
  readonly transitions: number;
  /** Orders in which the trial can go, rounded beyond 2^53; null where not all states were met, or where some go round and round. */
  readonly orders: number | null;
  /** Classes of these orders: in those of one, every CPU reads the same and leaves the same. Null where they cannot be counted. */
  readonly classes: number | null;
  /** Why they cannot; null if they are counted. */
  readonly unclassed: string | null;
  /**
   * Only of a race that grades the results of its actors: the outcomes that ends of trials have, all of them where all states were met, and
   * those that are required.
   */
  readonly outcomes?: readonly ExploredOutcome[];
  /** States in which it ends without a failure. */
  readonly ends: number;
  readonly failures: readonly ExploredFailure[];
  /** The searches, one behind the other; missing in old documents. */
  readonly searches?: readonly ExploredSearch[];
  readonly seconds: number;
  readonly bytes: number;
  readonly repeat: string;
  readonly exitCode: number;
}

/** What `explore --json` prints of several variants. */
export interface ExplorationsDocument {
  readonly schema: 'racehammer.explorations/1';
  readonly explorations: readonly ExploreDocument[];
}
