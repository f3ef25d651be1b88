/**
 * Makes foreign text (of a race, evidence, a store, a document) safe for a terminal. Called for all output; the HTML page and the
 * pictures use the list of direction marks.
 */

/** Marks that change the direction of text: with them a name could disguise a line. */
export const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Control characters except tab and line feed, the two other line separators, and direction marks. */
const INVISIBLE = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Writes each control character and each direction mark as `\uXXXX`, so that a terminal does not obey it. In a JSON document such
 * characters only occur inside strings, where the escape means the same.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
