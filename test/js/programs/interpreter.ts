/** Runs the steps of drawn programs. Used by test/fixtures/atomicsPrograms.ts on each thread; element accesses in it are seen where it is instrumented. */
import { CELL_BYTES, KIND_BYTES, type Kind, type Step } from './drawn.js';

/** An array of each kind over the memory. */
export interface Arrays {
  readonly i32: Int32Array;
  readonly big: BigInt64Array;
  readonly i16: Int16Array;
  readonly u8: Uint8Array;
}

/** Makes the arrays of a new memory of so many bytes. */
export function arraysOf(bytes: number): Arrays {
  const buffer = new SharedArrayBuffer(bytes);
  return {
    i32: new Int32Array(buffer),
    big: new BigInt64Array(buffer),
    i16: new Int16Array(buffer),
    u8: new Uint8Array(buffer),
  };
}

/** One run of a thread's steps. */
export class ProgramRun {
  readonly #arrays: Arrays;
  readonly #found: string[] = [];
  #pending: Promise<string> | null = null;
  #leavesOut = false;

  constructor(arrays: Arrays) {
    this.#arrays = arrays;
  }

  /** Runs all steps of a program without `await`; returns what they have returned. */
  all(steps: readonly Step[]): string {
    for (const step of steps) this.#one(step);
    return this.#found.join(' ');
  }

  async allAwaited(steps: readonly Step[]): Promise<string> {
    for (const step of steps) {
      if (step.does !== 'await') this.#one(step);
      else if (this.#pending !== null) {
        this.#find(`.${(await this.#pending)[0]}`);
        this.#pending = null;
      }
    }
    return this.#found.join(' ');
  }

  #one(step: Step): void {
    if (this.#leavesOut) this.#leavesOut = false;
    else this.#make(step);
  }

  #make({ does, kind, cell, a, b, ms, most }: Step): void {
    // Operations take numbers or bigints, as the array has them; TypeScript knows no array of either.
    const array = this.#arrays[kind] as Int32Array;
    const index = (cell * CELL_BYTES) / KIND_BYTES[kind];
    const valueA = valueIn(kind, a);
    switch (does) {
      case 'store':
        Atomics.store(array, index, valueA);
        return;
      case 'load':
        return this.#find(Atomics.load(array, index));
      case 'cas':
        return this.#find(Atomics.compareExchange(array, index, valueA, valueIn(kind, b)));
      case 'wait':
        return this.#find(`.${Atomics.wait(array, index, valueA, ms ?? undefined)[0]}`);
      case 'until':
        while (Atomics.load(array, index) === heldIn(array, valueA))
          Atomics.wait(array, index, valueA, ms ?? undefined);
        return;
      case 'spin':
        while (Atomics.load(array, index) === heldIn(array, valueA));
        return;
      case 'unless':
        this.#leavesOut = Atomics.load(array, index) === heldIn(array, valueA);
        return;
      case 'notify':
        return this.#find(most === null ? Atomics.notify(array, index) : Atomics.notify(array, index, most));
      case 'async':
        return this.#begin(Atomics.waitAsync(array, index, valueA, ms ?? undefined));
      case 'await':
        return;
      case 'plainLoad':
        return this.#find(array[index]);
      case 'plainStore':
        array[index] = valueA;
        return;
      case 'plainAdd':
        array[index] += valueA;
        return;
      case 'plainFill':
        array.fill(valueA, index, index + 1);
        return;
      case 'plainSet':
        array.set([valueA], index);
        return;
      case 'plainStep':
        array[index]++;
        return;
      default:
        return this.#find(Atomics[does](array, index, valueA));
    }
  }

  #begin(wait: { readonly async: boolean; readonly value: string | Promise<string> }): void {
    if (typeof wait.value === 'string') this.#find(`.${wait.value[0]}`);
    else this.#pending = wait.value;
  }

  #find(value: number | bigint | string): void {
    this.#found.push(value.toString(36));
  }
}

function valueIn(kind: Kind, value: number): number {
  return kind === 'big' ? (BigInt(value) as unknown as number) : value;
}

/** Returns a value as an array holds it. */
function heldIn(array: Int32Array, value: number): number {
  const one = new (array.constructor as Int32ArrayConstructor)(1);
  one[0] = value;
  return one[0];
}
