/** `racehammer doctor`: whether this host is a good hammer. */

import { once } from 'node:events';
import { examineHost } from '../../doctor/examine.js';
import type { DoctorFacts } from '../../doctor/facts.js';
import { judgeHost, type HostFinding, type Judgement } from '../../doctor/judge.js';
import { INTERRUPTED_EXIT } from '../../statistics/verdict.js';
import type { HostFacts } from '../../report/run/document.js';
import { renderTable } from '../../report/format/table.js';
import { hostFacts } from '../../run/hostFacts.js';
import { catchInterrupts } from '../interrupts.js';
import { screen, print, printDocument, tell } from '../output.js';
import { packageVersion } from '../../harness/host/raceSource.js';
import type { Paint, Screen } from '../../report/format/screen.js';
import { factRows } from './factRows.js';

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
    { head: 'judged', align: 'left' },
    { head: 'found', align: 'left' },
  ] as const;
  const because = limitations.map(({ name }) => name).join(', ');
  return [
    ...renderTable(columns, factRows(facts, host, { verdict, limitations, notes }, onScreen.paint), onScreen),
    '',
    verdictLine(verdict, because, onScreen.paint),
    ...limitations.flatMap((finding) => findingLines('', finding)),
    ...notes.flatMap((finding) => findingLines('note: ', finding)),
  ];
}

function findingLines(kind: string, { name, because, advice }: HostFinding): string[] {
  return [`  ${kind}${name}: ${because}`, `    ${advice}`];
}

function verdictLine(verdict: DoctorDocument['verdict'], because: string, paint: Paint): string {
  if (verdict === null) return 'Interrupted: nothing is said of the host as a hammer.';
  return verdict === 'good'
    ? paint.good('A good hammer.')
    : `${paint.bad('This host limits the results:')} ${because}.`;
}
