/**
 * Text that came from elsewhere (a race, evidence, a store, a document) made safe to look at. Called for whatever goes to a
 * terminal; the HTML page and the pictures share the list of marks of direction.
 */

/** Marks that turn the direction of what follows: a name could make a line say what it does not. */
export const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Controls but tab and line feed, the two other line separators, and marks of direction. */
const INVISIBLE = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Writes each control character and each mark of direction as `\uXXXX`: a terminal obeys none of them then. In a JSON document
 * such characters stand inside strings alone, where the escape means the same.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
