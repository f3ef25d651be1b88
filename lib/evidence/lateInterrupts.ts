/**
 * Finds what was done behind a proof that CPUs wait for ever, by the interrupts that they took. Used by proofEdges.ts.
 *
 * Nobody stands while an interrupt is pending that he takes (standstill.ts). So one that a stuck CPU has never taken was requested behind the
 * proof, as was all that its sender requested later; and what stuck CPUs saw of that was behind it too.
 */

import { LINES_MAX } from '../machine/layout.js';
import type { Evidence } from './evidence.js';
import type { Access } from './interleaving/trace.js';
import { placeOfWord } from './places.js';

/** No access of the CPU is known to be behind the proof. */
const NEVER = Infinity;

/** What an access has found and left of one interrupt of one CPU: whether it is requested. */
interface Change {
  readonly index: number;
  readonly was: boolean;
  readonly is: boolean;
}

/** The accesses of one CPU by the CPU whose interrupt it is, and by the interrupt: the sender of a call, or a line. */
type Changes = ReadonlyMap<number, ReadonlyMap<string, readonly Change[]>>;

/** The interrupts in the records of a trial whose failure was proved of all CPUs. */
export class LateInterrupts {
  readonly #stuck: readonly number[];
  readonly #changes: readonly Changes[];

  /** `stuck`: the CPUs that wait for ever. */
  constructor(evidence: Evidence, cpus: readonly (readonly Access[])[], stuck: readonly number[]) {
    this.#stuck = stuck;
    this.#changes = cpus.map((accesses) => changesIn(evidence, accesses));
  }

  /** Returns the index of the first access of a CPU that was behind the proof; NEVER if none is known to be. */
  firstOf(cpu: number): number {
    if (!this.#stuck.includes(cpu)) return this.#firstUntaken(cpu);
    const senders = [...this.#changes.keys()].filter((one) => !this.#stuck.includes(one));
    return earliest(senders.map((sender) => this.#firstSeen(cpu, sender)));
  }

  /** Returns the index of the first request by `sender` that a stuck CPU never takes. */
  #firstUntaken(sender: number): number {
    return earliest(
      this.#stuck.flatMap((target) =>
        this.#requests(sender, target).flatMap(({ sets, found }) => sets.slice(found.filter(isTaken).length)),
      ),
    );
  }

  /** Returns the index of the access by which a stuck CPU first sees what `sender` requested behind the proof. */
  #firstSeen(target: number, sender: number): number {
    const late = this.#firstUntaken(sender);
    return earliest(
      this.#requests(sender, target).flatMap(({ sets, found }) => {
        const early = sets.filter((index) => index < late).length;
        if (early === sets.length) return [];
        // What was requested in front of the proof is taken first.
        const behind = early === 0 ? -1 : (found.filter(isTaken)[early - 1]?.index ?? NEVER);
        return found.filter(({ index, was }) => was && index > behind).map(({ index }) => index);
      }),
    );
  }

  /** Returns for each interrupt the accesses by which `sender` requests it, and what `target` has done with it. */
  #requests(sender: number, target: number): { readonly sets: number[]; readonly found: readonly Change[] }[] {
    return Array.from(this.#changes[sender].get(target) ?? [], ([interrupt, changes]) => ({
      sets: changes.filter(({ was, is }) => !was && is).map(({ index }) => index),
      found: this.#changes[target].get(target)?.get(interrupt) ?? [],
    }));
  }
}

function isTaken({ was, is }: Change): boolean {
  return was && !is;
}

function earliest(indexes: readonly number[]): number {
  return Math.min(NEVER, ...indexes);
}

function changesIn(evidence: Evidence, accesses: readonly Access[]): Changes {
  const changes = new Map<number, Map<string, Change[]>>();
  for (const [index, access] of accesses.entries()) {
    const place = placeOfWord(evidence, access.address);
    if (place?.kind !== 'pending' && place?.kind !== 'lines') continue;
    const [before, after] = place.kind === 'pending' ? [access.before, access.after] : linesOf(access);
    const ofTarget = changes.get(place.cpu) ?? new Map<string, Change[]>();
    changes.set(place.cpu, ofTarget);
    for (let left = before | after; left !== 0; left &= left - 1) {
      const bit = left & -left;
      const interrupt = `${place.kind} ${place.kind === 'pending' ? place.word : 0} ${bit}`;
      const found = ofTarget.get(interrupt) ?? [];
      found.push({ index, was: (before & bit) !== 0, is: (after & bit) !== 0 });
      ofTarget.set(interrupt, found);
    }
  }
  return changes;
}

/** Returns the lines of the trial that are raised in front of an access and behind it: a word of an earlier trial may have had others. */
function linesOf({ before, after }: Access): readonly [number, number] {
  const bits = (1 << LINES_MAX) - 1;
  return [before >>> LINES_MAX === after >>> LINES_MAX ? before & bits : 0, after & bits];
}
