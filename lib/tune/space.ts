/**
 * The space that a search goes through: one dimension for each parameter that may change. Made by tune.ts; `--help`
 * prints the names.
 */

import { SYNC_MODES, type Sync } from '../harness/plan.js';
import type { SpinRange } from '../race/race.js';
import { SPINS, SPIN_BOUNDS, fewValues, roundDomain, type ValueDomain } from './domains.js';
import type { Point } from './point.js';
import type { Random } from './random.js';

/** Names of the parameters on the command line: `window` stands for all windows, `phase` for all actors. */
export const PARAMETERS = ['machine', 'sync', 'round', 'spin', 'phase', 'window'] as const;
export type Parameter = (typeof PARAMETERS)[number];

/** One parameter, with its values hidden: a search only goes from point to point. */
export interface Dimension {
  readonly parameter: Parameter;
  /** `window W_RO_NOT_PINNED` */
  readonly name: string;
  /** Returns the point with each value of the grid. */
  grid(point: Point): Point[];
  draw(point: Point, random: Random): Point;
  step(point: Point, random: Random): Point;
  /** Returns the point with the value of another one. */
  like(point: Point, other: Point): Point;
  words(point: Point): string;
  bin(point: Point): string;
  position(point: Point): number | null;
}

/** The dimensions, and the point that a run has by default. */
export interface Space {
  readonly dimensions: readonly Dimension[];
  readonly start: Point;
}

/** The input for the space of a race. */
export interface SpaceRequest {
  readonly start: Point;
  /** The parameters that may change. */
  readonly parameters: readonly Parameter[];
  /** Sync modes in which the expectation stays the same. */
  readonly syncs: readonly Sync[];
  readonly roundMax: number;
}

/** Makes the space of the parameters that can change while a machine runs. CPUs and machines are tried separately (shapes.ts). */
export function spaceOf({ start, parameters, syncs, roundMax }: SpaceRequest): Space {
  const modes = SYNC_MODES.filter((mode) => syncs.includes(mode));
  const all: Dimension[] = [
    ...(modes.length < 2
      ? []
      : [
          dimension(
            'sync',
            'sync',
            fewValues(modes),
            (p) => p.sync,
            (p, sync) => ({ ...p, sync }),
          ),
        ]),
    dimension(
      'round',
      'round',
      roundDomain(roundMax),
      (p) => p.round,
      (p, round) => ({ ...p, round }),
    ),
    dimension(
      'spin',
      'spin',
      SPIN_BOUNDS,
      (p) => p.spin,
      (p, spin) => ({ ...p, spin }),
    ),
    ...Object.keys(start.phases).map((actor) => rangeDimension('phase', 'phases', actor)),
    ...Object.keys(start.windows).map((name) => rangeDimension('window', 'windows', name)),
  ];
  return { start, dimensions: all.filter(({ parameter }) => parameters.includes(parameter)) };
}

function rangeDimension(parameter: Parameter, field: 'phases' | 'windows', name: string): Dimension {
  const set = (point: Point, range: SpinRange): Point => ({ ...point, [field]: { ...point[field], [name]: range } });
  return dimension(parameter, `${parameter} ${name}`, SPINS, (p) => p[field][name], set);
}

function dimension<T>(
  parameter: Parameter,
  name: string,
  domain: ValueDomain<T>,
  get: (point: Point) => T,
  set: (point: Point, value: T) => Point,
): Dimension {
  return {
    parameter,
    name,
    grid: (point) => domain.grid.map((value) => set(point, value)),
    draw: (point, random) => set(point, domain.draw(random)),
    step: (point, random) => set(point, domain.step(get(point), random)),
    like: (point, other) => set(point, get(other)),
    words: (point) => domain.words(get(point)),
    bin: (point) => domain.bin(get(point)),
    position: (point) => domain.position(get(point)),
  };
}

/** Removes the wait that all actors have in common: it costs time, and only the offsets between them count. */
function withoutCommonWait(point: Point): Point {
  const ranges = Object.entries(point.phases);
  const common = Math.min(...ranges.map(([, { min }]) => min));
  if (ranges.length < 2 || common === 0) return point;
  const phases = ranges.map(([name, { min, max }]) => [name, { min: min - common, max: max - common }]);
  return { ...point, phases: Object.fromEntries(phases) as Point['phases'] };
}

/** Draws a point: each parameter keeps its default or is drawn. */
export function drawPoint({ dimensions, start }: Space, random: Random): Point {
  // Sync mode and spin bounds change all other effects; most points keep them, so that delays are searched under the usual ones.
  const chance = { machine: 0, sync: 0.1, spin: 0.2, round: 0.5, phase: 0.9, window: 0.9 };
  const drawn = dimensions.reduce(
    (point, each) => (random.next() < chance[each.parameter] ? each.draw(point, random) : point),
    start,
  );
  return dimensions.some(({ parameter }) => parameter === 'phase') ? withoutCommonWait(drawn) : drawn;
}
