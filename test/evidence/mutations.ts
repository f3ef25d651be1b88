/** Forged evidence: one field of what a file holds is changed, left out or doubled. The same seed makes the same changes. */
import { draw } from '../../lib/machine/random.js';

/** A field that no evidence has. */
export const UNKNOWN = 'more';

type Json = unknown;
type Path = readonly (string | number)[];

/** A change, where it was made. */
export interface Mutation {
  readonly what: string;
  readonly body: Json;
}

const NUMBERS = [0, -1, 1, 2, 63, 64, 255, 65_536, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, 1e300, 0.5];
const STRINGS = ['', '__proto__', 'constructor', 'pgd-lock', '../../x', 'a\nb', '\u001b[2J', 'x'.repeat(5000)];

/** Places of everything in it; of a long list only some, or all would be records. */
function placesIn(value: Json, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  const entries = Object.entries(value);
  const step = Math.max(1, Math.floor(entries.length / 24));
  return [at, ...entries.flatMap(([key, inner], i) => (i % step === 0 ? placesIn(inner, [...at, key]) : []))];
}

/** `count` changes of a document, each of one place. */
export function* mutationsOf(document: Json, count: number, seed: number): Generator<Mutation> {
  const places = placesIn(document).filter((place) => place.length > 0);
  for (let i = 0; i < count; i++) {
    const random = (n: number): number => (draw(seed, i, n) >>> 0) / 2 ** 32;
    const place = places[Math.floor(random(0) * places.length)];
    const body = structuredClone(document);
    const holder = place.slice(0, -1).reduce((inner, key) => (inner as Record<string, Json>)[key], body) as Record<
      string,
      Json
    >;
    const key = String(place.at(-1));
    yield { what: `${place.join('/')}: ${change(holder, key, random)}`, body };
  }
}

function change(holder: Record<string, Json>, key: string, random: (n: number) => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random(2) * list.length)];
  const value = holder[key];
  const set = (to: Json): string => {
    holder[key] = to;
    return `${JSON.stringify(value)?.slice(0, 40)} -> ${JSON.stringify(to)?.slice(0, 40)}`;
  };
  switch (Math.floor(random(1) * 8)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      return 'left out';
    case 1:
      if (!Array.isArray(holder)) return set(null);
      holder.splice(Number(key), 0, structuredClone(value));
      return 'doubled';
    case 2:
      return set(pick<Json>([null, {}, [], true, 'text', 7]));
    default:
      if (typeof value === 'number') return set(random(3) < 0.5 ? pick(NUMBERS) : value + pick([-4, -1, 1, 4]));
      if (typeof value === 'string') return set(random(3) < 0.5 ? pick(STRINGS) : `${value}${pick(STRINGS)}`);
      if (Array.isArray(value)) return set(random(3) < 0.5 ? value.slice(1) : value.toReversed());
      return set({ ...(value as object), [UNKNOWN]: 1 });
  }
}
