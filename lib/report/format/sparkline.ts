/** Draws a series as one line of text. Called by soak/text.ts and the terminal view of a soak. */

const SPARKS = '▁▂▃▄▅▆▇█';

/** Returns values from `low` up as a line of small bars: "▂▃▅▇". */
export function sparkline(values: readonly number[], low = 0): string {
  const span = Math.max(...values.map((value) => value - low), Number.MIN_VALUE);
  const bar = (value: number): number => Math.floor(((value - low) / span) * SPARKS.length);
  return values.map((value) => SPARKS[Math.min(SPARKS.length - 1, Math.max(0, bar(value)))]).join('');
}
