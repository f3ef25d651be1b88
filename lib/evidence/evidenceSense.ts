/**
 * Checks what no schema can: whether the numbers of an evidence file agree with each other. Called by
 * lib/run/evidence/decodeEvidence.ts before anything in the file is used.
 */

import { TAKEN } from '../machine/lines.js';
import { BUFFERED, OP, OP_MASK, SPIN, STEP_SHIFT, VISIBLE, opName } from '../machine/recorder.js';
import { OUTCOME_MASK, outcomeCpu } from '../machine/outcome.js';
import { DEADLOCK, LOST_WAKE_UP, ORPHANED_LOCK } from '../machine/signatures.js';
import { RECORD_WORDS, cycleMembers, type Evidence } from './evidence.js';
import { isInstance, placeOfWord } from './places.js';
import { traceOf } from './recordedTrace.js';

const OPS: ReadonlySet<number> = new Set(Object.values(OP));

/**
 * Returns the first contradiction between the numbers of evidence that fits its schema, in words; undefined if there is none.
 * Whether it fits the race is another check.
 */
export function whatIsWrong(evidence: Evidence): string | undefined {
  return (
    wrongPlaces(evidence) ??
    firstWrong(evidence.cpus, (_, cpu) => wrongColumn(evidence, cpu)) ??
    wrongFailure(evidence) ??
    wrongDetail(evidence) ??
    wrongWords(evidence)
  );
}

function wrongPlaces(evidence: Evidence): string | undefined {
  const { cpu, cpus, instance } = evidence;
  if (cpu >= cpus.length) return `cpu is ${cpu}, and it has ${cpus.length} CPUs`;
  return isInstance(evidence)
    ? undefined
    : `instance is ${instance}, which is not the start of an instance of the round`;
}

function wrongColumn(evidence: Evidence, cpu: number): string | undefined {
  const { records, written } = evidence.cpus[cpu];
  const at = `cpus/${cpu}`;
  if (records.length % RECORD_WORDS !== 0)
    return `${at}/records has ${records.length} words, ${RECORD_WORDS} to a record`;
  if (written < records.length / RECORD_WORDS) return `${at}/written is ${written}, fewer than its records`;
  for (let i = 0; i < records.length; i += RECORD_WORDS) {
    const wrong = wrongRecord(evidence, records.slice(i, i + RECORD_WORDS));
    if (wrong !== undefined) return `${at}/records/${i}: ${wrong}`;
  }
  return undefined;
}

function wrongRecord(evidence: Evidence, [head, address, before, after]: readonly number[]): string | undefined {
  const op = head & OP_MASK;
  if (!OPS.has(op)) return `${op} is not an operation`;
  if ((head & 0xffff & ~(OP_MASK | SPIN | BUFFERED | VISIBLE)) !== 0) return `the flags ${head & 0xffff} do not exist`;
  // A wait leaves its looks, and the lock that it got.
  if ((head & SPIN) !== 0 && op !== OP.READ && op !== OP.ACQUIRE) return `a ${opName(op)} is no look of a wait`;
  if (head >>> STEP_SHIFT > evidence.steps.length) return `step ${head >>> STEP_SHIFT} of ${evidence.steps.length}`;
  if (op === OP.WINDOW) {
    const isOne =
      address >= 0 && address < evidence.windows.length && (after === 0 || after === 1) && before === 1 - after;
    return isOne ? undefined : `window ${address} of ${evidence.windows.length}, ${before} to ${after}`;
  }
  if ((head & (BUFFERED | VISIBLE)) !== 0) {
    const wrong = wrongBuffered(evidence, head);
    if (wrong !== undefined) return wrong;
  }
  if (op === OP.FENCE)
    return placeOfWord(evidence, address)?.kind === 'buffer'
      ? wrongMarker(op, [before, after])
      : `a fence at word ${address}`;
  if (op === OP.IRQ_ENTER) return wrongEntry(evidence, address, [before, after]);
  if (op === OP.GAVE_UP) return wrongMarker(op, [before, after]);
  if (op > OP.FAILED) return wrongMarker(op, [address, before, after]);
  const place = placeOfWord(evidence, address)?.kind;
  if (op === OP.FAILED) {
    const isOne = place === 'outcome' && ((before | after) & ~OUTCOME_MASK) === 0;
    return isOne ? undefined : `an outcome of ${before} to ${after} at word ${address}`;
  }
  if (place === undefined || place === 'outcome' || place === 'buffer')
    return `word ${address} is not one that an instruction accesses`;
  if ((op === OP.READ || op === OP.PLAIN_READ || (head & BUFFERED) !== 0) && before !== after)
    return `a load read ${before} and left ${after}`;
  return undefined;
}

