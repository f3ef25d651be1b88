/**
 * Canary words, which show that a race has stored outside of its instance. Planted and searched on the host, by
 * lib/harness/host/machine.ts and strayStores.ts.
 *
 * The instructions compare each address before they use it (reach.ts), but the code of a race has the memory itself as
 * well: `cpu.mem`, and `mem` in `reset`. A store past the end of an instance or of an area hits canary words first:
 * words that belong to nobody, and hold what the host put there before the CPUs started. They lie in front of the
 * machine, behind each of its areas, behind each instance, and in the header of each. The host looks at them
 * (lib/harness/host/spoilt.ts).
 *
 * A store that jumps over them is not seen: one into the words of another instance, or into the middle of an area.
 */

import { HEADER } from './layout.js';
import type { MachineMap } from './map.js';

/** A canary word that something was stored over. */
export interface Stray {
  /** Where it is, as the author of a race thinks of it. */
  readonly place: string;
  readonly expected: number;
  readonly found: number;
}

/** Puts the canary words in place: once, before the race's first `reset`. */
export function plantCanaries(mem: Int32Array, map: MachineMap): void {
  for (const { at, words } of map.guards) plant(mem, at, words);
  for (let i = 0; i < map.shape.instances; i++) {
    const start = map.instances + i * map.instanceStride;
    const end = start + HEADER.WORDS + map.shape.instanceWords;
    plant(mem, start + HEADER.canary, 1);
    plant(mem, end, start + map.instanceStride - end);
  }
}

/** Returns the first canary word that does not hold what it should, instances first; undefined if all do. */
export function findStray(mem: Int32Array, map: MachineMap): Stray | undefined {
  const { instances, instanceWords } = map.shape;
  for (let i = 0; i < instances; i++) {
    const start = map.instances + i * map.instanceStride;
    const header = firstWrong(mem, start + HEADER.canary, 1);
    if (header >= 0) return strayAt(mem, header, placeInInstance(-1, i, map));
    const end = start + HEADER.WORDS + instanceWords;
    const wrong = firstWrong(mem, end, start + map.instanceStride - end);
    if (wrong >= 0) return strayAt(mem, wrong, placeInInstance(wrong - start - HEADER.WORDS, i, map));
  }
  for (const { behind, at, words } of map.guards) {
    const wrong = firstWrong(mem, at, words);
    if (wrong >= 0) return strayAt(mem, wrong, placeBehind(behind, wrong, at, map));
  }
  return undefined;
}

function placeInInstance(offset: number, i: number, { shape }: MachineMap): string {
  return `word ${offset} of instance ${i}, which has ${shape.instanceWords}`;
}

function placeBehind(behind: string | null, address: number, at: number, map: MachineMap): string {
  if (behind === null) return `word ${address} of the memory, in front of the machine`;
  const what = `word ${address - at} behind the area "${behind}"`;
  if (behind !== 'instances') return what;
  const last = map.shape.instances - 1;
  const offset = address - (map.instances + last * map.instanceStride + HEADER.WORDS);
  return `${what}, ${placeInInstance(offset, last, map)}`;
}

function strayAt(mem: Int32Array, address: number, place: string): Stray {
  return { place, expected: canaryOf(address), found: mem[address] };
}

function plant(mem: Int32Array, at: number, words: number): void {
  for (let w = at; w < at + words; w++) mem[w] = canaryOf(w);
}

/** Returns the address of the first of these words that is not its canary; -1 if all are. */
function firstWrong(mem: Int32Array, at: number, words: number): number {
  for (let w = at; w < at + words; w++) if (mem[w] !== canaryOf(w)) return w;
  return -1;
}

/** Returns what the word holds: never 0, and another value in the words beside it, so that no fill and no copy looks like it. */
function canaryOf(address: number): number {
  return Math.imul(address + 1, 0x9e3779b1) | 1;
}
