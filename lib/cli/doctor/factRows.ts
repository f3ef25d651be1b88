/** The facts of `doctor` as rows of its table, each judged. Called by doctor.ts. */

import { GAP_US, type DoctorFacts } from '../../doctor/facts.js';
import { medianHop, type Judgement } from '../../doctor/judge.js';
import { counted, formatCount, formatProbability, formatRate, formatSeconds } from '../../report/format/numbers.js';
import type { Paint } from '../../report/format/screen.js';
import type { HostFacts } from '../../report/run/document.js';

const nanoseconds = (value: number | null): string => (value === null ? 'unknown' : formatSeconds(value / 1e9));

/** A fact as it is shown. */
type FactRow = readonly [
  name: string,
  needs: keyof DoctorFacts,
  words: (facts: DoctorFacts) => string,
  /** The names of the findings that are about it. */
  ...judgedBy: readonly string[],
];

/** How each fact is shown, in this order; a row whose facts are not known is left out. */
const ROWS: readonly FactRow[] = [
  ['versions', 'node', ({ node, v8, kernel }) => `Node.js ${node}, V8 ${v8}, kernel ${kernel}`],
  ['cores', 'cores', coreWords, 'one-core', 'one-physical-core', 'hyperthreads'],
  [
    'cgroup limit',
    'quotaCpus',
    ({ quotaCpus }) => (quotaCpus === null ? 'none' : counted(quotaCpus, 'CPU')),
    'quota',
    'quota-below-cores',
  ],
  [
    'binding',
    'canBind',
    ({ canBind }) => (canBind ? 'each thread can have a core of its own' : 'not possible'),
    'no-binding',
  ],
  [
    'memory available',
    'memoryAvailableBytes',
    (facts) => `${formatCount(Math.round(facts.memoryAvailableBytes / 2 ** 20))} MiB`,
    'memory',
  ],
  [
    'clock',
    'clock',
    ({ clock }) =>
      `steps of ${nanoseconds(clock.stepNs)}, a look costs ${nanoseconds(clock.readNs)}, went back ${counted(clock.backward, 'time')}`,
    'clock',
  ],
  [
    'spin iteration',
    'spin',
    ({ spin }) =>
      `load ${nanoseconds(spin.loadNs)}, Atomics.pause ${spin.pauseNs === null ? 'missing' : nanoseconds(spin.pauseNs)}`,
    'no-pause',
  ],
  [
    'park and wake',
    'parkRoundTripNs',
    ({ parkRoundTripNs }) => `${nanoseconds(parkRoundTripNs)} to and fro`,
    'slow-wake',
  ],
  ['lost wake-up', 'lostWakeUp', proofWords],
  ['core to core', 'hops', ({ hops }) => hopWords(hops), 'slow-hops', 'hops-disturbed', 'uneven-hops'],
  ['in parallel, plain', 'parallel', ({ parallel }) => speedWords(parallel.plain), 'not-parallel'],
  ['in parallel, atomic', 'parallel', ({ parallel }) => speedWords(parallel.atomic), 'atomics-broken'],
  [
    'noise',
    'jitter',
    ({ jitter }) =>
      `${formatProbability(jitter.lostShare)} of the time lost, ${jitter.gapsPerSecond.toFixed(0)} gaps of ${GAP_US} µs and more a second, the longest ${formatSeconds(jitter.longestUs / 1e6)}`,
    'noise',
    'long-gaps',
  ],
  ['switches', 'jitter', switchWords],
  [
    'stolen',
    'stolenShare',
    ({ stolenShare }) => (stolenShare === null ? 'not told' : formatProbability(stolenShare)),
    'steal',
  ],
  ['load average', 'loadavg1', ({ loadavg1 }) => loadavg1.toFixed(2)],
];

/** Returns the rows of the facts, each with what was found of it: nothing where nobody judges it. */
export function factRows(facts: Partial<DoctorFacts>, host: HostFacts, judged: JudgedFacts, paint: Paint): string[][] {
  const shown = ROWS.filter(([, needs]) => facts[needs] !== undefined);
  return [
    ['processor', '', facts.arch === undefined ? host.cpuModel : `${host.cpuModel}, ${facts.arch}`],
    ...shown.map(([name, , words, ...judgedBy]) => [
      name,
      judgedWord(judgedBy, judged, paint),
      words(facts as DoctorFacts),
    ]),
  ];
}

/** What was found of the facts; the verdict is null if not all are known. */
type JudgedFacts = Omit<Judgement, 'verdict'> & { readonly verdict: Judgement['verdict'] | null };

function judgedWord(names: readonly string[], { verdict, limitations, notes }: JudgedFacts, paint: Paint): string {
  if (verdict === null || names.length === 0) return '';
  if (limitations.some(({ name }) => names.includes(name))) return paint.bad('limits');
  return notes.some(({ name }) => names.includes(name)) ? paint.undecided('note') : paint.good('good');
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
  const pairs = counted(hops.length, 'pair');
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
