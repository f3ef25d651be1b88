/** `racehammer doctor`: whether this host is a good hammer. */

import { examineHost } from '../doctor/examine.js';
import { GAP_US, type DoctorFacts } from '../doctor/facts.js';
import { judgeHost, medianHop, type Finding, type Judgement } from '../doctor/judge.js';
import { formatProbability, formatRate, formatSeconds } from '../report/numbers.js';
import type { HostFacts } from '../report/runDocument.js';
import { renderTable } from '../report/table.js';
import { hostFacts } from '../run/hostFacts.js';
import { isTerminal, print, printDocument, tell } from './output.js';
import { packageVersion } from '../harness/raceSource.js';

/** Exit code of a host that is a limited hammer; a script may want to go on all the same. */
const LIMITED_EXIT = 3;

/** What `doctor --json` prints. */
interface DoctorDocument extends Judgement {
  readonly schema: 'racehammer.doctor/1';
  /** Of racehammer. */
  readonly version: string;
  readonly exitCode: number;
  readonly facts: DoctorFacts;
  readonly host: HostFacts;
}

export async function doctorCommand(flags: { readonly json?: boolean }): Promise<number> {
  const facts = await examineHost({ onPart: tell });
  const judgement = judgeHost(facts);
  const exitCode = judgement.verdict === 'good' ? 0 : LIMITED_EXIT;
  const document: DoctorDocument = {
    schema: 'racehammer.doctor/1',
    version: packageVersion(),
    ...judgement,
    exitCode,
    facts,
    host: hostFacts(),
  };
  if (flags.json === true) printDocument(document);
  else print(doctorLines(document, isTerminal('stdout')));
  return exitCode;
}

/** The facts, then what is to be known about them, then the verdict. */
export function doctorLines(
  { facts, host, verdict, limitations, notes }: Pick<DoctorDocument, 'facts' | 'host' | keyof Judgement>,
  boxed: boolean,
): string[] {
  const columns = [
    { head: 'what', align: 'left' },
    { head: 'found', align: 'left' },
  ] as const;
  const because = limitations.map(({ name }) => name).join(', ');
  return [
    ...renderTable(columns, factRows(facts, host), boxed),
    '',
    verdict === 'good' ? 'A good hammer.' : `A limited hammer, because of: ${because}.`,
    ...limitations.flatMap((finding) => findingLines('', finding)),
    ...notes.flatMap((finding) => findingLines('note: ', finding)),
  ];
}

function findingLines(kind: string, { name, because, advice }: Finding): string[] {
  return [`  ${kind}${name}: ${because}`, `    ${advice}`];
}

function factRows(facts: DoctorFacts, host: HostFacts): string[][] {
  const { clock, spin, jitter, hops, parallel } = facts;
  const ns = (value: number | null): string => (value === null ? 'unknown' : formatSeconds(value / 1e9));
  return [
    ['processor', `${host.cpuModel}, ${facts.arch}`],
    ['versions', `Node.js ${facts.node}, V8 ${facts.v8}, kernel ${facts.kernel}`],
    ['cores', coreWords(facts)],
    ['cgroup limit', facts.quotaCpus === null ? 'none' : `${facts.quotaCpus} processors`],
    ['binding', facts.canBind ? 'each thread can have a core of its own' : 'not possible'],
    ['memory available', `${Math.round(facts.memoryAvailableBytes / 2 ** 20)} MiB`],
    ['clock', `steps of ${ns(clock.stepNs)}, a look costs ${ns(clock.readNs)}, went back ${clock.backward} times`],
    ['spin turn', `load ${ns(spin.loadNs)}, Atomics.pause ${spin.pauseNs === null ? 'missing' : ns(spin.pauseNs)}`],
    ['park and wake', `${ns(facts.parkRoundTripNs)} to and fro`],
    ['core to core', hopWords(hops)],
    ['in parallel, plain', speedWords(parallel.plain)],
    ['in parallel, atomic', speedWords(parallel.atomic)],
    [
      'noise',
      `${formatProbability(jitter.lostShare)} of the time lost, ${jitter.gapsPerSecond.toFixed(0)} gaps of ${GAP_US} us and more a second, the longest ${formatSeconds(jitter.longestUs / 1e6)}`,
    ],
    ['switches', switchWords(facts)],
    ['stolen', facts.stolenShare === null ? 'not told' : formatProbability(facts.stolenShare)],
    ['load average', facts.loadavg1.toFixed(2)],
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

function switchWords({ jitter: { voluntaryPerSecond, involuntaryPerSecond } }: DoctorFacts): string {
  if (voluntaryPerSecond === null || involuntaryPerSecond === null) return 'not told';
  return `${involuntaryPerSecond.toFixed(0)} involuntary and ${voluntaryPerSecond.toFixed(0)} voluntary a second and thread`;
}
