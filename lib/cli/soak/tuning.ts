/** Keeps the tuned settings of a soak in its store, so that it resumes with them. Called by begin.ts. */

import type { Store } from '../../soak/store.js';
import { TuningFileError, parseTuning } from '../../tune/tuningFile.js';
import { differences, fingerprintOf } from '../../harness/host/fingerprint.js';
import { hostFacts } from '../../run/hostFacts.js';
import type { Tuning } from '../tuned.js';
import { UsageError } from '../../run/usageError.js';

export function keepTuning(store: Store, tuning: Tuning | null): void {
  if (tuning !== null) store.keepTuning(JSON.stringify(tuning));
}

/** Settings of a resumed soak. */
interface ResumedTuning {
  readonly kept: Tuning | null;
  /** Why those of the store are not used; null if they are, or there are none. */
  readonly note: string | null;
}

/**
 * Returns the settings of a resumed soak: those that are given now, or those that it had. Those of another host are left out
 * unless `anyHost`. Throws UsageError for an `anyHost` that allows nothing.
 */
export function tuningOnResume(store: Store, given: Tuning | null, anyHost: boolean): ResumedTuning {
  if (given !== null) return { kept: given, note: null };
  const text = store.tuning();
  if (text === null) {
    if (anyHost) throw new UsageError('--any-host: is of no use without --tuned, with which the soak was not begun');
    return { kept: null, note: null };
  }
  const kept = tuningIn(text);
  const unlike = differences(kept.document.host, fingerprintOf(hostFacts()));
  if (unlike.length === 0 || anyHost) return { kept, note: null };
  const where = `the settings of ${kept.path} were found on another host (${unlike.join('; ')})`;
  return { kept: null, note: `${where}: the defaults are used` };
}

/** Reads the tuning in a store, checked like a file. Throws UsageError. */
function tuningIn(text: string): Tuning {
  try {
    const { path, document } = JSON.parse(text) as { readonly path?: unknown; readonly document?: unknown };
    if (typeof path !== 'string') throw new TuningFileError('names no file');
    return { path, document: parseTuning(JSON.stringify(document ?? null)) };
  } catch (error) {
    const what =
      error instanceof TuningFileError ? error.message : 'is not a JSON document: must be a file that soak has kept';
    throw new UsageError(`table campaign, row 1: tuning: ${what}`);
  }
}
