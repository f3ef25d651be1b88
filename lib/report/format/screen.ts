/**
 * What a text is made for: how many columns fit into a line, and colours by meaning. The command line makes the one of its stdout
 * (lib/cli/output.ts); PLAIN is for files, documents and programs.
 */

import { stripVTControlCharacters, styleText } from 'node:util';

/** Gives words a colour by what they mean. Without colours each returns its text as it is. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  undecided(text: string): string;
  /** The name of a failure. */
  signature(text: string): string;
  /** Heads of tables, and what a reader may pass over. */
  dim(text: string): string;
}

export interface Screen {
  /** Infinity where lines may have any length. */
  readonly width: number;
  readonly paint: Paint;
}

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<keyof Paint, Style>> = {
  good: 'green',
  bad: 'red',
  undecided: 'yellow',
  signature: 'magenta',
  dim: 'dim',
};

/** Makes the paint of a stream. Whether it is coloured was decided before. */
export function paintOf(isColoured: boolean): Paint {
  const painter =
    (style: Style) =>
    (text: string): string =>
      isColoured && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  return {
    good: painter(STYLES.good),
    bad: painter(STYLES.bad),
    undecided: painter(STYLES.undecided),
    signature: painter(STYLES.signature),
    dim: painter(STYLES.dim),
  };
}

/** No colours, and lines of any length. */
export const PLAIN: Screen = { width: Infinity, paint: paintOf(false) };

const CODES = Object.values(STYLES).map((style) => styleText(style, '|', { validateStream: false }).split('|'));

/** Finds the codes that a paint writes, and no others. */
export const PAINTED = new RegExp([...new Set(CODES.flat())].map((code) => code.replace('[', '\\[')).join('|'), 'g');

/** The codes that end any colour. */
export const PAINT_ENDS: readonly string[] = [...new Set(CODES.map(([, end]) => end))];

/** Returns how many columns a text takes. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
