/** Shows an exploration as text. Called by `explore`. */

import { counted, formatCount, formatSeconds } from '../format/numbers.js';
import { countedThreads, seenWords, worldOf, type OfCode } from '../words/world.js';
import { PLAIN, type Paint } from '../format/screen.js';
import type { ExploreDocument, ExploredFailure, ExploredSearch, OrderStep } from './document.js';

/** States that a search of hours may meet. */
const STATES_POSSIBLE = 1e9;
/** An estimate says no more (lib/explore/states/estimate.ts). */
const STATES_COUNTED = 1e12;

/** Returns the lines that `explore` prints of one variant. */
export function exploreReport(document: ExploreDocument, paint: Paint = PLAIN.paint): string[] {
  const { race, variant, failures, complete } = document;
  return [
    `${race}:${variant}: ${paint[meaningOf(document)](verdictWords(document))}`,
    `  ${sizeWords(document)}`,
    ...searchLines(document).map((line) => `  ${line}`),
    ...boundWords(document).map((line) => `  ${line}`),
    ...failures.flatMap((failure) => [`  ${failureWords(failure, complete)}`, ...witnessWords(failure)]),
    ...outcomeLines(document),
    ...expectedWords(document).map((line) => `  ${line}`),
    `  of: ${conditionWords(document)}`,
    ...failures.flatMap((failure) => orderLines(document, failure)),
  ];
}

/** Says what a verdict means for the reader: a failure that is expected is good news. */
function meaningOf({ verdict, agrees }: ExploreDocument): 'good' | 'bad' | 'undecided' {
  if (verdict === 'BOUNDED') return 'undecided';
  return agrees === false ? 'bad' : 'good';
}

function verdictWords({ verdict, failures, interrupted }: ExploreDocument): string {
  if (verdict === 'FAILS') return `FAILS as ${failures.map(({ signature }) => signature).join(', ')}`;
  if (verdict === 'PROVED') return 'PROVED: no order fails, and none hangs';
  return `BOUNDED: no failure was found${interrupted ? ' up to the interrupt' : ''}, and not every order was looked at`;
}

function sizeWords(document: ExploreDocument): string {
  const { complete, reduced, cuts, leftOut, states, estimate, transitions, orders, classes, seconds, bytes } = document;
  const rate = formatCount(Math.round(states / Math.max(complete ? seconds : lastSeconds(document), 1e-3)));
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  const endless = complete && reduced !== true && cuts + leftOut === 0 ? ', orders without an end' : '';
  const of = classes === null ? '' : ` of ${counted(classes, 'class', 'classes')}`;
  const many = orders === null ? endless : `, ${orderWords(orders)}${of}`;
  const more = estimate === null ? 'there are more' : `there are ${estimateWords(estimate)}`;
  const all = reduced === true ? `${counted(states, 'state')} that stand for all` : `all ${counted(states, 'state')}`;
  const met = isReduced(lastOf(document))
    ? `${counted(states, 'state')} that stand for others`
    : counted(states, 'state');
  const what = complete ? all : `${met}, and ${more}`;
  return `${what}, ${counted(transitions, 'transition')}${many}; ${formatSeconds(seconds)}, ${rate} states/s, ${size}`;
}

function lastOf({ searches = [] }: ExploreDocument): ExploredSearch | undefined {
  return searches.at(-1);
}

function isReduced(search: ExploredSearch | undefined): boolean {
  return search?.by === 'reduced';
}

/** Returns how long the search took whose states are shown. */
function lastSeconds(document: ExploreDocument): number {
  return lastOf(document)?.seconds ?? document.seconds;
}

const SEARCHED = {
  states: 'all states',
  reduced: 'states that stand for all',
  preemptions: 'by number of preemptions',
} as const;

/** Lists the searches of an exploration that has not met all states: each has begun again, without the states of the one before. */
function searchLines({ complete, searches = [], estimate }: ExploreDocument): string[] {
  if (complete) return [];
  return searches.map(({ by, states, seconds, end }) => {
    const why = {
      complete: 'nothing was left',
      found: 'the orders were found',
      states: 'the limit of --states was reached',
      memory: 'the limit of --memory-limit was reached',
      estimate: `given up, since there seem to be ${estimate === null ? 'too many' : estimateWords(estimate)}`,
      layer: 'with the next one there would be too many',
      obstacle: 'given up, since no order can be left out',
      interrupt: 'interrupted',
    }[end];
    return `searched ${SEARCHED[by]}: ${counted(states, 'state')} in ${formatSeconds(seconds)}; ${why}`;
  });
}

/** Returns "about 34,000", "about 1.2e9" or "more than 1e12". */
export function estimateWords(estimate: number): string {
  if (estimate >= STATES_COUNTED) return 'more than 1e12';
  const few = formatCount(Number(estimate.toPrecision(2)));
  return `about ${estimate < 1e7 ? few : estimate.toExponential(1).replace('e+', 'e')}`;
}

/** Returns "2.4e7 orders", or the number itself where it can be read. */
function orderWords(orders: number): string {
  return orders < 100_000 ? counted(orders, 'order') : `${orders.toExponential(1).replace('e+', 'e')} orders`;
}

