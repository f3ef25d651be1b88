/**
 * The report of a failed trial, as data and as text. Called on the host by lib/harness/host, lib/harness/replay and
 * lib/cli/replay/replay.ts.
 */

import { lockupReport } from '../kernel/lockup.js';
import { hex } from '../kernel/oops.js';
import { ACTOR_THREW, HANGS, STUCK_WORKER, UNDONE_PROOF } from '../machine/signatures.js';
import type { CpuSnapshot, Snapshot } from '../machine/snapshotView.js';
import type { Race } from './race.js';
import {
  cpuFacts,
  failureFacts,
  type Age,
  type CallFacts,
  type CpuFacts,
  type FailureFacts,
  type LockFacts,
  type Seen,
  type Symbols,
} from './failureFacts.js';
import { explainFailure, shapeOf } from './hang.js';
import { isMisuse, misuseReport } from './misuse.js';
import { ownRecordWords, threadLines } from './ownReport.js';
import { recordWords } from './recordWords.js';

export type { Symbols } from './failureFacts.js';

const RULE = '='.repeat(66);

/** What a report holds beside the state of the machine; the same facts are its text and its JSON. */
export interface ReportFacts extends FailureFacts {
  readonly title: string;
  /** What the kernel's log would show. */
  readonly kernel: readonly string[];
  /** What it has in common with a known deadlock; null if nothing, or no deadlock. */
  readonly shape: string | null;
  /** The race's own source, where the race is a known one. */
  readonly known: { readonly race: string; readonly mail: string; readonly commits: readonly string[] } | null;
  /** Where a stuck worker was in its JavaScript, where an exception was thrown, or what no CPU can do was done; innermost first. */
  readonly workerStack: readonly string[];
  /** Whether the race works on memory of its own: its report is about threads, and knows no kernel. Absent if not. */
  readonly ownMemory?: true;
}

/** What the failure's reporter knows beside the snapshot. */
export interface ReportContext {
  readonly title: string;
  readonly known?: ReportFacts['known'];
  readonly workerStack?: readonly string[];
  /** What the code of the race has thrown, in words. */
  readonly thrown?: string;
  /** Of a race that works on memory of its own: what it says of the failure itself; it may be nothing. */
  readonly own?: readonly string[];
}

/**
 * Returns what the kernel's log would show: of a hang or of a misuse the same for every race, of an exception nothing,
 * since the kernel has none, and no litmus test has a kernel; of anything else what the race says, also of a hang that it has found itself.
 */
export function kernelLines<C>(race: Race<C>, s: Snapshot, config: C): readonly string[] {
  if (s.signature === ACTOR_THREW || s.signature === UNDONE_PROOF) return [];
  const isOwn = race.kind === 'actors' && race.own !== null;
  if (isMisuse(s.signature, Object.keys(race.signatures))) return isOwn ? [] : misuseReport(s);
  if (race.kind === 'litmus') return [];
  if (!HANGS.includes(s.signature) || !s.claimed) return race.report(s, config);
  if (isOwn) return [];
  const end = s.instance + race.instanceWords(config);
  const symbols = (address: number): string =>
    address >= s.instance && address < end ? race.symbol(address - s.instance, config) : '';
  return lockupReport(s, race.steps, symbols);
}

export function reportFacts(
  s: Snapshot,
  kernel: readonly string[],
  symbols: Symbols,
  context: ReportContext,
): ReportFacts {
  const { own } = context;
  const explanation = explainFailure(s, symbols, context.thrown ?? s.message);
  return {
    ...failureFacts(s, symbols, own ?? explanation, own === undefined ? recordWords : ownRecordWords),
    ...(own === undefined ? {} : { ownMemory: true }),
    title: context.title,
    kernel,
    shape: own === undefined ? (shapeOf(s, symbols) ?? null) : null,
    known: context.known ?? null,
    workerStack: context.workerStack ?? [],
  };
}

/** Returns the whole report of a failure: what hangs and why, the kernel's lines, each CPU, the locks, the calls. */
export function failureReport(facts: ReportFacts): string[] {
  const { known } = facts;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines];
  return [
    RULE,
    facts.title,
    ...facts.explanation,
    ...(facts.shape === null ? [] : [`shape: ${facts.shape}`]),
    ...(known === null ? [] : knownLines(known)),
    ...facts.kernel,
    ...section(
      stackTitle(facts),
      facts.workerStack.map((frame) => `  ${frame}`),
    ),
    '',
    ...facts.cpus.flatMap(facts.ownMemory === true ? threadLines : cpuLines),
    ...section(
      'Locks held:',
      facts.locks.map((lock) => lockLine(lock, facts.cpus)),
    ),
    ...section('Calls not acknowledged:', facts.calls.map(callLine)),
    RULE,
  ];
}

