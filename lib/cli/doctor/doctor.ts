/** `racehammer doctor`: whether this host is a good hammer. */

import { once } from 'node:events';
import { examineHost } from '../../doctor/examine.js';
import { GAP_US, type DoctorFacts } from '../../doctor/facts.js';
import { judgeHost, medianHop, type HostFinding, type Judgement } from '../../doctor/judge.js';
import { INTERRUPTED_EXIT } from '../../statistics/verdict.js';
import { formatProbability, formatRate, formatSeconds } from '../../report/format/numbers.js';
import type { HostFacts } from '../../report/run/document.js';
import { renderTable } from '../../report/format/table.js';
import { hostFacts } from '../../run/hostFacts.js';
import { catchInterrupts } from '../interrupts.js';
import { screen, print, printDocument, tell } from '../output.js';
import { packageVersion } from '../../harness/host/raceSource.js';
import type { Screen } from '../../report/format/screen.js';

/** Exit code of a host that limits the results; a script may want to continue anyway. */
const LIMITED_EXIT = 3;

/** What `doctor --json` prints. */
interface DoctorDocument extends Omit<Judgement, 'verdict'> {
  readonly schema: 'racehammer.doctor/1';
  /** Of racehammer. */
  readonly version: string;
  /** Null if it was interrupted. */
  readonly verdict: Judgement['verdict'] | null;
  readonly exitCode: number;
  readonly interrupted: boolean;
  /** All of them, or those that were known when it was interrupted. */
  readonly facts: Partial<DoctorFacts>;
  readonly host: HostFacts;
}

/** Examines the host. An interrupt ends it at once, with what is known by then. Returns the exit code. */
export async function doctorCommand(flags: { readonly json?: boolean }): Promise<number> {
  const { known, all } = await examined();
  const judgement = all === null ? { verdict: null, limitations: [], notes: [] } : judgeHost(all);
  const document: DoctorDocument = {
    schema: 'racehammer.doctor/1',
    version: packageVersion(),
    ...judgement,
    exitCode: exitCodeOf(judgement),
    interrupted: all === null,
    facts: known,
    host: hostFacts(),
  };
  if (flags.json === true) printDocument(document);
  else print(doctorLines(document, screen()));
  return document.exitCode;
}

/** Returns what could be found out, and the same if it is all. */
async function examined(): Promise<{ known: Partial<DoctorFacts>; all: DoctorFacts | null }> {
  const interrupts = catchInterrupts();
  const { signal } = interrupts;
  const known: Partial<DoctorFacts> = {};
  const onPart = (part: string): void => {
    if (!signal.aborted) tell(part);
  };
  const examination = examineHost({ onPart, onFacts: (facts) => void Object.assign(known, facts) });
  try {
    return { known, all: await Promise.race([examination, once(signal, 'abort').then(() => null)]) };
  } finally {
    interrupts.release();
  }
}

function exitCodeOf({ verdict }: Pick<DoctorDocument, 'verdict'>): number {
  if (verdict === null) return INTERRUPTED_EXIT;
  return verdict === 'good' ? 0 : LIMITED_EXIT;
}

/** Returns the facts, then what is to be known about them, then the verdict. */
export function doctorLines(
  { facts, host, verdict, limitations, notes }: Pick<DoctorDocument, 'facts' | 'host' | keyof Judgement>,
  onScreen: Screen,
): string[] {
  const columns = [
    { head: 'what', align: 'left' },
    { head: 'found', align: 'left' },
  ] as const;
  const because = limitations.map(({ name }) => name).join(', ');
  return [
    ...renderTable(columns, factRows(facts, host), onScreen),
    '',
    verdictLine(verdict, because),
    ...limitations.flatMap((finding) => findingLines('', finding)),
    ...notes.flatMap((finding) => findingLines('note: ', finding)),
  ];
}

function findingLines(kind: string, { name, because, advice }: HostFinding): string[] {
  return [`  ${kind}${name}: ${because}`, `    ${advice}`];
}

function verdictLine(verdict: DoctorDocument['verdict'], because: string): string {
  if (verdict === null) return 'Interrupted: nothing is said of the host as a hammer.';
  return verdict === 'good' ? 'A good hammer.' : `This host limits the results: ${because}.`;
}

const nanoseconds = (value: number | null): string => (value === null ? 'unknown' : formatSeconds(value / 1e9));

