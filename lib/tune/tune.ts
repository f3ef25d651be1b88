/**
 * A whole tuning: warm-up, search, shapes of machines, curves, and the duel against the defaults. Called by `racehammer
 * tune` and by `bench --only tune`.
 */

import type { Plan, Sync } from '../harness/plan.js';
import { roundMax } from '../harness/plan.js';
import { expectedOutcome } from '../race/expectation.js';
import type { ActorRace } from '../race/race.js';
import type { TuneResult, TunedRate, TunedShape } from '../report/tune/document.js';
import { PAIRS_MIN, duel, isWon, judgeDuel, type Pair } from './duel.js';
import { curvesOf, effectsOf } from './effects.js';
import { NO_SLICE, hitsOf, keyOfPoint, plusSlice, type Goal, type Point, type Slice } from './point.js';
import { Random } from './random.js';
import { Rigs } from './rigs.js';
import { search } from './search.js';
import { shapesFor, type Shape } from './shapes.js';
import { spaceOf, type Parameter, type Space } from './space.js';
import { Trials, ranked, type Candidate } from './trials.js';

/** The input of a tuning. */
export interface TuneRequest {
  readonly race: ActorRace;
  /** The plan that `run` would use; its settings are the defaults to compare with. */
  readonly plan: Plan;
  readonly start: Point;
  /** Points that the search begins with, beside the start; none if absent. */
  readonly first?: readonly Point[];
  readonly parameters: readonly Parameter[];
  /** Sync modes in which the expectation of the variant stays the same. */
  readonly syncs: readonly Sync[];
  readonly budgetMs: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Returns a plan for machines of another shape; null if the race is a different one there. */
  planFor(shape: Shape): { readonly plan: Plan; readonly start: Point } | null;
  /** Called at the start of each stage with its name and the used share of the budget. */
  onStage?(stage: string, used: number): void;
}

/** A result without the parts that only the command line knows. */
export type Tuned = Omit<TuneResult, 'repeat' | 'order' | 'noOrder'> & { readonly bestPoint: Point };

/** Shares of the budget at which each part ends. */
const WARM_BY = 0.04;
const SEARCHED_BY = 0.58;
const SHAPED_BY = 0.7;
const CURVES_BY = 0.82;
const SLICE_MS = 30;
const DUEL_SLICE_MS = 50;
/** Time to switch settings. */
const SWITCH_MS = 3;
const WIDTH_MIN = 12;
const WIDTH_MAX = 400;
/** Passes of the halving stage, each about equally long. */
const PASSES = 4;
/** Longest round that is tried: machines are made with this many instances. */
const ROUND_MAX = 512;
const RUN_OFF_SLICES = 6;
const CURVE_SLICES = 3;
/** Share of the best rate with which a simpler point is preferred. */
const SIMPLE_KEEPS = 0.98;
const SHAPE_SLICES = 4;
const WARM_SLICES = 5;
/** Gain at which another shape of machine counts as better. */
const SHAPE_GAIN = 1.1;
const PAIRS_MAX = 400;

/** What measures the points: machines of this host, or a made-up host in tests. */
export type TuneHost = Pick<Rigs, 'measure' | 'dismiss' | 'end' | 'slices'>;

/** Finds the settings with the highest rate on this host. Throws RigFailure. */
export async function tune(request: TuneRequest): Promise<Tuned> {
  const { race, plan } = request;
  const longest = (there: Plan): Plan => ({ ...there, round: Math.min(roundMaxOf(race, there), ROUND_MAX) });
  const rigs = new Rigs(race, expectedOutcome(race, plan.variant, plan.knobs, plan.memory), longest(plan), (shape) => {
    const there = request.planFor(shape);
    return there === null ? null : { plan: longest(there.plan) };
  });
  return tuneOn(request, rigs, () => performance.now());
}

/** Does the same on a given host. `nowMs`: its clock. */
export async function tuneOn(request: TuneRequest, host: TuneHost, nowMs: () => number): Promise<Tuned> {
  const tuning = new Tuning(request, host, nowMs);
  try {
    return await tuning.run();
  } finally {
    await tuning.end();
  }
}

class Tuning {
  readonly #request: TuneRequest;
  readonly #host: TuneHost;
  readonly #nowMs: () => number;
  readonly #space: Space;
  readonly #random: Random;
  readonly #beganMs: number;
  readonly #expected: string | null;

  constructor(request: TuneRequest, host: TuneHost, nowMs: () => number) {
    const { race, plan, start, parameters, syncs, seed } = request;
    this.#request = request;
    this.#host = host;
    this.#nowMs = nowMs;
    this.#beganMs = nowMs();
    this.#expected = expectedOutcome(race, plan.variant, plan.knobs, plan.memory);
    this.#random = new Random(seed);
    this.#space = spaceOf({ start, parameters, syncs, roundMax: roundMaxOf(race, plan) });
  }

  async end(): Promise<void> {
    await this.#host.end();
  }

