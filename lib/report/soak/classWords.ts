/** Says in words how many classes of orders the rows of a soak have met. Called by text.ts, sentence.ts and the page. */

import { counted, formatCount, formatSeconds } from '../format/numbers.js';
import { unknownClasses } from '../run/classLines.js';
import type { RowVerdict } from './document.js';

/** Returns the sentences about the classes of a row; none if nobody asked for them. */
export function classSentences({ classes: figures }: Pick<RowVerdict, 'classes'>): string[] {
  if (figures === null) return [];
  const { classes, met, sampled, unclear, crowded, unknown, reason, lastNewMs } = figures;
  if (classes === null) return [`Classes of orders are not counted: ${reason ?? ''}.`];
  const last =
    met === classes || lastNewMs === null ? '' : `, the last new one at ${formatSeconds(lastNewMs / 1000)} of the soak`;
  const left = [
    ...(unclear === 0 ? [] : [`${formatCount(unclear)} could not be told apart`]),
    ...(crowded === 0 ? [] : [`${formatCount(crowded)} found no room`]),
  ];
  return [
    ...(unknown === 0 ? [] : [`${unknownClasses(unknown)}.`]),
    `Met ${formatCount(met)} of ${counted(classes, 'class', 'classes')} of orders in ${counted(sampled, 'sampled trial')}${last}${left.length === 0 ? '' : `; ${left.join(', ')}`}.`,
  ];
}
