/** Says what a verdict without failures is based on. Called by reports, pages and annotations of runs and soaks. */

import { zeroFailureBound } from '../../statistics/statistics.js';
import { verdictWords } from '../../statistics/verdict.js';
import { counted, formatCount, formatProbability } from '../format/numbers.js';
import type { PowerFigures, RunDocument } from '../run/document.js';

/** The fields of a run or row that decide a verdict without failures. */
type Judged = Pick<RunDocument, 'verdict' | 'trials' | 'expectedOutcome' | 'power'> & {
  readonly claim?: RunDocument['claim'];
};

/** Returns what a verdict without failures is based on, in one sentence; null if failures or a harness error decide. */
export function powerWords({ verdict, trials, expectedOutcome, claim = null, power = null }: Judged): string | null {
  if (!['HELD', 'INCONCLUSIVE', 'NOT_REPRODUCED'].includes(verdict) || trials === 0) return null;
  const said = verdictWords(verdict);
  if (claim !== null && expectedOutcome === null)
    return verdict === 'HELD' ? `${said}: its claim holds` : `${said}: its claim is open`;
  if (power === null)
    return `${said}: nothing that is known to fail was run, so the absence of failures proves nothing`;
  if (power.trialsNeeded === null) return `${said}: ${didNotFail(power)}, so the absence of failures proves nothing`;
  return expectedOutcome === null
    ? `${said}: ${boundWords(power, power.trialsNeeded, trials)}`
    : `${said}: ${missedWords(power, power.trialsNeeded, trials)}`;
}

/** Returns "bound 3.4e-6, 1/2,000 of the 0.7 % at which `buggy` fails under the same conditions; 1/9 of it is needed". */
function boundWords(power: PowerFigures, needed: number, trials: number): string {
  const rate = rateOf(power);
  const bound = zeroFailureBound(trials);
  const enough = `${shareOf(zeroFailureBound(needed) / rate)} it is needed`;
  const more = trials < needed ? `, which takes ${counted(needed, 'trial')} without a failure` : '';
  return `bound ${formatProbability(bound)}, ${shareOf(bound / rate)} ${rateWords(power)}; ${enough}${more}`;
}

/** Returns the same for a table: "1/2,000 of buggy: 0.7 %"; empty if the row should fail. */
export function powerCell(judged: Judged): string {
  const share = powerShare(judged);
  const { power = null } = judged;
  return share === '' || power === null || power.trialsNeeded === null
    ? share
    : `${share}: ${formatProbability(rateOf(power))}`;
}

/** Returns the same without the rate, which stands beside it: "1/2,000 of buggy". */
export function powerShare({ trials, expectedOutcome, power = null }: Judged): string {
  if (power === null || expectedOutcome !== null || trials === 0) return '';
  if (power.trialsNeeded === null) return `${power.name} did not fail`;
  return `${shareOf(zeroFailureBound(trials) / rateOf(power))} ${power.source === 'floor' ? 'the floor' : power.name}`;
}

function missedWords(power: PowerFigures, needed: number, trials: number): string {
  const shown = `${counted(needed, 'trial')} would have shown ${rateWords(power)}`;
  return trials < needed ? `${shown}; there were ${formatCount(trials)}` : `${counted(trials, 'trial')}; ${shown}`;
}

function rateOf({ source, failures, trials, least }: PowerFigures): number {
  return source === 'floor' ? least : failures / trials;
}

/** Returns "the 0.7 % at which `buggy` fails under the same conditions". */
function rateWords(power: PowerFigures): string {
  const rate = `the ${formatProbability(rateOf(power))}`;
  switch (power.source) {
    case 'twin':
      return `${rate} at which \`${power.name}\` fails under the same conditions`;
    case 'race':
      return `${rate} at which \`${power.name}\` fails, the least of the race: nothing is expected to fail under these conditions`;
    case 'row':
      return `${rate} at which it failed before`;
    case 'floor':
      return `${rate} that is assumed as the least rate of a bug: no rate is known`;
  }
}

function didNotFail({ name, trials }: PowerFigures): string {
  return `\`${name}\`, which should fail, did not in ${counted(trials, 'trial')}`;
}

/** Returns "1/2,000 of", or "2.1 times" above 1. Rounded so that the real share is never larger. */
function shareOf(share: number): string {
  if (share > 1) return `${Number(share.toPrecision(2))} times`;
  const parts = 1 / share;
  const unit = 10 ** (Math.floor(Math.log10(parts)) - 1);
  return `1/${parts < 10 ? Math.floor(parts * 10) / 10 : formatCount(Math.floor(parts / unit) * unit)} of`;
}
