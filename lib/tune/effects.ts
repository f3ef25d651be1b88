/** Evaluates a finished search: what each parameter changed, and the rate over each delay. Called by tune.ts. */

import type { ParameterEffect, TunedCurve } from '../report/tune/document.js';
import type { Point } from './point.js';
import type { Dimension, Space } from './space.js';
import type { Candidate, Trials } from './trials.js';

/** Bins with less than this share of the mean time of a bin are not compared. */
const LEAST_SHARE = 0.2;

/** Returns the effect of each parameter, the strongest first. */
export function effectsOf(space: Space, trials: Trials, best: Candidate): ParameterEffect[] {
  const effects = space.dimensions.map((each) => effectOf(each, space.start, trials, best));
  const strength = ({ without, spread }: ParameterEffect): number =>
    (without === null ? 0 : 1 / without) + (spread ?? 0) / 1e6;
  return effects.toSorted((a, b) => strength(b) - strength(a));
}

function effectOf(dimension: Dimension, start: Point, trials: Trials, best: Candidate): ParameterEffect {
  const reset = trials.of(dimension.like(best.point, start));
  const without = reset === best || reset.ranSeconds === 0 || best.rate === 0 ? null : reset.rate / best.rate;
  const values = binned(dimension, trials, start);
  const even = values.reduce((sum, { ranSeconds }) => sum + ranSeconds, 0) / Math.max(1, values.length);
  const rates = values.filter(({ ranSeconds }) => ranSeconds >= LEAST_SHARE * even).map(({ rate }) => rate);
  const low = Math.min(...rates);
  return {
    parameter: dimension.name,
    byDefault: dimension.words(start),
    found: dimension.words(best.point),
    without,
    spread: rates.length < 2 || low === 0 ? null : Math.max(...rates) / low,
    values: values.map(({ value, slices, hits, rate }) => ({ value, slices, hits, rate })),
  };
}

interface Bin {
  readonly value: string;
  readonly at: number | null;
  slices: number;
  hits: number;
  ranSeconds: number;
  rate: number;
}

/** Groups the slices by the value of the parameter. Only machines of the default's shape count: others have other rates. */
function binned(dimension: Dimension, trials: Trials, { cpus, machines }: Point): Bin[] {
  const bins = new Map<string, Bin>();
  for (const { point, slices, hits, ranSeconds } of trials.all) {
    if (slices.length === 0 || point.cpus !== cpus || point.machines !== machines) continue;
    const value = dimension.bin(point);
    const bin = bins.get(value) ?? { value, at: dimension.position(point), slices: 0, hits: 0, ranSeconds: 0, rate: 0 };
    bin.slices += slices.length;
    bin.hits += hits;
    bin.ranSeconds += ranSeconds;
    bin.rate = bin.ranSeconds === 0 ? 0 : bin.hits / bin.ranSeconds;
    bins.set(value, bin);
  }
  return [...bins.values()].toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
}

/** Returns the rate over each delay with all other parameters as found, from the points that were measured. */
export function curvesOf(space: Space, trials: Trials, best: Candidate): TunedCurve[] {
  return space.dimensions
    .filter(({ parameter }) => parameter === 'phase' || parameter === 'window')
    .map((dimension) => {
      const points = [...dimension.grid(best.point), best.point]
        .map((point) => trials.of(point))
        .filter(({ ranSeconds }) => ranSeconds > 0)
        .map((c) => ({ spins: dimension.position(c.point) ?? 0, rate: c.rate, ...c.interval() }))
        .toSorted((a, b) => a.spins - b.spins);
      const distinct = points.filter(({ spins }, i) => i === 0 || spins !== points[i - 1].spins);
      return { parameter: dimension.name, found: dimension.position(best.point) ?? 0, points: distinct };
    })
    .filter(({ points }) => points.length > 2);
}
