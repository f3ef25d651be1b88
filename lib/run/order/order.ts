/**
 * Makes delays of an order of accesses: phases and windows under which threads are likely to go in it. Called for `run --from`, for
 * run() of programs, and by `tune`, which begins with them.
 */

import { processorsOf, type Evidence } from '../../evidence/evidence.js';
import type { OrderNeeds } from '../../evidence/orderWaits.js';
import type { SpinRange } from '../../race/race.js';
import { UsageError, quoted } from '../usageError.js';

/** An order that a run is to make likely. */
export interface OrderWanted extends OrderNeeds {
  /** The failure in which it ends. */
  readonly signature: string;
  /** By CPU. */
  readonly actors: readonly string[];
}

/** Delays that an order sets. */
export interface OrderDelays {
  readonly phases: Readonly<Record<string, SpinRange>>;
  readonly windows: Readonly<Record<string, SpinRange>>;
}

/**
 * Spins that an access of another CPU may take, to be tried. It depends on the host, and on what lies between two accesses; where CPUs
 * share a core one of them must be woken first.
 */
export const SPINS_PER_ACCESS: readonly number[] = [10, 25, 60, 150, 400];

/** How many times as long as the accesses take a window stays open. */
const WINDOW_SPARE = 2;

/**
 * Returns the delays of an order if an access takes so many spins: of all actors, and of the windows that open in it. Every delay of a
 * trial is drawn, from half to one and a half of that.
 */
export function delaysOf({ waits, opened, actors }: OrderWanted, spinsPerAccess: number): OrderDelays {
  const windowOf = (name: string): SpinRange => {
    const longest = Math.max(0, ...waits.filter(({ window }) => window === name).map(({ accesses }) => accesses));
    // Others may come late: a window that is open for longer costs time, one that is shut too soon the failure.
    return spread(WINDOW_SPARE * longest * spinsPerAccess);
  };
  const startOf = (cpu: number): number =>
    waits.reduce((sum, wait) => (wait.at === 'start' && wait.cpu === cpu ? sum + wait.accesses : sum), 0);
  const phaseOf = (actor: string): SpinRange => {
    const spins = actors.flatMap((name, cpu) => (name === actor ? [startOf(cpu) * spinsPerAccess] : []));
    // One actor on several CPUs has one range for all of them.
    return { min: spread(Math.min(...spins)).min, max: Math.max(spinsPerAccess, spread(Math.max(...spins)).max) };
  };
  return {
    phases: Object.fromEntries(actors.map((actor) => [actor, phaseOf(actor)])),
    windows: Object.fromEntries(opened.map((name) => [name, windowOf(name)])),
  };
}

function spread(middle: number): SpinRange {
  return { min: Math.round(middle / 2), max: Math.round(middle * 1.5) };
}

/** An order with the file that it is from, and the delays that are tried for it. */
export interface OrderOfFile {
  readonly file: string;
  readonly sha256: string;
  readonly order: OrderWanted;
  readonly tried: readonly { readonly spinsPerAccess: number; readonly delays: OrderDelays }[];
}

/** The order that a run is to make likely, with the evidence that it is from. */
export interface OrderGiven extends Pick<OrderOfFile, 'file' | 'sha256' | 'order'> {
  readonly evidence: Evidence;
}

/** Returns the delays to try for the order of a file. Those that were asked for stay as they are. */
export function orderOfFile(
  { file, sha256 }: Pick<OrderOfFile, 'file' | 'sha256'>,
  order: OrderWanted,
  asked: Partial<OrderDelays>,
): OrderOfFile {
  const tried = SPINS_PER_ACCESS.map((spinsPerAccess) => {
    const { phases, windows } = delaysOf(order, spinsPerAccess);
    const delays = { phases: { ...phases, ...asked.phases }, windows: { ...windows, ...asked.windows } };
    return { spinsPerAccess, delays };
  });
  return { file, sha256, order, tried };
}

/** What of a run its evidence fixes, and what was asked for. */
export interface AskedBeside {
  readonly variant: string | undefined;
  readonly knobs: Readonly<Record<string, string>>;
  readonly cpus: number | undefined;
  readonly sync: string | undefined;
  /** `sc` is what is asked for when nothing is. */
  readonly memory: string;
}

/** Throws UsageError for what was asked for otherwise than the evidence has it. */
export function requireSame(evidence: Evidence, asked: AskedBeside, path: string): void {
  const refuse = (what: string, has: string, wanted: string): never => {
    throw new UsageError(`evidence ${quoted(path)}: is of ${what} ${has}, and ${what} ${wanted} was asked for`);
  };
  if (asked.variant !== undefined && asked.variant !== evidence.variant)
    refuse('variant', evidence.variant, asked.variant);
  for (const [name, value] of Object.entries(asked.knobs))
    if (evidence.knobs[name] !== value) refuse(`knob ${name}`, evidence.knobs[name], value);
  if (asked.cpus !== undefined && asked.cpus !== processorsOf(evidence))
    refuse('cpus', String(processorsOf(evidence)), String(asked.cpus));
  if (asked.memory !== 'sc' && asked.memory !== evidence.memory) refuse('memory', evidence.memory, asked.memory);
  if (asked.sync !== undefined && asked.sync !== 'rendezvous') refuse('sync', 'rendezvous', asked.sync);
}
