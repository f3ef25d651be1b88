import { DEADLOCK } from '../machine/signatures.js';
import { OP, OP_MASK, SPIN } from '../machine/recorder.js';
import { TURN_DELIVERS, TURN_GIVES_UP } from '../machine/script.js';
import { RECORD_WORDS, type Evidence } from './evidence.js';
import type { Access, Edge, Trace } from './interleaving/trace.js';
import { migrationEdges } from './migrationEdges.js';

/** An access as the search sees it, and what it is in the record and in a script. */
export interface RecordedAccess extends Access {
  /** Index of its record among its CPU's. */
  readonly record: number;
  /** Flags of its turn; undefined for a look that is no turn of its own: a wait takes only the turn in which it ends. */
  turn: number | undefined;
  /** Whether it began a wait: the look found what it waits for not there. */
  readonly waits: boolean;
}

/** What the record of a failed trial says, ready for the search. */
export interface RecordedTrace extends Trace {
  readonly cpus: readonly (readonly RecordedAccess[])[];
}

/** Why a trial cannot be reconstructed, in words; undefined if nothing stands against it. */
export function whyNotReconstructible(evidence: Evidence): string | undefined {
  if (evidence.sync !== 'rendezvous')
    return `the CPUs of a ${evidence.sync} run do not meet before each trial, so the records of several trials mix`;
  const lost = evidence.cpus.findIndex(({ written, records }) => written > records.length / RECORD_WORDS);
  if (lost >= 0) {
    const { written, records } = evidence.cpus[lost];
    return `the ring of CPU ${lost} overflowed: the first ${written - records.length / RECORD_WORDS} of ${written} records are lost`;
  }
  return evidence.cpus.some(({ written }) => written > 0) ? undefined : 'nothing was recorded';
}

/**
 * Where a deadlock was proved, as far as interrupts go that its members took while they waited: a record does not tell
 * whether they came before the proof or after it, only that no member was in one.
 */
export type ProofPlace = 'after interrupts' | 'before interrupts';

/** The accesses of a failed trial, with the orders that its markers prove. */
export function traceOf(evidence: Evidence, proof: ProofPlace = 'after interrupts'): RecordedTrace {
  const outcome = outcomeOf(evidence);
  const columns = evidence.cpus.map(({ records }) => readColumn(records, evidence.layout.verdict, outcome));
  const cpus = columns.map((column) => column.accesses);
  return {
    cpus,
    initial: new Map(evidence.initial),
    edges: [...migrationEdges(cpus, evidence.layout.migration), ...proofEdges(evidence, columns, proof)],
  };
}

/** What the verdict's word held from the failure on. 0 if no CPU has recorded it: then the record contradicts itself. */
function outcomeOf(evidence: Evidence): number {
  for (const { records } of evidence.cpus) {
    for (let i = 0; i < records.length; i += RECORD_WORDS)
      if ((records[i] & OP_MASK) === OP.VERDICT && records[i + 2] === 0) return records[i + 3];
  }
  return 0;
}

/** The wait that a CPU gave up: its first look, and the CPU's last access before the end of it. */
interface GivenUp {
  readonly look: number;
  readonly last: number;
}

/** One CPU's accesses. */
interface Column {
  readonly accesses: RecordedAccess[];
  readonly givenUp: GivenUp | undefined;
}

/** A wait that has begun: its word, and its first look. */
interface OpenWait {
  readonly address: number;
  readonly look: number;
}

function readColumn(records: readonly number[], verdict: number, outcome: number): Column {
  const accesses: RecordedAccess[] = [];
  /** The open wait of the actor, then of the handler that has interrupted it. */
  let waits: (OpenWait | undefined)[] = [undefined];
  let flags = 0;
  let givenUp: GivenUp | undefined;
  const add = (access: Access, record: number, turn: number | undefined, begins = false): void => {
    accesses.push({ ...access, record, turn, waits: begins });
    if (turn !== undefined) flags = 0;
  };
  const giveUp = (): void => {
    const wait = waits.at(-1);
    if (wait !== undefined) {
      givenUp = { look: wait.look, last: accesses.length - 1 };
      accesses[wait.look].turn ??= 0;
    }
    waits = [undefined];
  };
  for (let record = 0; record * RECORD_WORDS < records.length; record++) {
    const at = record * RECORD_WORDS;
    const [head, address, before, after] = [records[at], records[at + 1], records[at + 2], records[at + 3]];
    const next = (records[at + RECORD_WORDS] ?? 0) & OP_MASK;
    const wait = waits.at(-1);
    switch (head & OP_MASK) {
      case OP.IRQ_ENTER:
        waits.push(undefined);
        flags = TURN_DELIVERS;
        break;
      case OP.IRQ_EXIT:
        waits.pop();
        break;
      case OP.GAVE_UP:
        giveUp();
        // Whoever has proved the deadlock leaves in the same turn.
        if ((records[at - RECORD_WORDS] & OP_MASK) !== OP.VERDICT || records[at - 2] === records[at - 1])
          add({ address: verdict, before: outcome, after: outcome }, record, TURN_GIVES_UP);
        break;
      case OP.DIED:
      case OP.ACTOR_END:
        waits = [undefined];
        break;
      case OP.WINDOW:
        break;
      case OP.VERDICT:
        if (next !== OP.GAVE_UP) add({ address, before, after }, record, flags);
        else if (before !== after) add({ address, before, after }, record, TURN_GIVES_UP);
        break;
      default:
        if ((head & SPIN) !== 0 && before === after && wait?.address !== address) {
          waits[waits.length - 1] = { address, look: accesses.length };
          add({ address, before, after }, record, undefined, true);
          break;
        }
        if ((head & SPIN) !== 0) waits[waits.length - 1] = undefined;
        add({ address, before, after }, record, flags);
    }
  }
  // A record that was cut where it is no longer needed ends in the wait.
  giveUp();
  return { accesses, givenUp };
}

/** The CPU that proved a deadlock found all its members waiting, and none of them in an interrupt. */
function proofEdges(evidence: Evidence, columns: readonly Column[], place: ProofPlace): Edge[] {
  if (evidence.signature !== DEADLOCK) return [];
  const proof = columns[evidence.cpu].accesses.findIndex(
    ({ address, before, after }) => address === evidence.layout.verdict && before !== after,
  );
  if (proof < 0) return [];
  const to = { cpu: evidence.cpu, index: proof };
  return evidence.detail.slice(1, 1 + evidence.detail[0]).flatMap((cpu): Edge[] => {
    const wait = columns[cpu].givenUp;
    if (wait === undefined || cpu === evidence.cpu) return [];
    const first = { from: { cpu, index: wait.look }, to };
    if (wait.last === wait.look) return [first];
    return place === 'after interrupts'
      ? [{ from: { cpu, index: wait.last }, to }]
      : [first, { from: to, to: { cpu, index: wait.look + 1 } }];
  });
}
