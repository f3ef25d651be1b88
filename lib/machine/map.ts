/**
 * Places everything in a machine's memory. Called by lib/race/bootMachine.ts, on the host and on each CPU's thread.
 */

import {
  Carver,
  Counters,
  LINE_WORDS,
  Mailboxes,
  PARTY_STRIDE,
  ringWords,
  roundUp,
  type Guard,
} from '../sharedarraybuffer-utils/index.js';
import {
  CAPTURE,
  CAPTURES,
  CLAIM,
  COUNTER,
  CPU,
  CPUS_MAX,
  HEADER,
  LOCKSTEP,
  LOCK_SPACE_WORDS,
  MACHINE,
  PROOF_BUCKETS,
  SIGNATURES_MAX,
  THROWN,
  WAIT_OBJECTS,
} from './layout.js';
import { LOCKDEP } from './lockdepLayout.js';
import { samplesWords } from './sampleMap.js';
import { snapshotWords } from './snapshotMap.js';

/** Least number of words between two areas that belong to nobody: a line, so that areas begin on lines. */
const GUARD_WORDS = LINE_WORDS;

/** What fixes the size and place of everything in a machine. */
export interface MachineShape {
  /** Its CPUs, and the places of tasks that have none. */
  readonly cpus: number;
  /** How many of them are CPUs, the first ones; all if absent. */
  readonly processors?: number;
  /** Words of one instance of the race's state. */
  readonly instanceWords: number;
  /** Instances in a round. */
  readonly instances: number;
  /** Words of per-CPU variables of the layers above. */
  readonly percpuWords: number;
  /** Entries of each CPU's ring, a power of two. */
  readonly ringEntries: number;
  /** Signatures that are told apart. */
  readonly signatures: number;
  /** Turns that a lockstep order can hold; 0 for a machine that runs free. */
  readonly orderTurns: number;
  /** Failed trials whose records can wait for the host; none if absent. */
  readonly captureSlots?: number;
  /** Outcomes of a litmus test, and words that its threads sweep. */
  readonly outcomes?: number;
  readonly sweepWords?: number;
  /** Words of settings that can change while it runs; none if absent. */
  readonly settingsWords?: number;
  /** Whether its trials are sampled. */
  readonly samples?: boolean;
}

/** Word index of everything in a machine's memory. */
export interface MachineMap {
  readonly shape: MachineShape;
  readonly machine: number;
  readonly instances: number;
  readonly instanceStride: number;
  readonly cpus: number;
  readonly cpuStride: number;
  readonly percpu: number;
  readonly percpuStride: number;
  readonly parties: number;
  readonly progress: number;
  readonly mailboxes: number;
  /** The offer of a CPU on a line of its own, then a bell for each thread that waits for its own CPU. */
  readonly migration: number;
  readonly counters: number;
  /** Deadlocks by the time that their proof took (proofTime.ts). */
  readonly proofs: number;
  readonly lockstep: number;
  /** LOCKDEP, then the class of each word of an instance, and of each per-CPU word. */
  readonly lockdep: number;
  readonly rings: number;
  readonly ringStride: number;
  readonly snapshots: number;
  readonly snapshotStride: number;
  /** The captures' own words, then the slots. */
  readonly captures: number;
  readonly captureStride: number;
  /** A CLAIM for each CPU. */
  readonly claims: number;
  /** What the code of the race has thrown (thrown.ts). */
  readonly thrown: number;
  /** What a litmus test needs (litmus.ts). */
  readonly sweep: number;
  readonly settings: number;
  /** SAMPLES, the newest sample, and the slots (sampleMap.ts). */
  readonly samples: number;
  readonly words: number;
  /** Words between all these that belong to nobody (canary.ts). */
  readonly guards: readonly Guard[];
}

