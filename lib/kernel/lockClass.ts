/**
 * Gives locks their lockdep classes. The host declares the names before a run (lib/race/possibleDeadlocks.ts); CPUs
 * number the classes when they take the locks (lockdep.ts, rwlock.ts).
 */

import type { Cpu } from '../machine/cpu.js';
import { CLASSES_MAX, LOCKDEP, NO_CLASS } from '../machine/lockdepLayout.js';
import { checkAddress } from '../machine/reach.js';
import { OP } from '../machine/recorder.js';
import type { MachineMap } from '../machine/map.js';
import { HEADER } from '../machine/layout.js';
import { perCpuName } from './percpu.js';

/*
 * A lock's class is its name without what tells it from its like: `pte_page[3].ptl` is of class `pte_page.ptl`. Every word
 * of an instance has such a name, and so has every word of a per-CPU area, whose copies on all CPUs are of one class; a name gets
 * one of the 30 class numbers when a lock of that name is first taken. The word that keeps it is negative until then: -1 minus the
 * index of the name.
 *
 * Where a lock is, whichever instance and machine it belongs to, is one number: its word in the instance, or, behind those, its word
 * in all per-CPU areas.
 *
 * A key stands for one class: the name, the subclass of a nested lock, and whether it is held for reading,
 * by a reader that passes writers who wait.
 *   name+1:23 | subclass:3 | recursive:1 | read:1
 */
const SUBCLASS_SHIFT = 2;
const NAME_SHIFT = 5;
const SUBCLASSES_MAX = 8;
const READ = 1;
const RECURSIVE = 2;

/** What a class number stands for. */
export interface LockClass {
  /** Name of the lock's class, as the race gives it. */
  readonly name: string;
  readonly subclass: number;
  /** Of a reader-writer lock: held or taken for reading. */
  readonly read: boolean;
  /** Taken for reading in a way that waits for no writer but the one who has it. */
  readonly recursive: boolean;
}

/** Writes the class names of all words that can be locks into a machine that has not begun. `nameOf` names those of an instance. */
export function declareLockClasses(mem: Int32Array, map: MachineMap, nameOf: (offset: number) => string): string[] {
  const names: string[] = [];
  const indexes = new Map<string, number>();
  for (let offset = 0; offset < map.shape.instanceWords + map.percpuStride; offset++) {
    const inArea = offset - map.shape.instanceWords;
    const name = lockClassName(inArea < 0 ? nameOf(offset) : nameInArea(inArea));
    let index = indexes.get(name);
    if (index === undefined) {
      index = names.push(name) - 1;
      indexes.set(name, index);
    }
    mem[map.lockdep + LOCKDEP.WORDS + offset] = -1 - index;
  }
  return names;
}

function nameInArea(offset: number): string {
  return perCpuName(offset) ?? `percpu+${offset}`;
}

/** Returns where a lock is, as an event keeps it; negative for what is no word of an instance and of no per-CPU area. */
export function lockPlace(
  { instances, instanceStride, percpu, percpuStride, shape }: MachineMap,
  lock: number,
): number {
  const inAreas = lock - percpu;
  if (inAreas >= 0 && inAreas < percpuStride * shape.cpus) return shape.instanceWords + inAreas;
  return ((lock - instances) % instanceStride) - HEADER.WORDS;
}

/** Returns the name of the lock at such a place; `symbol` names the words of an instance. */
export function lockName(
  { percpuStride, shape }: MachineMap,
  place: number,
  symbol: (offset: number) => string,
): string {
  const inAreas = place - shape.instanceWords;
  if (inAreas < 0) return symbol(place);
  return `cpu${Math.floor(inAreas / percpuStride)}.${nameInArea(inAreas % percpuStride)}`;
}

/** Returns the name of a lock without its indexes, and that of an rwlock without the CPU's part. */
function lockClassName(symbol: string): string {
  return symbol.replaceAll(/\[[^\]]*\]/g, '').replace(/\.of_cpu$/, '');
}

/** Returns the class number of a lock that is taken as it usually is; NO_CLASS without lockdep. */
export function classOf(cpu: Cpu, lock: number): number {
  const inInstance = lock - cpu.instance;
  // Most locks: such an address needs no other check. What is no whole number is refused below.
  if (inInstance >>> 0 === inInstance && inInstance < cpu.lockWords) return classAt(cpu, cpu.lockClasses + inInstance);
  checkAddress(cpu, OP.ACQUIRE, lock);
  if (cpu.lockWords === 0) return NO_CLASS;
  const { map, lockWords } = cpu;
  const inAreas = lock - map.percpu;
  const isPerCpu = inAreas >= 0 && inAreas < map.percpuStride * cpu.places;
  // A handler may take a lock of the instance that it has interrupted.
  return isPerCpu ? classAt(cpu, cpu.lockClasses + lockWords + (inAreas % map.percpuStride)) : NO_CLASS;
}

function classAt(cpu: Cpu, at: number): number {
  const known = cpu.mem[at];
  return known >= 0 ? known : register(cpu, at, -1 - known);
}

/**
 * Returns the class number of a lock that is nested in one of its class. Throws RangeError for a subclass that lockdep
 * does not tell apart.
 */
export function nestedClassOf(cpu: Cpu, lock: number, subclass: number): number {
  if (!(Number.isInteger(subclass) && subclass >= 0 && subclass < SUBCLASSES_MAX))
    throw new RangeError(`lock subclass ${String(subclass)}: a whole number from 0 to 7`);
  return variantOf(cpu, classOf(cpu, lock), subclass << SUBCLASS_SHIFT);
}

/** Returns the class number of a lock that is taken for reading; `recursive` says whether the reader passes writers who wait. */
export function readClassOf(cpu: Cpu, lock: number, recursive: boolean, subclass = 0): number {
  const lockClass = subclass === 0 ? classOf(cpu, lock) : nestedClassOf(cpu, lock, subclass);
  return variantOf(cpu, lockClass, recursive ? READ | RECURSIVE : READ);
}

function register(cpu: Cpu, at: number, name: number): number {
  const number = numberOf(cpu, (name + 1) << NAME_SHIFT);
  cpu.mem[at] = number;
  return number;
}

function variantOf(cpu: Cpu, lockClass: number, bits: number): number {
  return lockClass === NO_CLASS ? NO_CLASS : numberOf(cpu, cpu.mem[cpu.map.lockdep + LOCKDEP.keys + lockClass] | bits);
}

/** Returns the number of a key; the first CPU to ask gives it one. NO_CLASS once all are given away. */
function numberOf(cpu: Cpu, key: number): number {
  const { mem } = cpu;
  const keys = cpu.map.lockdep + LOCKDEP.keys;
  for (let number = 1; number <= CLASSES_MAX; number++) {
    const found = mem[keys + number];
    if (found === key) return number;
    if (found !== 0) continue;
    const before = Atomics.compareExchange(mem, keys + number, 0, key);
    if (before === 0 || before === key) return number;
  }
  mem[cpu.map.lockdep + LOCKDEP.full] = 1;
  return NO_CLASS;
}

/** Returns what a class number stands for, by the names that `declareLockClasses` returned. */
export function lockClassAt(mem: Int32Array, map: MachineMap, number: number, names: readonly string[]): LockClass {
  const key = mem[map.lockdep + LOCKDEP.keys + number];
  return {
    name: names[(key >>> NAME_SHIFT) - 1],
    subclass: (key >>> SUBCLASS_SHIFT) & (SUBCLASSES_MAX - 1),
    read: (key & READ) !== 0,
    recursive: (key & RECURSIVE) !== 0,
  };
}
