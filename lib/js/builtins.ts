/**
 * Stores of several elements at once, by methods of typed arrays, as stores of each: so that instrumented code (lib/instrument) has none that
 * are not seen. Put in their place by intercept.ts in threads that run instrumented code.
 */

import { plainAccesses } from '../instrument/plain.js';

type Elements = Record<PropertyKey, unknown> & { readonly length: number };

const DONE = Symbol('racehammer.elements');

/** Has `set` and `fill` of arrays that somebody looks at store element by element. Once in a thread. */
export function seeMethods(): void {
  const prototype = Object.getPrototypeOf(Int32Array.prototype) as Record<PropertyKey, unknown>;
  if (DONE in prototype) return;
  const accesses = plainAccesses();
  const isSeen = (array: unknown): array is Elements =>
    ArrayBuffer.isView(array) && accesses.watch?.sees(array, 0) === true;
  const { set, fill } = prototype as Record<'set' | 'fill', (this: unknown, ...given: unknown[]) => unknown>;
  Object.defineProperties(prototype, {
    [DONE]: { value: true },
    set: method(function standIn(this: unknown, source: unknown, offset: unknown = 0) {
      const elements = Object(source) as Elements;
      const at = Math.trunc(Number(offset)) || 0;
      // What the engine refuses, it refuses.
      const fits = isSeen(this) && at >= 0 && at + elements.length <= this.length;
      if (!fits && !isSeen(source)) return set.call(this, source, offset);
      const found = Array.from({ length: elements.length }, (_, i) => accesses.get(elements, i));
      if (!fits) return set.call(this, found, offset);
      for (const [i, value] of found.entries()) accesses.set(this, at + i, value);
      return undefined;
    }),
    fill: method(function standIn(this: unknown, value: unknown, start?: number, end?: number) {
      if (!isSeen(this)) return fill.call(this, value, start, end);
      const { length } = this;
      for (let i = placeOf(start, length, 0), last = placeOf(end, length, length); i < last; i++)
        accesses.set(this, i, value);
      return this;
    }),
  });
}

function method(value: (this: unknown, ...given: never[]) => unknown): PropertyDescriptor {
  return { value, configurable: true, writable: true };
}

/** Returns the place that an argument names: from the end if it is negative. */
function placeOf(given: number | undefined, length: number, usual: number): number {
  if (given === undefined) return usual;
  const whole = Math.trunc(given) || 0;
  return whole < 0 ? Math.max(0, length + whole) : Math.min(whole, length);
}
