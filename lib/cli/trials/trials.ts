/** `racehammer trials`: how many trials it takes to claim a rate. */

import { trialsToClaim, trialsToDecide } from '../../statistics/claim.js';
import { claimWords } from '../../report/words/claim.js';
import { counted, formatCount, formatRate, formatSeconds } from '../../report/format/numbers.js';
import { renderTable } from '../../report/format/table.js';
import { parseClaim } from '../../run/claimText.js';
import { print, printDocument, screen } from '../output.js';
import { readDocuments, runsOf } from '../readDocument.js';

const FAILURES_SHOWN = [0, 1, 2, 3, 5, 10] as const;
/** Speeds to give an idea with, where no run is named. */
const USUAL_SPEEDS = [10_000, 100_000, 1_000_000] as const;

/** What `trials --json` prints. */
interface TrialsDocument {
  readonly schema: 'racehammer.plan/1';
  readonly rate: number;
  readonly confidence: number;
  readonly needs: readonly {
    readonly failures: number;
    readonly trialsFixed: number;
    readonly trialsOpenEnded: number;
  }[];
  readonly speeds: readonly {
    readonly race: string;
    readonly variant: string;
    readonly trialsPerSecond: number;
    readonly seconds: number | null;
  }[];
}

/** Throws UsageError. */
export async function trialsCommand(
  text: string,
  files: readonly string[],
  flags: { readonly json?: boolean },
): Promise<number> {
  const document = await trialsDocument(text, files);
  if (flags.json === true) printDocument(document);
  else print(trialsLines(document));
  return 0;
}

async function trialsDocument(text: string, files: readonly string[]): Promise<TrialsDocument> {
  const claim = parseClaim('claim', text);
  const runs = (await readDocuments(files)).flatMap(runsOf);
  const needs = FAILURES_SHOWN.map((failures) => ({
    failures,
    trialsFixed: trialsToClaim(claim, failures),
    trialsOpenEnded: trialsToDecide(claim, failures),
  }));
  const speeds = runs.map(({ race, variant, trials, seconds }) => ({
    race,
    variant,
    trialsPerSecond: seconds === 0 ? 0 : trials / seconds,
    seconds: trials === 0 ? null : (needs[0].trialsFixed * seconds) / trials,
  }));
  return { schema: 'racehammer.plan/1', ...claim, needs, speeds };
}

function trialsLines({ needs, speeds, ...claim }: TrialsDocument): string[] {
  const [{ trialsFixed }] = needs;
  const times = speeds.map(({ race, variant, trialsPerSecond, seconds }) => [
    `${race}:${variant}`,
    formatRate(trialsPerSecond),
    seconds === null ? '-' : formatSeconds(seconds),
  ]);
  const usual = USUAL_SPEEDS.map((speed) => ['trials', formatRate(speed), formatSeconds(trialsFixed / speed)]);
  return [
    `To claim ${claimWords(claim)}:`,
    '',
    ...renderTable(
      [
        { head: 'failures', align: 'right' },
        { head: 'trials, length fixed beforehand', align: 'right' },
        { head: 'trials, --until-confidence', align: 'right' },
      ],
      needs.map((need) => [need.failures, need.trialsFixed, need.trialsOpenEnded].map(formatCount)),
      screen(),
    ),
    '',
    ...renderTable(
      [
        { head: 'without a failure', align: 'left' },
        { head: 'at', align: 'right' },
        { head: 'takes', align: 'right' },
      ],
      times.length === 0 ? usual : times,
      screen(),
    ),
    '',
    `A failure of that rate occurs within ${counted(trialsFixed, 'trial')} with the same confidence.`,
    'Trials are assumed to be independent and to have one rate.',
  ];
}