  async run(): Promise<Tuned> {
    const { start } = this.#space;
    const warm = await this.#warmUp(start);
    const goal = goalOf(this.#expected, warm);
    const trials = new Trials(goal);
    this.#say(`searching ${this.#space.dimensions.length} parameters`);
    const finalists = await search({
      space: this.#space,
      first: this.#request.first ?? [],
      trials,
      measure: (point) => this.#host.measure(point, SLICE_MS),
      used: () => (this.#used() - WARM_BY) / (SEARCHED_BY - WARM_BY),
      isStopped: () => this.#request.signal.aborted,
      width: this.#width(),
      seed: this.#request.seed,
    });
    this.#say('choosing the best');
    const best = await this.#runOff(trials, finalists);
    const shapes = await this.#shapes(goal, best.point);
    const point = shapes.find((shape) => shape.beats && !isSame(shape.point, start))?.point;
    // One point is shown, gets its curves, and is compared with the default.
    const challenger = point === undefined ? best : trials.of(point);
    this.#say('curves around the best');
    await this.#curves(trials, challenger);
    this.#say('comparing the best with the default');
    const pairs = isSame(challenger.point, start) ? [] : await this.#duel(start, challenger.point);
    const result = judgeDuel(goal, pairs);
    const { race, plan } = this.#request;
    const violations = this.#expected === null ? await this.#host.end() : 0;
    return {
      race: race.name,
      variant: plan.variant,
      knobs: plan.knobs,
      goal,
      expectedOutcome: this.#expected,
      defaults: { ...settingsOf(start), ...rateOf(goal, sumOf(pairs, 'start')) },
      best: { ...settingsOf(challenger.point), ...rateOf(goal, sumOf(pairs, 'best')) },
      bestPoint: challenger.point,
      won: pairs.length >= PAIRS_MIN && isWon(result),
      duel: result,
      effects: effectsOf(this.#space, trials, challenger),
      curves: curvesOf(this.#space, trials, challenger),
      begun: begunOf(trials, this.#request.first ?? [], start),
      shapes: shapes.map(({ shape }) => shape),
      tried: trials.all.filter(({ slices }) => slices.length > 0).length,
      slices: this.#host.slices,
      seconds: (this.#nowMs() - this.#beganMs) / 1000,
      interrupted: this.#request.signal.aborted,
      violations,
    };
  }

  #used(): number {
    return (this.#nowMs() - this.#beganMs) / this.#request.budgetMs;
  }

  #isOver(share: number): boolean {
    return this.#used() >= share || this.#request.signal.aborted;
  }

  #say(stage: string): void {
    this.#request.onStage?.(stage, this.#used());
  }

  /** Returns how many points a search of this budget can measure. */
  #width(): number {
    const ms = this.#request.budgetMs * (SEARCHED_BY - WARM_BY) * 0.6;
    return Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, Math.floor(ms / PASSES / (SLICE_MS + SWITCH_MS))));
  }

  /** Warms up compiled code and threads. The last slice shows what there is to count. */
  async #warmUp(start: Point): Promise<Slice> {
    this.#say('warming up');
    let slice = await this.#host.measure(start, SLICE_MS);
    while (!this.#isOver(WARM_BY)) slice = await this.#host.measure(start, SLICE_MS);
    return slice;
  }

  /**
   * Returns the best of the finalists, measured alternately; of those about equally good the first, which is the simplest. The
   * default is not among them, since the duel compares the result with it. Returns the start only if nothing else was measured.
   */
  async #runOff(trials: Trials, finalists: readonly Candidate[]): Promise<Candidate> {
    const { start } = this.#space;
    const isOther = ({ point }: Candidate): boolean => !isSame(point, start);
    const [nearest] = ranked(trials.all.filter((candidate) => isOther(candidate) && candidate.slices.length > 0));
    const found = finalists.filter(isOther);
    const points = (found.length > 0 ? found : [nearest ?? trials.of(start)]).map(({ point }) => point);
    const fresh = new Trials(trials.goal);
    const rivals = points.map((point) => fresh.of(point));
    for (let pass = 0; pass < RUN_OFF_SLICES && rivals.length > 1; pass++) {
      for (const rival of this.#random.shuffle(rivals)) {
        if (this.#isOver(SEARCHED_BY + 0.02)) break;
        fresh.add(rival, await this.#host.measure(rival.point, SLICE_MS));
      }
    }
    const [top] = ranked(rivals);
    return trials.of((rivals.find(({ rate }) => rate >= top.rate * SIMPLE_KEEPS) ?? top).point);
  }

  /** Measures each shape of machines with the default settings, the best ones, and the best with short spins. */
  async #shapes(goal: Goal, best: Point): Promise<{ shape: TunedShape; point: Point; beats: boolean }[]> {
    const { race, plan, parameters } = this.#request;
    if (!parameters.includes('machine')) return [];
    const tried: { shape: TunedShape; point: Point; beats: boolean }[] = [];
    const shapes = shapesFor(
      plan.cores,
      race.cpus.min,
      (cpus) => this.#request.planFor({ cpus, machines: 1 }) !== null,
    );
    let longest = 0;
    for (const shape of shapes) {
      const before = this.#used();
      if (this.#isOver(SHAPED_BY - longest)) break;
      this.#say(`machines of ${shape.cpus} CPUs, ${shape.machines} side by side`);
      const there = this.#request.planFor(shape);
      if (there === null) continue;
      const { spin } = there.start;
      const here = { ...best, ...shape, round: Math.min(best.round, roundMaxOf(race, there.plan)) };
      const points = [there.start, { ...here, spin }, { ...here, spin: { min: 10, max: 200 } }];
      tried.push(await this.#shape(goal, best, points));
      longest = Math.max(longest, this.#used() - before);
    }
    return tried.toSorted((a, b) => b.shape.rate - a.shape.rate);
  }

  async #shape(
    goal: Goal,
    best: Point,
    points: readonly Point[],
  ): Promise<{ shape: TunedShape; point: Point; beats: boolean }> {
    const trials = new Trials(goal);
    const [{ cpus, machines }] = points;
    const ms = cpus * machines > this.#request.plan.cores ? 2 * SLICE_MS : SLICE_MS;
    for (let i = 0; i < WARM_SLICES && !this.#isOver(SHAPED_BY); i++)
      await this.#host.measure(points[i % points.length], ms);
    for (let pass = 0; pass < SHAPE_SLICES; pass++) {
      for (const point of this.#random.shuffle([...points, best])) {
        if (pass > 0 && this.#isOver(SHAPED_BY)) break;
        const candidate = trials.of(point);
        trials.add(candidate, await this.#host.measure(point, ms));
      }
    }
    const [byDefault, ...others] = points.map((point) => trials.of(point));
    const [top] = ranked([...others, byDefault]);
    const known = trials.of(best);
    const beats = top.rate > known.rate * SHAPE_GAIN && top.rate > 0 && top !== known;
    if (!beats) await this.#host.dismiss({ cpus, machines });
    const shape: TunedShape = {
      cpus,
      machines,
      ...rateOf(goal, top.sum),
      defaultRate: byDefault.rate,
      nearMissesPerTrial: top.sum.trials === 0 ? 0 : top.sum.nearMisses / top.sum.trials,
      settings: settingsOf(top.point),
    };
    return { shape, point: top.point, beats };
  }

  /** Measures each parameter over its grid and at its default, with all others as found. */
  async #curves(trials: Trials, best: Candidate): Promise<void> {
    const { dimensions, start } = this.#space;
    // Other machines may only have room for shorter rounds.
    const { round } = best.point;
    const isOfShape = best.point.cpus === start.cpus && best.point.machines === start.machines;
    const points = dimensions
      .flatMap((each) => [each.like(best.point, start), ...each.grid(best.point)])
      .filter((point) => isOfShape || point.round <= round);
    const around = [...new Set([best, ...points.map((point) => trials.of(point))])];
    for (let pass = 0; pass < CURVE_SLICES; pass++) {
      for (const candidate of this.#random.shuffle(around)) {
        if (this.#isOver(CURVES_BY)) return;
        trials.add(candidate, await this.#host.measure(candidate.point, SLICE_MS));
      }
    }
  }

  async #duel(start: Point, best: Point): Promise<Pair[]> {
    const threads = best.cpus * best.machines;
    const ms = threads > this.#request.plan.cores ? 2 * DUEL_SLICE_MS : DUEL_SLICE_MS;
    const measure = (point: Point): Promise<Slice> => this.#host.measure(point, ms);
    return duel({ start, best }, measure, PAIRS_MAX, this.#random, () => this.#isOver(1));
  }
}

function roundMaxOf(race: ActorRace, { variant, knobs, cpus }: Plan): number {
  return roundMax(race, race.configure(variant, knobs), cpus);
}

/** Whether two points are equal. */
function isSame(a: Point, b: Point): boolean {
  return keyOfPoint(a) === keyOfPoint(b);
}

function goalOf(expected: string | null, warm: Slice): Goal {
  if (expected !== null) return 'failures';
  return warm.nearMisses > 0 ? 'near-misses' : 'trials';
}

/** Returns how good the points were that the search began with; null if there were none. */
function begunOf(trials: Trials, first: readonly Point[], start: Point): TuneResult['begun'] {
  const [best] = ranked(first.map((point) => trials.of(point)));
  if (best === undefined) return null;
  const byDefault = trials.of(start).rate;
  const { phases, windows } = best.point;
  return { points: first.length, phases, windows, ratio: byDefault === 0 ? null : best.rate / byDefault };
}

function settingsOf({ cpus, machines, sync, round, spin, phases, windows }: Point): Point {
  return { cpus, machines, sync, round, spin, phases, windows };
}

function sumOf(pairs: readonly Pair[], which: 'start' | 'best'): Slice {
  return pairs.map((pair) => pair[which]).reduce(plusSlice, NO_SLICE);
}

function rateOf(goal: Goal, counted: Slice): TunedRate {
  const hits = hitsOf(goal, counted);
  const over = (n: number, d: number): number => (d === 0 ? 0 : n / d);
  return {
    rate: over(hits, counted.ranSeconds),
    clockRate: over(hits, counted.seconds),
    trialsPerS: over(counted.trials, counted.ranSeconds),
    hitsPerTrial: over(hits, counted.trials),
  };
}
