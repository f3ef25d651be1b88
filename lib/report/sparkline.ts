const SPARKS = '▁▂▃▄▅▆▇█';

/** Values from `low` up as a line of small bars: "▂▃▅▇". */
export function sparkline(values: readonly number[], low = 0): string {
  const span = Math.max(...values.map((value) => value - low), Number.MIN_VALUE);
  const bar = (value: number): number => Math.floor(((value - low) / span) * SPARKS.length);
  return values.map((value) => SPARKS[Math.min(SPARKS.length - 1, Math.max(0, bar(value)))]).join('');
}