function boundWords(document: ExploreDocument): string[] {
  const { complete, preemptions, cuts, cutLoops = [], accesses, loops, leftOut, interrupts, unclassed } = document;
  const { thread } = worldOf(document);
  const isWhole = complete && cuts + leftOut === 0;
  return [
    ...(document.reduced === true
      ? ['orders were left out that only exchange steps which have nothing to do with each other']
      : []),
    ...(isWhole && unclassed !== null && worldOf(document).hasWindows
      ? [`classes of orders are not counted: ${unclassed}`]
      : []),
    ...(loops === 0
      ? []
      : [`${counted(loops, 'loop')} of reads in which nothing changed for 16,384 steps: taken to go on for ever`]),
    ...(complete
      ? []
      : [
          preemptions === null || preemptions < 0
            ? 'not complete for any number of preemptions'
            : `complete for orders with up to ${counted(preemptions, 'preemption')}`,
          ...limitWords(document),
        ]),
    ...(cuts === 0
      ? []
      : [
          `${counted(cuts, 'state')} not searched further: a ${thread} had made ${formatCount(accesses)} accesses (--accesses)`,
          ...cutLoops.map(
            (loop) =>
              `it tries again and again at ${loop}; nextTry() marks a loop whose tries are alike, and then none is cut`,
          ),
        ]),
    ...(leftOut === 0
      ? []
      : [
          `timers and storms raise each line ${counted(interrupts, 'time')} on a CPU at most (--interrupts): ` +
            `${counted(leftOut, 'state')} in which they might once more`,
        ]),
  ];
}

/** Says which limits would do for all states. */
function limitWords({ estimate, searches = [], ...of }: ExploreDocument): string[] {
  if (estimate === null) return [];
  const { states, bytes } = searches[0] ?? of;
  if (estimate > STATES_POSSIBLE) return ['no limit of this host would do for all of them'];
  const megabytes = Math.ceil((bytes / Math.max(states, 1)) * (2 * estimate) * 1e-6);
  return [`all of them may take --states ${Number((2 * estimate).toPrecision(2))} --memory-limit ${megabytes}`];
}

function failureWords({ signature, states, preemptions, steps, cycle }: ExploredFailure, complete: boolean): string {
  if (cycle > 0) return `${signature}: the trial may go round ${counted(states, 'state')} without an end`;
  const shortest =
    preemptions === null || steps === null
      ? ''
      : `; the shortest order has ${counted(preemptions, 'preemption')} and ${counted(steps, 'step')}`;
  return `${signature} may come in ${counted(states, 'state')}${complete ? '' : ' or more'}${shortest}`;
}

/** Says how real threads went through the order. */
function witnessWords({ witness }: ExploredFailure): string[] {
  if (witness === null) return [];
  const { file, command, replayed, reason } = witness;
  if (replayed) return [`    real threads fail in it as well, and again when it is replayed: ${command}`];
  return [`    NOT REPLAYED on real threads: ${reason}${file === null ? '' : `: ${file}`}`];
}

/** Lists what the actors return in any order. */
function outcomeLines({ outcomes = [], complete, cuts }: ExploreDocument): string[] {
  if (outcomes.length === 0) return [];
  const isAll = complete && cuts === 0;
  const width = Math.max(...outcomes.map(({ outcome }) => outcome.length));
  return [
    `  results of the actors${isAll ? ', all that any order has' : ', as far as orders were looked at'}:`,
    ...outcomes.map(
      ({ outcome, grade, met }) =>
        `    ${outcome.padEnd(width)}  ${grade}${met ? '' : isAll ? ', and no order has it' : ', and not met'}`,
    ),
  ];
}

function expectedWords({ expected, agrees }: ExploreDocument): string[] {
  const what = expected === null ? 'to hold' : `to fail as ${expected}`;
  if (agrees === null) return [];
  return [agrees ? `as expected: it is ${what}` : `NOT AS EXPECTED: it is ${what}`];
}

function conditionWords(document: ExploreDocument): string {
  const { knobs, cpus, memory } = document;
  const { hasWindows, explored } = worldOf(document);
  const named = Object.entries(knobs).map(([name, value]) => `${name}=${value}`);
  return [
    countedThreads(document, cpus),
    ...(hasWindows ? [`memory ${memory}`] : []),
    ...(named.length === 0 ? [] : [named.join(' ')]),
    explored,
    ...(document.instrumented === true ? seenWords(document) : []),
  ].join('; ');
}

function orderLines(of: OfCode, { signature, preemptions, order, cycle }: ExploredFailure): string[] {
  if (preemptions === null) return [];
  const width = Math.max(...order.map(({ label }) => label.length), 1);
  const lines = order.map((step, i) => stepLine(of, step, order[i - 1], width));
  const first = lines.slice(0, lines.length - cycle);
  const again = cycle === 0 ? [] : ['  and again and again:', ...lines.slice(lines.length - cycle)];
  return ['', `the shortest order of ${signature}:`, ...first, ...again];
}

function stepLine(
  of: OfCode,
  { cpu, does, label, fn, text }: OrderStep,
  before: OrderStep | undefined,
  width: number,
): string {
  const name = `${worldOf(of).thread} ${cpu}`;
  const who = before?.cpu === cpu ? ' '.repeat(name.length) : name;
  const what =
    does === 'step'
      ? text
      : does === 'drains'
        ? 'a store becomes visible'
        : does === 'takes a call'
          ? does
          : `takes ${text}`;
  return `  ${who}  ${label.padEnd(width)}  ${what}${fn === '' ? '' : `  (${fn})`}`;
}