/** How each fact is shown, in this order; a row whose facts are not known is left out. */
const ROWS: readonly (readonly [name: string, needs: keyof DoctorFacts, words: (facts: DoctorFacts) => string])[] = [
  ['versions', 'node', ({ node, v8, kernel }) => `Node.js ${node}, V8 ${v8}, kernel ${kernel}`],
  ['cores', 'cores', coreWords],
  ['cgroup limit', 'quotaCpus', ({ quotaCpus }) => (quotaCpus === null ? 'none' : `${quotaCpus} processors`)],
  ['binding', 'canBind', ({ canBind }) => (canBind ? 'each thread can have a core of its own' : 'not possible')],
  ['memory available', 'memoryAvailableBytes', (facts) => `${Math.round(facts.memoryAvailableBytes / 2 ** 20)} MiB`],
  [
    'clock',
    'clock',
    ({ clock }) =>
      `steps of ${nanoseconds(clock.stepNs)}, a look costs ${nanoseconds(clock.readNs)}, went back ${clock.backward} times`,
  ],
  [
    'spin iteration',
    'spin',
    ({ spin }) =>
      `load ${nanoseconds(spin.loadNs)}, Atomics.pause ${spin.pauseNs === null ? 'missing' : nanoseconds(spin.pauseNs)}`,
  ],
  ['park and wake', 'parkRoundTripNs', ({ parkRoundTripNs }) => `${nanoseconds(parkRoundTripNs)} to and fro`],
  ['lost wake-up', 'lostWakeUp', proofWords],
  ['core to core', 'hops', ({ hops }) => hopWords(hops)],
  ['in parallel, plain', 'parallel', ({ parallel }) => speedWords(parallel.plain)],
  ['in parallel, atomic', 'parallel', ({ parallel }) => speedWords(parallel.atomic)],
  [
    'noise',
    'jitter',
    ({ jitter }) =>
      `${formatProbability(jitter.lostShare)} of the time lost, ${jitter.gapsPerSecond.toFixed(0)} gaps of ${GAP_US} us and more a second, the longest ${formatSeconds(jitter.longestUs / 1e6)}`,
  ],
  ['switches', 'jitter', switchWords],
  ['stolen', 'stolenShare', ({ stolenShare }) => (stolenShare === null ? 'not told' : formatProbability(stolenShare))],
  ['load average', 'loadavg1', ({ loadavg1 }) => loadavg1.toFixed(2)],
];

function factRows(facts: Partial<DoctorFacts>, host: HostFacts): string[][] {
  const shown = ROWS.filter(([, needs]) => facts[needs] !== undefined);
  return [
    ['processor', facts.arch === undefined ? host.cpuModel : `${host.cpuModel}, ${facts.arch}`],
    ...shown.map(([name, , words]) => [name, words(facts as DoctorFacts)]),
  ];
}

function coreWords({ cores, allowedCores, physicalCores }: DoctorFacts): string {
  const physical = physicalCores === null ? '' : `, ${physicalCores} without hyperthreads`;
  const allowed = allowedCores.length === 0 ? '' : ` (${allowedCores.join(',')})`;
  return `${cores}${allowed}${physical}`;
}

function hopWords(hops: DoctorFacts['hops']): string {
  const median = medianHop(hops);
  if (median === null) return 'not measured';
  const sorted = hops.toSorted((a, b) => a.ns - b.ns);
  const time = (ns: number): string => formatSeconds(ns / 1e9);
  const [near, far] = [sorted[0], sorted.at(-1) ?? sorted[0]];
  const range = hops.length === 1 ? '' : `, ${time(near.ns)} to ${time(far.ns)}`;
  const pairs = `${hops.length} ${hops.length === 1 ? 'pair' : 'pairs'}`;
  return `${time(median)} one way (${pairs}${range})`;
}

function speedWords({ trialsPerSecond, relaxedPerSecond }: DoctorFacts['parallel']['plain']): string {
  return `store-buffer ${formatRate(trialsPerSecond)}, relaxed ${formatRate(relaxedPerSecond)}`;
}

function proofWords({ lostWakeUp }: DoctorFacts): string {
  if (lostWakeUp === null) return 'none was proved meanwhile';
  return `proved after ${nanoseconds(lostWakeUp.p50Ns)}, 99 % within ${nanoseconds(lostWakeUp.p99Ns)}`;
}

function switchWords({ jitter: { voluntaryPerSecond, involuntaryPerSecond } }: DoctorFacts): string {
  if (voluntaryPerSecond === null || involuntaryPerSecond === null) return 'not told';
  return `${involuntaryPerSecond.toFixed(0)} involuntary and ${voluntaryPerSecond.toFixed(0)} voluntary a second and thread`;
}
