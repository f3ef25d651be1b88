import { OP, OP_MASK, SPIN, STEP_SHIFT, opName } from '../machine/recorder.js';
import { verdictCpu } from '../machine/verdict.js';
import { DEADLOCK, ORPHANED_LOCK } from '../machine/signatures.js';
import { RECORD_WORDS, cycleMembers, type Evidence } from './evidence.js';
import { isInstance, placeOf } from './places.js';
import { traceOf } from './recordedTrace.js';

const OPS: ReadonlySet<number> = new Set(Object.values(OP));
/** The parts of a verdict that a record has. */
const OUTCOME_MASK = 0xfff;

/**
 * What is wrong with evidence whose fields all have their types, in words: what no schema can say. Undefined if its numbers
 * agree with each other. Nothing of it has been used before; what it says of its race is another check.
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
  return isInstance(evidence) ? undefined : `instance is ${instance}, where no instance of the round begins`;
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
  if (!OPS.has(op)) return `${op} is no operation`;
  if ((head & 0xffff & ~(OP_MASK | SPIN)) !== 0) return `the flags ${head & 0xffff} are none that there are`;
  if (head >>> STEP_SHIFT > evidence.steps.length) return `step ${head >>> STEP_SHIFT} of ${evidence.steps.length}`;
  if (op === OP.WINDOW) {
    const isOne =
      address >= 0 && address < evidence.windows.length && (after === 0 || after === 1) && before === 1 - after;
    return isOne ? undefined : `window ${address} of ${evidence.windows.length}, ${before} to ${after}`;
  }
  if (op === OP.GAVE_UP) return wrongMarker(op, [before, after]);
  if (op > OP.VERDICT) return wrongMarker(op, [address, before, after]);
  const place = placeOf(evidence, address)?.kind;
  if (op === OP.VERDICT) {
    const isOne = place === 'verdict' && ((before | after) & ~OUTCOME_MASK) === 0;
    return isOne ? undefined : `a verdict of ${before} to ${after} at word ${address}`;
  }
  if (place === undefined || place === 'verdict') return `word ${address} is none that an instruction accesses`;
  if ((op === OP.READ || op === OP.PLAIN_READ) && before !== after) return `a load finds ${before} and leaves ${after}`;
  return undefined;
}

/** What a CPU notes without an access has no values. */
function wrongMarker(op: number, values: readonly number[]): string | undefined {
  return values.every((value) => value === 0) ? undefined : `${opName(op)} has the values ${values.join(', ')}`;
}

/** The one failure that counts stands in the record of its CPU; one whose ring overflowed may have lost it. */
function wrongFailure({ cpus, cpu }: Evidence): string | undefined {
  const failures = cpus.flatMap(({ records }, id) =>
    records.flatMap((head, i) =>
      i % RECORD_WORDS === 0 && (head & OP_MASK) === OP.VERDICT && records[i + 2] !== records[i + 3]
        ? [{ id, before: records[i + 2], outcome: records[i + 3] }]
        : [],
    ),
  );
  const overflowed = cpus.some(({ records, written }) => written > records.length / RECORD_WORDS);
  if (failures.length === 0 && overflowed) return undefined;
  if (failures.length !== 1) return `has the record of ${failures.length} failures that count`;
  const [{ id, before, outcome }] = failures;
  if (id !== cpu || verdictCpu(outcome) !== cpu || before !== 0)
    return `cpu is ${cpu}, and the record has the failure on CPU ${id}, as one of CPU ${verdictCpu(outcome)}`;
  return undefined;
}

/** The CPUs that a hang's details name. */
function wrongDetail({ signature, detail, cpus }: Evidence): string | undefined {
  const named = signature === DEADLOCK ? cycleMembers({ detail }) : signature === ORPHANED_LOCK ? [detail[1]] : [];
  if (named.some((cpu) => !(cpu >= 0 && cpu < cpus.length)))
    return `detail names CPUs ${named.join(', ')}, and there are ${cpus.length}`;
  return new Set(named).size === named.length ? undefined : 'detail names a CPU twice';
}

/** Words are named once, and so are their first values: exactly those that the record touches. */
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