/** Places everything; the same shape gives the same map in every thread. */
export function mapMachine(shape: MachineShape): MachineMap {
  const { cpus } = shape;
  if (cpus < 1 || cpus > CPUS_MAX) throw new RangeError(`a machine has 1 to ${CPUS_MAX} CPUs, not ${cpus}`);
  if (shape.signatures > SIGNATURES_MAX)
    throw new RangeError(`${shape.signatures} signatures, at most ${SIGNATURES_MAX}`);
  const carver = new Carver(GUARD_WORDS);
  const machine = carver.take('machine', MACHINE.WORDS);
  const instanceStride = roundUp(HEADER.WORDS + shape.instanceWords, LINE_WORDS);
  const instances = carver.take('instances', instanceStride * shape.instances);
  const mailboxes = carver.take('mailboxes', Mailboxes.words(cpus));
  if (carver.words > LOCK_SPACE_WORDS) {
    throw new RangeError(
      `${shape.instances} instances of ${instanceStride} words do not fit below ${LOCK_SPACE_WORDS} words`,
    );
  }
  const cpuBlocks = carver.take('cpus', CPU.WORDS * cpus);
  const percpuStride = roundUp(Math.max(1, shape.percpuWords), LINE_WORDS);
  const percpu = carver.take('percpu', percpuStride * cpus);
  if (carver.words > WAIT_OBJECTS)
    throw new RangeError(
      `per-CPU variables of ${shape.percpuWords} words for ${cpus} CPUs do not fit below ${WAIT_OBJECTS} words`,
    );
  const parties = carver.take('parties', PARTY_STRIDE * cpus);
  const progress = carver.take('progress', LINE_WORDS * cpus);
  const migration = carver.take('migration', LINE_WORDS + PARTY_STRIDE * cpus);
  const counters = carver.take(
    'counters',
    Counters.words(COUNTER.signature0 + shape.signatures + (shape.outcomes ?? 0)),
  );
  const proofs = carver.take('proofs', PROOF_BUCKETS);
  const turnWords = shape.orderTurns === 0 ? 0 : PARTY_STRIDE * cpus + 2 * shape.orderTurns;
  const lockstep = carver.take('lockstep', LOCKSTEP.WORDS + turnWords);
  const lockdep = carver.take('lockdep', LOCKDEP.WORDS + shape.instanceWords + percpuStride);
  const ringStride = ringWords(shape.ringEntries);
  const rings = carver.take('rings', ringStride * cpus);
  const snapshotStride = roundUp(
    snapshotWords({ shape, instanceStride, cpuStride: CPU.WORDS, percpuStride, ringStride }),
    LINE_WORDS,
  );
  const snapshots = carver.take('snapshots', snapshotStride * shape.signatures);
  // Behind everything that records name, so that these words are where they are whatever else a run needs.
  const captureStride = roundUp(CAPTURE.WORDS + ringStride * cpus + instanceStride, LINE_WORDS);
  const captures = carver.take('captures', CAPTURES.WORDS + captureStride * (shape.captureSlots ?? 0));
  const claims = carver.take('claims', CLAIM.WORDS * cpus);
  const thrown = carver.take('thrown', THROWN.WORDS);
  const sweep = carver.take('sweep', shape.sweepWords ?? 1);
  const settings = carver.take('settings', Math.max(1, shape.settingsWords ?? 0));
  const samples = carver.take('samples', shape.samples === true ? samplesWords(cpus, ringStride) : 1);
  return {
    shape,
    machine,
    instances,
    instanceStride,
    cpus: cpuBlocks,
    cpuStride: CPU.WORDS,
    percpu,
    percpuStride,
    parties,
    progress,
    mailboxes,
    migration,
    counters,
    proofs,
    lockstep,
    lockdep,
    rings,
    ringStride,
    snapshots,
    snapshotStride,
    captures,
    captureStride,
    claims,
    thrown,
    sweep,
    settings,
    samples,
    words: carver.words,
    guards: carver.guards,
  };
}

/** Returns how many instances of `instanceWords` words a machine can have, at most `wanted`. */
export function instancesThatFit(instanceWords: number, cpus: number, wanted: number): number {
  const stride = roundUp(HEADER.WORDS + instanceWords, LINE_WORDS);
  return Math.max(1, Math.min(wanted, Math.floor(instanceSpace(cpus) / stride)));
}

/** Returns the number of words of the largest instance that a machine can have. */
export function instanceWordsMax(cpus: number): number {
  return Math.floor(instanceSpace(cpus) / LINE_WORDS) * LINE_WORDS - HEADER.WORDS;
}

/** Returns the number of words that all instances of a machine can have. */
function instanceSpace(cpus: number): number {
  const guards = 4 * GUARD_WORDS;
  return LOCK_SPACE_WORDS - roundUp(MACHINE.WORDS, LINE_WORDS) - Mailboxes.words(cpus) - guards;
}
