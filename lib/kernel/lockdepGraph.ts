/**
 * Finds possible deadlocks in what lockdep has noted. Called on the host by lib/race/possibleDeadlocks.ts, when a run
 * is over.
 */

import type { LockClass } from './lockClass.js';
import { IRQ, type LockEvent, type Usage } from './lockdepEvents.js';

/**
 * One step of a possible deadlock, which is one CPU of it: it holds `from` and waits for `to`. `event` is where that order
 * was seen first. In an `interrupt` link nobody was seen to do both: a CPU that holds `from` with interrupts of that kind on may
 * be interrupted by a handler that takes `to`; `held` is where the one was seen first, `event` the other.
 */
export interface Link {
  readonly from: LockClass;
  readonly to: LockClass;
  readonly event: LockEvent;
  readonly interrupt: InterruptKind | null;
  readonly held: LockEvent;
}

/** Kinds of interrupts, as lockdep writes them. */
export type InterruptKind = 'HARDIRQ' | 'SOFTIRQ' | 'NMI';

/** In which uses a class is held while such an interrupt can come, and taken in one. The worst comes first. */
const INTERRUPTED: readonly (readonly [kind: InterruptKind, held: Usage, taken: Usage])[] = [
  ['HARDIRQ', 'hardirqOn', 'inHardirq'],
  ['SOFTIRQ', 'softirqOn', 'inSoftirq'],
  ['NMI', 'used', 'inNmi'],
];

export type DeadlockKind = 'recursive' | 'inconsistent' | 'ipi-wait-irqs-off' | 'ipi-wait' | 'irq-order' | 'circular';

/** Links in a ring: what one waits for, the next one holds. The first was the last to be seen. */
export interface PossibleCycle {
  readonly kind: DeadlockKind;
  readonly links: readonly Link[];
}

/** Returns the name of a class as reports show it, reading and writing alike. */
export function className({ name, subclass }: LockClass): string {
  return subclass === 0 ? name : `${name}/${subclass}`;
}

function idOf(lockClass: LockClass): string {
  return `${className(lockClass)}${lockClass.read ? ' for reading' : ''}${lockClass.recursive ? ' again' : ''}`;
}

/**
 * Whether a CPU that holds `held` keeps out one that wants `wanted`, which are of one class. A reader of a fair lock waits
 * behind a writer who waits for the readers, so it is kept out by them; one that passes such a writer is not.
 */
function blocks(held: LockClass, wanted: LockClass): boolean {
  return className(held) === className(wanted) && !(held.read && wanted.recursive);
}

/**
 * Returns what could hang, by what was seen: every ring of links in which each waits for a lock that the next one
 * holds. One for each set of classes, and none that a shorter one of fewer classes is a part of.
 */
export function possibleCycles(events: readonly LockEvent[]): PossibleCycle[] {
  const links = linksOf(events);
  const own = links.filter(({ from, to }) => blocks(from, to)).map((link) => cycleOf([link], events));
  const rings = links
    .filter(({ from, to, interrupt }) => interrupt === null && className(from) !== className(to))
    .map((link) => ringThrough(link, links))
    .filter((ring) => ring !== undefined)
    .toSorted((a, b) => a.length - b.length)
    .map((ring) => cycleOf(ring, events));
  const found: PossibleCycle[] = [];
  for (const cycle of own) if (!found.some((other) => sameClasses(other, cycle))) found.push(cycle);
  const alone = found.length;
  for (const cycle of rings) if (!found.slice(alone).some((shorter) => isPart(shorter, cycle))) found.push(cycle);
  return found.toSorted((a, b) => events.indexOf(a.links[0].event) - events.indexOf(b.links[0].event));
}

/** Returns the orders that were seen, then those that an interrupt would make. */
function linksOf(events: readonly LockEvent[]): Link[] {
  const seen = new Map<string, Link>();
  const add = (link: Link): void => {
    const key = `${idOf(link.from)} > ${idOf(link.to)}`;
    if (!seen.has(key)) seen.set(key, link);
  };
  for (const event of events) {
    const { acquired } = event;
    if (acquired === null) continue;
    for (const from of event.after) add({ from, to: acquired, event, held: event, interrupt: null });
  }
  for (const [interrupt, on, taken] of INTERRUPTED)
    for (const held of events)
      for (const from of held.usage[on])
        for (const event of events)
          for (const to of event.usage[taken])
            // Of NMIs the kernel notes no orders: only that they take a lock that is taken elsewhere.
            if (interrupt !== 'NMI' || blocks(from, to)) add({ from, to, event, held, interrupt });
  return [...seen.values()];
}

/** Returns the shortest ring of different classes that begins with this link; undefined if there is none. */
function ringThrough(first: Link, links: readonly Link[]): Link[] | undefined {
  const reached = new Set([idOf(first.to)]);
  let paths: Link[][] = [[first]];
  while (paths.length > 0) {
    const longer: Link[][] = [];
    for (const path of paths) {
      const { to: wanted } = path[path.length - 1];
      for (const link of links) {
        if (!blocks(link.from, wanted) || className(link.from) === className(link.to)) continue;
        if (blocks(first.from, link.to)) return [...path, link];
        if (reached.has(idOf(link.to)) || path.some(({ to }) => className(to) === className(link.to))) continue;
        reached.add(idOf(link.to));
        longer.push([...path, link]);
      }
    }
    paths = longer;
  }
  return undefined;
}

/** Begins with the link that was seen last, as that is when the danger was complete. */
function cycleOf(ring: readonly Link[], events: readonly LockEvent[]): PossibleCycle {
  const age = ({ interrupt, event }: Link): number => (interrupt === null ? events.indexOf(event) : -1);
  const newest = ring.reduce((best, link, i) => (age(link) > age(ring[best]) ? i : best), 0);
  return { kind: kindOf(ring), links: [...ring.slice(newest), ...ring.slice(0, newest)] };
}

function kindOf(ring: readonly Link[]): DeadlockKind {
  const withIpi = ring.some(({ to }) => to === IRQ);
  if (ring.length === 1) {
    if (withIpi) return 'ipi-wait-irqs-off';
    return ring[0].interrupt === null ? 'recursive' : 'inconsistent';
  }
  if (withIpi) return 'ipi-wait';
  return ring.some(({ interrupt }) => interrupt !== null) ? 'irq-order' : 'circular';
}

/** Returns the names of the classes of a cycle, each once, in its order. */
export function classesOf({ links }: PossibleCycle): string[] {
  return [...new Set(links.map(({ from }) => className(from)))];
}

function sameClasses(a: PossibleCycle, b: PossibleCycle): boolean {
  return isPart(a, b) && isPart(b, a);
}

function isPart(part: PossibleCycle, whole: PossibleCycle): boolean {
  const all = classesOf(whole);
  return classesOf(part).every((name) => all.includes(name));
}
