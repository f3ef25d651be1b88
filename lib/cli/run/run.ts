/** `racehammer run`: hammers one variant of a race, or the buggy form and then the merged fix. */

import { INTERRUPTED_EXIT, worstExitCode } from '../../statistics/verdict.js';
import { PLAIN } from '../../report/format/screen.js';
import { visible } from '../../report/format/visible.js';
import { runAnnotations } from '../../report/verify/annotations.js';
import { runSummary } from '../../report/verify/stepSummary.js';
import type { RunDocument } from '../../report/run/document.js';
import { runsDocumentOf } from '../../report/run/runsDocument.js';
import { notKeptLines } from '../../report/run/evidenceLines.js';
import { runsTrace } from '../../report/run/trace.js';
import { annotate } from '../annotate.js';
import { chooseRace } from '../chooseRace.js';
import type { ChosenRace } from '../../run/namedRace.js';
import { EventFile } from '../eventFile.js';
import { catchInterrupts } from '../interrupts.js';
import { LiveLines, print, printDocument, screen, stdoutLost, tell } from '../output.js';
import { OutputFiles, codeOf, type Used } from '../outputFiles.js';
import { ProgressLine } from '../progress.js';
import type { RunFlags } from './options.js';
import { briefText } from './briefText.js';
import { requestsFor } from './checkedFlags.js';
import type { AskedRuns, RunText } from './runText.js';
import { sampledEvents, type SampledRun } from './sampledTrace.js';
import { wholeText } from './wholeText.js';
import type { OrderGiven } from '../../run/order/order.js';
import type { RunRequest } from '../../run/request.js';
import { runAll, type RunsHooks } from '../../run/runs.js';
import { UsageError } from '../../run/usageError.js';
import type { ViewOf } from '../../run/view.js';
import { readTuned, tunerOf } from '../tuned.js';

/** Runs the requested variants and prints the results. Returns the exit code. Throws UsageError. */
export async function runCommand(target: string, flags: RunFlags): Promise<number> {
  if (flags.json && flags.report)
    throw new UsageError('--report with --json: stdout holds one document; --report-file writes the report to a file');
  const chosen = await chooseRace(target, flags);
  const notes: string[] = [];
  const given = await readGiven(chosen, flags);
  const tune = tunerOf(readTuned(flags), chosen, (words) => notes.push(words));
  const requests = requestsFor(chosen, flags, tune, given);
  const files = new OutputFiles(usedBy(chosen, flags));
  files.reserve('--report-file', flags.reportFile, 'report');
  files.reserve('--trace', flags.trace, 'trace');
  const events = new EventFile(files, flags.events);
  const asked: AskedRuns = { race: chosen.race, requests, given, notes };
  const text = flags.report ? wholeText(asked, screen()) : briefText(asked, screen());
  const whole = flags.reportFile === undefined ? null : wholeText(asked, PLAIN);
  const written: string[] = [];
  // Nothing is drawn for nobody.
  const say = (linesOf: (kind: RunText) => readonly string[]): void => {
    if (!flags.json) print(linesOf(text));
    if (whole !== null) written.push(...linesOf(whole));
  };
  events.begin('run');
  say((kind) => kind.begin());
  if (flags.json) tell(notes);
  const ended: RunDocument[] = [];
  const sampled: SampledRun[] = [];
  const left = (runs: readonly RunDocument[]): string[] =>
    requests.slice(runs.length).map(({ plan }) => `not run: ${chosen.race.name}:${plan.variant}`);
  const { runs, interrupted } = await hammerAll(chosen, requests, {
    onEnd(run) {
      events.ended(run);
      ended.push(run);
      say((kind) => kind.ended(run));
    },
    onSampled: (orders) => void sampled.push({ run: ended.at(-1)!, sampled: orders }),
    onEvidence(kept) {
      events.evidence(kept);
      ended.push({ ...ended.pop()!, evidence: kept });
      say((kind) => kind.kept(kept));
      if (flags.json) tell(notKeptLines(kept));
    },
  }).catch((error: unknown) => {
    // What has been found out is shown, whatever ends the program.
    say((kind) => kind.end(ended, left(ended)));
    throw error;
  });
  say((kind) => kind.end(runs, left(runs)));
  files.write('--report-file', () => `report of racehammer run ${target}\n\n${visible(written.join('\n'))}\n`);
  files.write('--trace', () => JSON.stringify(runsTrace(runs, sampledEvents(sampled))));
  const exitCode = interrupted ? INTERRUPTED_EXIT : worstExitCode(runs.map((run) => run.exitCode));
  events.end(files.exitCode(exitCode));
  if (flags.json) {
    printDocument(files.noted(runsDocumentOf(requests.length, runs)));
  }
  annotate(runAnnotations(runs), () => runSummary(runs));
  return files.exitCode(exitCode);
}

/** Returns whatever else the command reads and writes. */
function usedBy(chosen: ChosenRace, { from, tuned, evidence }: RunFlags): Used[] {
  return [
    codeOf(chosen),
    ...(from === undefined ? [] : [{ what: 'the evidence', path: from }]),
    ...(tuned === undefined ? [] : [{ what: 'the file of --tuned', path: tuned }]),
    ...(evidence === null ? [] : [{ what: 'the folder of --evidence', path: evidence }]),
  ];
}

/** Reads the evidence that a run is to start from; null if there is none. What only evidence needs is loaded only then. */
async function readGiven({ race }: ChosenRace, { from }: RunFlags): Promise<OrderGiven | null> {
  return from === undefined ? null : (await import('../../run/order/givenOrder.js')).readOrder(from, race);
}

/** Performs one run after the other; an interrupt ends the running one and leaves out the rest. */
async function hammerAll(
  chosen: ChosenRace,
  requests: readonly RunRequest[],
  hooks: Pick<RunsHooks, 'onEnd' | 'onEvidence' | 'onSampled'>,
): Promise<{ readonly runs: readonly RunDocument[]; readonly interrupted: boolean }> {
  const interrupts = catchInterrupts();
  const { signal } = interrupts;
  const view: ViewOf = (title, limit) => new ProgressLine(new LiveLines(), title, limit);
  try {
    const runs = await runAll(chosen, requests, { ...hooks, signal, view, isUnread: () => stdoutLost.aborted });
    return { runs, interrupted: signal.aborted };
  } finally {
    interrupts.release();
  }
}
