/**
 * The search for the settings with the most hits: successive halving, then line search and steps. Called by tune.ts;
 * tests run it on made-up hosts.
 */

import { keyOfPoint, type Point, type Slice } from './point.js';
import { Random } from './random.js';
import { drawPoint, type Space } from './space.js';
import { ranked, type Candidate, type Trials } from './trials.js';

/** The input of a search; it knows neither machines nor clocks. */
export interface SearchRequest {
  readonly space: Space;
  /** Points that are measured before all others. */
  readonly first?: readonly Point[];
  readonly trials: Trials;
  /** Runs a point for one slice of time. */
  measure(point: Point): Promise<Slice>;
  /** Returns the used share of the budget, from 0; the search ends at 1, or when `isStopped` returns true. */
  used(): number;
  readonly isStopped: () => boolean;
  /** Points in the first, widest stage. */
  readonly width: number;
  readonly seed: number;
}

/** Shares of the budget by which the stages have ended. */
const HALVED_BY = 0.6;
const REFINED_BY = 0.88;
/** Share of the points that is kept after each pass. */
const KEPT = 1 / 3;
const FINALISTS = 4;
/** Slices of each point that the search begins with. */
const FIRST_SLICES = 3;
/** Neighbours of the best point in one step, and slices of each. */
const NEIGHBOURS = 7;
const NEIGHBOUR_SLICES = 3;
/** Slices of each point with one parameter at its default, and the share of the best rate that it must keep to stay there. */
const RESET_SLICES = 16;
const RESET_KEEPS = 0.93;

/**
 * Searches for the point with the most hits. It begins with the points that it is given, then with many and one short slice each; the better third gets three
 * times as many slices next. Then it goes from the best point along one parameter after the other, and in steps, always
 * alternating with that point. Last, parameters that do not matter return to their defaults. Returns points that are worth a
 * duel, the best first.
 *
 * The start is in every stage, and all points of a stage alternate in an order that is drawn anew: a host that is slower for a
 * while is slower for all of them.
 */
export async function search(request: SearchRequest): Promise<Candidate[]> {
  const random = new Random(request.seed);
  const start = request.trials.of(request.space.start);
  const first = (request.first ?? []).map((point) => request.trials.of(point));
  await alternate(request, first.length === 0 ? [] : [...first, start], FIRST_SLICES, HALVED_BY, random);
  const survivors = await halve(request, population(request, random), start, random);
  const [best = start] = survivors;
  const refined = await refine(request, best, random);
  const plain = await resetWhatDoesNotMatter(request, refined, random);
  const finalists = new Set([plain, refined, best]);
  finalists.delete(start);
  return [...finalists];
}

/** Returns the first points: the start, those to begin with, each parameter alone over its grid, and points drawn at random. */
function population({ space, first = [], trials, width }: SearchRequest, random: Random): Candidate[] {
  const alone = random.shuffle(space.dimensions.flatMap((each) => each.grid(space.start)));
  const points = [space.start, ...first, ...alone.slice(0, width >> 2)];
  // A small space may have fewer points than `width`.
  for (let tries = 0; tries < 4 * width && points.length < width; tries++) {
    const drawn = drawPoint(space, random);
    if (!points.some((point) => keyOfPoint(point) === keyOfPoint(drawn))) points.push(drawn);
  }
  return points.map((point) => trials.of(point));
}

async function halve(
  request: SearchRequest,
  all: readonly Candidate[],
  start: Candidate,
  random: Random,
): Promise<Candidate[]> {
  let left: readonly Candidate[] = all;
  for (let slices = 1; left.length > FINALISTS && !isOver(request, HALVED_BY); slices *= 3) {
    await alternate(request, left, slices, HALVED_BY, random);
    const kept = Math.max(FINALISTS, Math.ceil(left.length * KEPT));
    left = [...new Set([...ranked(left).slice(0, kept - 1), start])];
  }
  return ranked(left);
}

/** Moves to points that are better than the best, judged by slices that alternate with those of the best. */
async function refine(request: SearchRequest, from: Candidate, random: Random): Promise<Candidate> {
  const { dimensions } = request.space;
  const lines = random.shuffle(dimensions);
  let best = from;
  for (let i = 0; dimensions.length > 0 && !isOver(request, REFINED_BY); i++) {
    // Alternately: all values of one parameter, and small steps in any.
    const points =
      i % 2 === 0
        ? lines[(i / 2) % lines.length].grid(best.point)
        : Array.from({ length: NEIGHBOURS }, () => stepOf(request, best.point, random));
    const near = points.map((point) => request.trials.of(point));
    const rates = await alternate(request, [...new Set([best, ...near])], NEIGHBOUR_SLICES, REFINED_BY, random);
    const [winner] = [...rates].toSorted(([, a], [, b]) => b - a)[0] ?? [best];
    if (winner !== best && winner.rate > best.rate * 0.95) best = winner;
  }
  return best;
}

/** Returns a point one or two steps away: delays and phases often have to change together. */
function stepOf({ space }: SearchRequest, point: Point, random: Random): Point {
  const once = random.pick(space.dimensions).step(point, random);
  return random.next() < 0.4 ? random.pick(space.dimensions).step(once, random) : once;
}

/** Returns the point with all parameters at their defaults that lose nothing there. */
async function resetWhatDoesNotMatter(request: SearchRequest, best: Candidate, random: Random): Promise<Candidate> {
  const { space, trials } = request;
  const changed = space.dimensions.filter((each) => each.words(best.point) !== each.words(space.start));
  const single = changed.map((each) => trials.of(each.like(best.point, space.start)));
  const rates = await alternate(request, [...new Set([best, ...single])], RESET_SLICES, 1, random);
  const least = (rates.get(best) ?? Infinity) * RESET_KEEPS;
  const idle = changed.filter((_, i) => (rates.get(single[i]) ?? 0) >= least);
  return trials.of(idle.reduce((point, each) => each.like(point, space.start), best.point));
}

/** Measures each candidate for `slices` slices, alternating in a new order each time. Returns their rates in these slices alone. */
async function alternate(
  request: SearchRequest,
  candidates: readonly Candidate[],
  slices: number,
  until: number,
  random: Random,
): Promise<Map<Candidate, number>> {
  const before = new Map(candidates.map((c) => [c, { hits: c.hits, ranSeconds: c.ranSeconds }]));
  for (let pass = 0; pass < slices; pass++) {
    for (const candidate of random.shuffle(candidates)) {
      if (isOver(request, until)) break;
      request.trials.add(candidate, await request.measure(candidate.point));
    }
  }
  return new Map(
    [...before].map(([c, { hits, ranSeconds }]) => [
      c,
      c.ranSeconds === ranSeconds ? 0 : (c.hits - hits) / (c.ranSeconds - ranSeconds),
    ]),
  );
}

function isOver(request: SearchRequest, share: number): boolean {
  return request.used() >= share || request.isStopped();
}
