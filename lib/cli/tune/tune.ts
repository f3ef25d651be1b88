/** `racehammer tune`: finds the settings with the highest rate on this host. Called by program.ts. */

import { INTERRUPTED_EXIT, exitCodeOf } from '../../statistics/verdict.js';
import { tunePage } from '../../report/tune/page.js';
import type { TuneDocument, TuneResult } from '../../report/tune/document.js';
import { tuneReport } from '../../report/tune/text.js';
import { isInstrumented } from '../../instrument/marked.js';
import { isJavaScript } from '../../race/kinds.js';
import { codeMark } from '../../report/words/world.js';
import { RigFailure } from '../../tune/rig.js';
import { tune, type Tuned } from '../../tune/tune.js';
import { formatDuration } from '../../run/duration.js';
import { graphOrder } from '../../run/order/graphOrder.js';
import { SPINS_PER_ACCESS, delaysOf, type OrderWanted } from '../../run/order/order.js';
import type { Point } from '../../tune/point.js';
import { hostFacts } from '../../run/hostFacts.js';
import { catchInterrupts } from '../interrupts.js';
import type { TuneFlags } from './options.js';
import { LiveLines, screen, print, printDocument, tell } from '../output.js';
import { OutputFiles, codeOf } from '../outputFiles.js';
import { repeatCommand } from '../../run/repeat.js';
import { racesToTune, runOfPoint, type RaceToTune } from './checkedFlags.js';
import { TuningStore, type Kept } from './settingsFile.js';
import { packageVersion } from '../../harness/host/raceSource.js';

/** Tunes one race after the other; settings are saved as soon as they are found. Returns the exit code. Throws UsageError. */
export async function tuneCommand(targets: readonly string[], flags: TuneFlags): Promise<number> {
  const races = await racesToTune(targets, flags);
  const files = new OutputFiles(races.map(({ chosen }) => codeOf(chosen)));
  const store = new TuningStore(flags.file, flags.anyHost, files);
  files.reserve('--html', flags.html, 'html');
  const [{ request }] = races;
  const startedAt = new Date().toISOString();
  const say = (lines: readonly string[]): void => {
    if (!flags.json) print(lines);
  };
  say([
    `tuning for ${formatDuration(request.budgetMs)} each, seed ${request.seed}; settings are saved in ${flags.file}`,
  ]);
  const { results, saved, failure, interrupted } = await tuneAll(races, store, (result, { words }) =>
    say(['', ...tuneReport(result, screen()), words]),
  );
  const violated = results.some(({ violations }) => violations > 0);
  const exitCode =
    failure !== null
      ? exitCodeOf('HARNESS_ERROR')
      : violated
        ? exitCodeOf('VIOLATED')
        : interrupted
          ? INTERRUPTED_EXIT
          : 0;
  const document: TuneDocument = {
    schema: 'racehammer.tune/1',
    version: packageVersion(),
    startedAt,
    budgetMs: request.budgetMs,
    seed: request.seed,
    results,
    file: flags.file,
    saved,
    interrupted,
    exitCode,
    host: hostFacts(),
  };
  if (failure !== null) tell(`racehammer: ${failure}`);
  files.write('--html', () => tunePage(document));
  if (flags.json) printDocument(files.noted(document));
  return files.exitCode(exitCode);
}

interface AllTuned {
  readonly results: TuneResult[];
  /** Races whose settings were saved. */
  readonly saved: string[];
  readonly failure: string | null;
  readonly interrupted: boolean;
}

async function tuneAll(
  races: readonly RaceToTune[],
  store: TuningStore,
  onResult: (result: TuneResult, kept: Kept) => void,
): Promise<AllTuned> {
  const interrupts = catchInterrupts();
  const { signal } = interrupts;
  const results: TuneResult[] = [];
  const saved: string[] = [];
  try {
    for (const race of races) {
      if (signal.aborted) break;
      const stage = stageLine(race);
      stage.say('exploring all states', 0);
      const order = await graphOrder(race.chosen, race.run.plan, signal);
      const first = 'reason' in order ? [] : pointsOf(order, race.request);
      const tuned = await tune({ ...race.request, first, signal, onStage: (name, used) => stage.say(name, used) });
      stage.end();
      const result = resultOf(race, tuned, order);
      const kept = store.keep(result);
      if (kept.saved) saved.push(`${result.race}:${result.variant}`);
      results.push(result);
      onResult(result, kept);
    }
    return { results, saved, failure: null, interrupted: signal.aborted };
  } catch (error) {
    if (!(error instanceof RigFailure)) throw error;
    return { results, saved, failure: error.message, interrupted: signal.aborted };
  } finally {
    interrupts.release();
  }
}

function resultOf(race: RaceToTune, { bestPoint, ...result }: Tuned, found: OrderFound): TuneResult {
  const repeat = repeatCommand(runOfPoint(race, bestPoint));
  const mark = codeMark(isJavaScript(race.chosen.race), isInstrumented(race.chosen.url));
  if ('reason' in found) return { ...result, ...mark, order: null, noOrder: found.reason, repeat };
  const { signature, accesses, switches, waits } = found;
  return { ...result, ...mark, order: { signature, accesses, switches, waits }, noOrder: null, repeat };
}

type OrderFound = Awaited<ReturnType<typeof graphOrder>>;

/** Returns the points of an order: one for each number of spins that an access may take. Only what may change differs from the start. */
function pointsOf(order: OrderWanted, { start, parameters }: RaceToTune['request']): Point[] {
  const [setsPhases, setsWindows] = [parameters.includes('phase'), parameters.includes('window')];
  if (!setsPhases && !setsWindows) return [];
  return SPINS_PER_ACCESS.map((spins) => {
    const { phases, windows } = delaysOf(order, spins);
    return {
      ...start,
      phases: setsPhases ? { ...start.phases, ...phases } : start.phases,
      windows: setsWindows ? { ...start.windows, ...windows } : start.windows,
    };
  });
}

/** Shows the current stage on stderr: one line that is rewritten on a terminal, otherwise a line for each stage. */
function stageLine({ run }: RaceToTune): { say(stage: string, used: number): void; end(): void } {
  const lines = new LiveLines();
  const title = `${run.plan.race}:${run.plan.variant}`;
  return {
    say: (stage, used) => lines.show([`${title}: ${Math.round(100 * used)} %, ${stage}`]),
    end: () => lines.clear(),
  };
}
