/** Shows a replay as text. Called by `replay`. */

import { counted } from '../format/numbers.js';
import { hasOwnMemory, type Evidence } from '../../evidence/evidence.js';
import { timedNote } from '../../evidence/timedNote.js';
import type { Difference, ShownRecord } from '../../evidence/replayedRecords.js';
import type { Timeline } from '../../evidence/timeline.js';
import { codeMark, countedThreads, trialWords, worldOf } from '../words/world.js';
import type { ReplayFacts } from './document.js';
import type { Screen } from '../format/screen.js';
import { timelineTable } from './timelineTable.js';

/** What `replay` prints besides the timeline. */
export interface ReplayShown extends ReplayFacts {
  /** The failure as the kernel reports it. */
  readonly kernelLines: readonly string[];
  readonly full: boolean;
  /** Last row to show. */
  readonly until?: number;
  /** What the CPUs were doing there. */
  readonly states?: readonly string[];
  readonly reducedTo?: string;
  readonly screen: Screen;
}

/** Returns the lines that `replay` prints before it searches for an interleaving. */
export function replayHead(evidence: Evidence): string[] {
  const { race, variant, trial, machine, signature, message } = evidence;
  return [
    `${race}:${variant}, ${trialWords(codeMark(hasOwnMemory(evidence)), trial, machine)}: ${signature}`,
    `  ${message}`,
  ];
}

/** Returns the lines that `replay` prints after the search. */
export function replayReport(evidence: Evidence, timeline: Timeline | undefined, shown: ReplayShown): string[] {
  return [
    ...explanation(evidence, timeline, shown),
    ...verdictLines(evidence, shown),
    ...(shown.reducedTo === undefined ? [] : [`reduced to the accesses that the failure needs: ${shown.reducedTo}`]),
    ...(timeline === undefined
      ? []
      : [
          '',
          ...timelineTable(timeline, {
            full: shown.full,
            width: shown.screen.width,
            ...(shown.until === undefined ? {} : { until: shown.until }),
          }),
        ]),
    ...(shown.states === undefined ? [] : ['', ...shown.states]),
    ...(shown.kernelLines.length === 0 ? [] : ['', ...shown.kernelLines]),
  ];
}

function explanation(
  evidence: Evidence,
  timeline: Timeline | undefined,
  { accesses, reason, searchMs }: ReplayShown,
): string[] {
  if (timeline === undefined) return [`not explained: ${reason}`];
  const cpus = new Set(timeline.rows.map(({ cpu }) => cpu)).size;
  const unused = evidence.cpus.length - cpus;
  return [
    `explained: an interleaving of ${counted(accesses, 'access', 'accesses')} of ${whoseWords(evidence, cpus)}, found in ${searchMs.toFixed(1)} ms` +
      (unused === 0 || evidence.processors !== undefined
        ? ''
        : `; ${unused} of ${countedThreads(codeMark(hasOwnMemory(evidence)), evidence.cpus.length)} not needed`),
  ];
}

/** Returns whose accesses these are: of so many CPUs, or of the tasks that share them. */
function whoseWords(evidence: Evidence, cpus: number): string {
  if (evidence.processors === undefined) return countedThreads(codeMark(hasOwnMemory(evidence)), cpus);
  return `${counted(evidence.cpus.length, 'task')} on ${counted(evidence.processors, 'CPU')}`;
}

function verdictLines(evidence: Evidence, shown: ReplayShown): string[] {
  const {
    accesses,
    putBack,
    proved,
    replay,
    reason,
    screen: { paint },
  } = shown;
  if (replay === undefined) return [];
  if (proved) {
    const more = putBack === 0 ? '' : `, and ${counted(putBack, 'read', 'reads')} of loops that the records leave out`;
    return [
      `${paint.good('replayed:')} the same failure, each of ${counted(accesses - putBack, 'access', 'accesses')} as recorded${more}${timedNote(evidence.signature)}`,
    ];
  }
  return [
    `${paint.bad('DOES NOT REPLAY:')} ${replay.other ?? `it fails as ${replay.signature}, but not the same way`}`,
    ...(reason === undefined ? [] : [`  ${reason}`]),
    ...(replay.difference === undefined ? [] : differenceLines(evidence, replay.difference)),
  ];
}

function differenceLines(evidence: Evidence, { turn, cpu, record, expected, found }: Difference): string[] {
  const show = (r: ShownRecord): string => {
    const name = evidence.names.find(([address]) => address === r.address)?.[1] ?? `word ${r.address}`;
    const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
    return `${r.step} ${r.op} ${name} ${hex(r.before)} -> ${hex(r.after)}`;
  };
  const { thread } = worldOf(codeMark(hasOwnMemory(evidence)));
  return [
    `  first difference: ${thread} ${cpu}, record ${record} (turn ${turn + 1})`,
    `    in the evidence: ${show(expected)}`,
    `    in the replay:   ${found === undefined ? `the ${thread} does not get so far` : show(found)}`,
  ];
}
