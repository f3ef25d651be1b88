/**
 * Lists the shapes of machines that `tune --machines` tries: CPUs per machine, machines side by side. Called by tune.ts
 * and its command.
 */

/** How many CPUs a machine has, and how many machines run side by side. */
export interface Shape {
  readonly cpus: number;
  readonly machines: number;
}

const CPUS = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
/** Most threads per core, and the number of threads that is allowed on any host. */
const THREADS_PER_CORE = 2;
const THREADS_MIN = 8;

/**
 * Returns the shapes that are worth trying on this number of cores, best fit first. `isAllowed`: whether machines with this number
 * of CPUs show the same race.
 */
export function shapesFor(cores: number, cpusMin: number, isAllowed: (cpus: number) => boolean): Shape[] {
  const threadsMax = Math.max(THREADS_MIN, THREADS_PER_CORE * cores);
  const shapes = [...new Set([cpusMin, ...CPUS])]
    .filter((cpus) => cpus >= cpusMin && isAllowed(cpus))
    .flatMap((cpus) =>
      powersOfTwo(Math.floor(threadsMax / cpus), Math.floor(cores / cpus)).map((machines) => ({ cpus, machines })),
    );
  const distance = ({ cpus, machines }: Shape): number => Math.abs(Math.log((cpus * machines) / cores));
  return shapes.toSorted((a, b) => distance(a) - distance(b));
}

/** Returns the powers of two up to `max`, and `also`. */
function powersOfTwo(max: number, also: number): number[] {
  const powers = Array.from({ length: 12 }, (_, i) => 2 ** i).filter((n) => n <= max);
  return also > 0 && also <= max ? [...new Set([...powers, also])] : powers;
}
