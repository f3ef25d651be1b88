import { zeroFailureBound } from '../statistics/statistics.js';
import { verdictWords } from '../statistics/verdict.js';
import { formatCount, formatProbability } from './numbers.js';
import type { PowerFigures, RunDocument } from './runDocument.js';

/** What decides the verdict on trials without the failure that was, or was not, expected. */
type Judged = Pick<RunDocument, 'verdict' | 'trials' | 'expectedOutcome' | 'power'> & {
  readonly claim?: RunDocument['claim'];
};

/** What a verdict without failures rests on, in one sentence; null where failures or a harness error decide. */
export function powerWords({ verdict, trials, expectedOutcome, claim = null, power = null }: Judged): string | null {
  if (!['HELD', 'INCONCLUSIVE', 'NOT_REPRODUCED'].includes(verdict) || trials === 0) return null;
  const said = verdictWords(verdict);
  if (claim !== null && expectedOutcome === null)
    return verdict === 'HELD' ? `${said} by its claim alone` : `${said}: its claim is open`;
  if (power === null) return `${said}: nothing has been hammered that is known to fail, so no failure says nothing`;
  if (power.trialsNeeded === null) return `${said}: ${didNotFail(power)}, so no failure says nothing`;
  return expectedOutcome === null
    ? `${said}: ${boundWords(power, power.trialsNeeded, trials)}`
    : `${said}: ${missedWords(power, power.trialsNeeded, trials)}`;
}

/** "bound 3.4e-6, 1/2,000 of the 0.7 % at which `buggy` fails under the same conditions; 1/9 of it is needed". */
function boundWords(power: PowerFigures, needed: number, trials: number): string {
  const rate = rateOf(power);
  const bound = zeroFailureBound(trials);
  const enough = `${shareOf(zeroFailureBound(needed) / rate)} it is needed`;
  const more = trials < needed ? `, which takes ${formatCount(needed)} trials without a failure` : '';
  return `bound ${formatProbability(bound)}, ${shareOf(bound / rate)} ${rateWords(power)}; ${enough}${more}`;
}

/** The same for a table: "1/2,000 of buggy 0.7 %"; empty where no failure decides nothing. */
export function powerCell({ trials, expectedOutcome, power = null }: Judged): string {
  if (power === null || expectedOutcome !== null || trials === 0) return '';
  if (power.trialsNeeded === null) return `${power.name} did not fail`;
  const rate = rateOf(power);
  const name = power.source === 'floor' ? 'the floor' : power.name;
  return `${shareOf(zeroFailureBound(trials) / rate)} ${name}: ${formatProbability(rate)}`;
}

function missedWords(power: PowerFigures, needed: number, trials: number): string {
  const shown = `${formatCount(needed)} trials would have shown ${rateWords(power)}`;
  return trials < needed ? `${shown}; there were ${formatCount(trials)}` : `${formatCount(trials)} trials; ${shown}`;
}

function rateOf({ source, failures, trials, least }: PowerFigures): number {
  return source === 'floor' ? least : failures / trials;
}

/** "the 0.7 % at which `buggy` fails under the same conditions". */
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
      return `${rate} at which what should fail is taken to do so at least: nothing better is known`;
  }
}

function didNotFail({ name, trials }: PowerFigures): string {
  return `\`${name}\`, which should fail, has not done so in ${formatCount(trials)} trials`;
}

/** "1/2,000 of"; "2.1 times" where it is no part. Rounded so that it is no smaller than it says. */
function shareOf(share: number): string {
  if (share > 1) return `${Number(share.toPrecision(2))} times`;
  const parts = 1 / share;
  const unit = 10 ** (Math.floor(Math.log10(parts)) - 1);
  return `1/${parts < 10 ? Math.floor(parts * 10) / 10 : formatCount(Math.floor(parts / unit) * unit)} of`;
}
