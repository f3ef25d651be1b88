import type { BenchDocument, Figure } from '../../../lib/report/bench/document.js';
import { HELD } from '../run/madeUpRun.js';

/** A figure of the middle and both ends, over five rounds. */
export function figureOf(
  name: string,
  [low, value, high]: readonly [number, number, number],
  more: Partial<Figure> = {},
): Figure {
  return { name, unit: '/s', better: 'higher', low, value, high, rounds: 5, part: 'rows', ...more };
}

/** A bench of these figures. */
export function benchOf(figures: readonly Figure[], more: Partial<BenchDocument> = {}): BenchDocument {
  const startedAt = '2026-11-21T17:44:45.123Z';
  return { schema: 'racehammer.bench/1', version: '0.1.0', startedAt, figures, host: HELD.host, ...more };
}