function knownLines({ race, mail, commits }: NonNullable<ReportFacts['known']>): string[] {
  return [`known race: ${[race, mail].filter((part) => part !== '').join(', ')}`, ...commits.map((c) => `  ${c}`)];
}

function stackTitle({ signature, cpu, ownMemory }: ReportFacts): string {
  if (signature === ACTOR_THREW) return 'JavaScript stack of the exception:';
  return signature === STUCK_WORKER
    ? 'JavaScript stack of the stuck worker:'
    : `JavaScript stack of ${ownMemory === true ? 'thread' : 'CPU'} ${cpu}:`;
}

/** Describes one CPU of a machine that may still run. */
export function cpuBlock(cpu: CpuSnapshot, seen: Seen, symbols: Symbols): string[] {
  return cpuLines(cpuFacts(cpu, seen, symbols));
}

/** Describes one CPU: task, state, interrupts, locks, call trace, last steps. */
function cpuLines(c: CpuFacts): string[] {
  const since = c.irqsOffSince === null ? '' : ` since ${c.irqsOffSince}`;
  return [
    `${c.offCpu ? 'no CPU' : `CPU ${c.cpu}`}: ${c.comm} in ${c.actor} at ${c.step}: ${c.state}, IRQs ${c.irqs}${since}, preempt_count ${c.preemptCount}`,
    ...c.held.map(
      (h) =>
        `  holds ${h.lock}, taken at ${h.step} with IRQs ${h.irqsOff ? 'off' : 'on'}${h.orphaned ? ', never released: ORPHANED' : ''}`,
    ),
    `  call trace: ${c.callTrace.length === 0 ? '-' : c.callTrace.map((f) => `${f.fn} (${f.step})`).join(' < ')}`,
    ...stepLines(c),
  ];
}

function stepLines({ lastSteps, stepsBefore }: CpuFacts): string[] {
  if (lastSteps.length === 0) return ['  last steps: not recorded'];
  return [
    `  last steps${stepsBefore > 0 ? ` (${stepsBefore} before)` : ''}:`,
    ...lastSteps.map(({ step, what }) => `    ${step.padEnd(4)}${what}`),
  ];
}

function lockLine(l: LockFacts, cpus: readonly CpuFacts[]): string {
  const nameOf = (c: number): string => (cpus[c]?.offCpu ? `task ${cpus[c].comm}` : `CPU ${c}`);
  return [
    `  ${l.lock}: ${nameOf(l.holder)}, taken at ${l.step} with IRQs ${l.irqsOffAtAcquire ? 'off' : 'on'}`,
    ...(l.generation === null ? [] : [`generation ${l.generation}`]),
    ...(l.heldFor === null ? [] : [`held for ${ageWords(l.heldFor)}`]),
    l.waitedForBy.length === 0 ? 'nobody waits' : `waited for by ${l.waitedForBy.map(nameOf).join(', ')}`,
    ...(l.orphaned ? ['ORPHANED'] : []),
  ].join('; ');
}

function callLine(call: CallFacts): string {
  const owing = call.unacked.map(
    ({ cpu, pending, irqs }) => `CPU ${cpu} (${pending ? 'in its mailbox' : 'taken, not answered'}, IRQs ${irqs})`,
  );
  const age = call.age === null ? '' : `, posted ${ageWords(call.age)} ago`;
  return `  CPU ${call.from}: ${call.handler}(0x${hex(call.info, 1)})${age}, ${waitWords(call)}; owed by ${owing.join(', ')}`;
}

function waitWords({ waits, awaited }: CallFacts): string {
  if (!awaited) return 'does not wait for it';
  return waits ? 'waits for it to run' : 'waits for it to be taken';
}

function ageWords({ cpu, instructions, atLeast }: Age): string {
  return `${atLeast ? 'more than ' : ''}${instructions} ${instructions === 1 ? 'instruction' : 'instructions'} of CPU ${cpu}`;
}