/** Checks that only a machine with store buffers has such records: of stores, unlocks, and loads of what is in the buffer. */
function wrongBuffered({ memory }: Evidence, head: number): string | undefined {
  if (memory !== 'tso') return `a store buffer, and memory is ${memory}`;
  const op = head & OP_MASK;
  const isStore = op === OP.WRITE || op === OP.RELEASE;
  const isOne = (head & BUFFERED) !== 0 ? (isStore || op === OP.READ) && (head & VISIBLE) === 0 : isStore;
  return isOne ? undefined : `${opName(op)} with the flags of a store buffer`;
}

/** Checks the entry of an interrupt: 0 for calls, or a line plus 1; and how it was taken. */
function wrongEntry({ lines = [] }: Evidence, line: number, [before, how]: readonly number[]): string | undefined {
  if (line < 0 || line > lines.length) return `an interrupt of line ${line - 1}, of ${lines.length}`;
  const isKnown = before === 0 && (how === TAKEN.AT_BOUNDARY || how === TAKEN.BY_CPU);
  return isKnown ? undefined : `${opName(OP.IRQ_ENTER)} has the values ${before}, ${how}`;
}

/** Markers (records without an access) have no values. */
function wrongMarker(op: number, values: readonly number[]): string | undefined {
  return values.every((value) => value === 0) ? undefined : `${opName(op)} has the values ${values.join(', ')}`;
}

/** Checks that the one failure that counts is in the records of its CPU, unless the ring of that CPU overflowed. */
function wrongFailure({ cpus, cpu }: Evidence): string | undefined {
  const failures = cpus.flatMap(({ records }, id) =>
    records.flatMap((head, i) =>
      i % RECORD_WORDS === 0 && (head & OP_MASK) === OP.FAILED && records[i + 2] !== records[i + 3]
        ? [{ id, before: records[i + 2], outcome: records[i + 3] }]
        : [],
    ),
  );
  const overflowed = cpus.some(({ records, written }) => written > records.length / RECORD_WORDS);
  if (failures.length === 0 && overflowed) return undefined;
  if (failures.length !== 1) return `records ${failures.length} failures that count instead of 1`;
  const [{ id, before, outcome }] = failures;
  if (id !== cpu || outcomeCpu(outcome) !== cpu || before !== 0)
    return `cpu is ${cpu}, but the records have the failure on CPU ${id}, naming CPU ${outcomeCpu(outcome)}`;
  return undefined;
}

/** Checks the CPUs that a hang's details name. */
function wrongDetail({ signature, detail, cpus }: Evidence): string | undefined {
  const aboutOne = signature === ORPHANED_LOCK || signature === LOST_WAKE_UP;
  const named = signature === DEADLOCK ? cycleMembers({ detail }) : aboutOne ? [detail[1]] : [];
  if (named.some((cpu) => !(cpu >= 0 && cpu < cpus.length)))
    return `detail names CPUs ${named.join(', ')}, and there are ${cpus.length}`;
  return new Set(named).size === named.length ? undefined : 'detail names a CPU twice';
}

/** Checks that each word that the records touch is named exactly once, and so is its first value. */
function wrongWords(evidence: Evidence): string | undefined {
  const { initial, names, unrecorded, instance, layout } = evidence;
  const touched = new Set(traceOf(evidence).cpus.flatMap((accesses) => accesses.map(({ address }) => address)));
  const first = new Set(initial.map(([address]) => address));
  if (first.size !== initial.length) return 'initial has a word twice';
  if (first.size !== touched.size || [...touched].some((address) => !first.has(address)))
    return 'initial has other words than the record';
  const end = instance + layout.instanceStride;
  const beside = unrecorded.find((address) => address < instance || address >= end);
  if (beside !== undefined) return `unrecorded has word ${beside}, which is not in the instance`;
  const wanted = new Set([...first, ...unrecorded]);
  const named = new Set(names.map(([address]) => address));
  if (named.size !== names.length || named.size !== wanted.size || [...wanted].some((address) => !named.has(address)))
    return 'names has other words than the record';
  return undefined;
}

function firstWrong<T>(list: readonly T[], of: (item: T, i: number) => string | undefined): string | undefined {
  for (const [i, item] of list.entries()) {
    const wrong = of(item, i);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
