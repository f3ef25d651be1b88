/** How many CPUs a machine has, and how many machines run side by side. */
export interface Shape {
  readonly cpus: number;
  readonly machines: number;
}

const CPUS = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
/** Threads for each core at most, and on a host with few cores all the same so many. */
const THREADS_PER_CORE = 2;
const THREADS_MIN = 8;

/**
 * The shapes that are worth a try on so many cores, those first that fill the cores best. `isAllowed`: whether machines of so many
 * CPUs show the same race.
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

/** Those up to `max`, and `also`. */
function powersOfTwo(max: number, also: number): number[] {
  const powers = Array.from({ length: 12 }, (_, i) => 2 ** i).filter((n) => n <= max);
  return also > 0 && also <= max ? [...new Set([...powers, also])] : powers;
}
