/**
 * What instrumented code calls for each access of an element (rewrite.ts). In the thread that runs it; lib/js says what is seen.
 *
 * Each does what the language does there: it gets what the expression has evaluated, in its order. An array of integers over the memory of a
 * test goes to the one who looks; everything else is the access itself.
 */

import { PLAIN_ACCESSES } from './names.js';

/** Who sees accesses of elements: null where nobody does. */
export interface PlainWatch {
  /** Whether it sees this element. */
  sees(array: object, index: number): boolean;
  load(array: object, index: number): unknown;
  store(array: object, index: number, value: unknown): void;
}

type Indexed = Record<PropertyKey, unknown>;
type Put = (object: Indexed, key: PropertyKey, value: unknown) => void;

/** A store as code has it that is not strict: what may not be stored is left. */
const putSloppy: Put = (object, key, value) => {
  if (object === null || object === undefined) putStrict(object, key, value);
  else Reflect.set(Object(object) as object, key, value, object);
};

function putStrict(object: Indexed, key: PropertyKey, value: unknown): void {
  object[key] = value;
}

/** What code reaches by the global name. */
export class PlainAccesses {
  /** Who looks. */
  watch: PlainWatch | null = null;
  #object: Indexed = {};
  #key: PropertyKey = 0;

  /** Loads an element: `object[key]`. */
  get(object: Indexed, key: PropertyKey): unknown {
    return this.#isSeen(object, key) ? this.watch?.load(object, key as number) : object[key];
  }

  /** Loads an element of what there may be none of: `object?.[key]`. */
  getIfAny(object: Indexed | null | undefined, key: () => PropertyKey): unknown {
    return object === null || object === undefined ? undefined : this.get(object, key());
  }

  /** Stores an element: `object[key] = value`, in strict code and in other. */
  set(object: Indexed, key: PropertyKey, value: unknown): unknown {
    return this.#put(object, key, value, putStrict);
  }

  setSloppy(object: Indexed, key: PropertyKey, value: unknown): unknown {
    return this.#put(object, key, value, putSloppy);
  }

  /** Notes the element of a compound assignment, and returns it; `value` loads it, before anything else is noted. */
  element(object: Indexed, key: PropertyKey): readonly [Indexed, PropertyKey] {
    this.#object = object;
    this.#key = key;
    return [object, key];
  }

  value(): unknown {
    return this.get(this.#object, this.#key);
  }

  /** Stores the result of a compound assignment: `object[key] += value`. */
  assign([object, key]: readonly [Indexed, PropertyKey], value: unknown): unknown {
    return this.#put(object, key, value, putStrict);
  }

  assignSloppy([object, key]: readonly [Indexed, PropertyKey], value: unknown): unknown {
    return this.#put(object, key, value, putSloppy);
  }

  /** Adds 1, or takes it away: `object[key]++`. Returns what the expression is: the value behind it if it is a prefix. */
  step(object: Indexed, key: PropertyKey, by: 1 | -1, isPrefix: boolean, isStrict: boolean): unknown {
    const [own, at] = this.element(object, key);
    // What a value is as a number, the language says.
    let after = this.get(own, at) as number;
    const before = by === 1 ? after++ : after--;
    this.#put(own, at, after, isStrict ? putStrict : putSloppy);
    return isPrefix ? after : before;
  }

  #put(object: Indexed, key: PropertyKey, value: unknown, put: Put): unknown {
    if (this.#isSeen(object, key)) this.watch?.store(object, key as number, value);
    else put(object, key, value);
    return value;
  }

  #isSeen(object: unknown, key: unknown): boolean {
    const { watch } = this;
    if (watch === null || typeof key !== 'number' || !ArrayBuffer.isView(object)) return false;
    const { length } = object as unknown as { readonly length?: number };
    return length !== undefined && key >= 0 && key < length && Number.isInteger(key) && watch.sees(object, key);
  }
}

/** Returns those of this thread, which code reaches by their global name. */
export function plainAccesses(): PlainAccesses {
  const known = (globalThis as Record<string, unknown>)[PLAIN_ACCESSES] as PlainAccesses | undefined;
  if (known !== undefined) return known;
  const made = new PlainAccesses();
  Object.defineProperty(globalThis, PLAIN_ACCESSES, { value: made });
  return made;
}
