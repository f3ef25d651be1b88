/** Which markers of a timeline are shown beside the accesses that lead to the failure. Called by `timeline.ts`. */

import { LOST_WAKE_UP, ORPHANED_LOCK } from '../machine/signatures.js';
import type { Evidence } from './evidence.js';
import type { RowKind } from './timelineText.js';

/** The fields of a timeline row that decide whether it is shown. */
export interface FocusRow {
  readonly cpu: number;
  readonly kind: RowKind;
  readonly text: string;
  readonly inInterrupt: boolean;
  readonly fails: boolean;
  readonly focus: boolean;
}

/**
 * Adds to the accesses in focus the markers around them: a window that another task or a handler entered, an interrupt, the
 * end of a task that was needed. Adds nothing after the failure, since no marker there leads to it.
 */
export function inFocus<Row extends FocusRow>(
  evidence: Pick<Evidence, 'signature' | 'detail'>,
  rows: readonly Row[],
): Row[] {
  const failed = rows.findIndex(({ fails }) => fails);
  const shown = new Set<number>();
  for (const [i, { kind }] of rows.entries()) {
    if (failed >= 0 && i > failed) break;
    if (kind === 'window' || kind === 'interrupt') addPair(rows, i, failed, shown);
    if (kind === 'dies' || (kind === 'done' && isMissed(evidence, rows[i]))) shown.add(i);
  }
  return rows.map((row, i) => ({ ...row, focus: row.focus || shown.has(i) }));
}

/** Adds the beginning and the end of a window or interrupt, if something in focus happened in it. */
function addPair(rows: readonly FocusRow[], first: number, failed: number, shown: Set<number>): void {
  const begin = rows[first];
  const behind = rows.slice(first + 1, failed < 0 ? undefined : failed + 1);
  const length = behind.findIndex((row) => ends(row, begin));
  const inside = length < 0 ? behind : behind.slice(0, length);
  const counts = (row: FocusRow): boolean =>
    row.focus && (begin.kind === 'window' ? row.cpu !== begin.cpu || row.inInterrupt : row.cpu === begin.cpu);
  if (!inside.some(counts)) return;
  shown.add(first);
  if (length >= 0) shown.add(first + 1 + length);
}

function ends(row: FocusRow, begin: FocusRow): boolean {
  if (row.cpu !== begin.cpu) return false;
  if (begin.kind === 'interrupt') return row.kind === 'interrupt-end';
  return row.kind === 'window-end' && nameOf(row) === nameOf(begin);
}

/** Returns the name of the window that opens or closes. */
function nameOf({ text }: FocusRow): string {
  return text.slice(0, text.lastIndexOf(' '));
}

/** Whether the CPU of the row owns a lock that nobody can release any more, or has ended without the store that is waited for. */
function isMissed({ signature, detail }: Pick<Evidence, 'signature' | 'detail'>, { cpu }: FocusRow): boolean {
  if (signature === LOST_WAKE_UP) return cpu !== detail[1];
  return signature === ORPHANED_LOCK && cpu === detail[1];
}
