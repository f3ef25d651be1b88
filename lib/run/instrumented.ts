/**
 * Has a test of JavaScript code instrumented, so that its plain accesses are seen: on each thread that runs it, and in this one, which may
 * search it. Called by chooseRace.ts and replay.ts for `--instrument`, by lib/api for the option of programs.
 */

import { instrumented } from '../instrument/marked.js';
import { instrumentThread, whyNotInstrumented } from '../instrument/register.js';
import { isJavaScript } from '../race/kinds.js';
import type { LoadedRace } from '../harness/host/loadRace.js';
import { UsageError } from './usageError.js';

/** The option, as who asked for it has written it. */
export type InstrumentOption = '--instrument' | 'instrument';

/**
 * Prepares this thread, and returns the address that a module is to be imported by. It must not have been imported yet: a package that is
 * no ES module is loaded once in a thread. Throws UsageError where nothing can be instrumented.
 */
export function instrumentHere(option: InstrumentOption): (url: string) => string {
  requireParser(option);
  instrumentThread();
  return instrumented;
}

/** Returns the race whose modules each CPU's thread loads instrumented; not this one. Throws UsageError where that is not possible. */
export function instrumentedRace<R extends LoadedRace>(loaded: R): R {
  requireParser('--instrument');
  requireJavaScript('--instrument', loaded);
  return { ...loaded, url: instrumented(loaded.url) };
}

/** Requires that what was loaded is a test of JavaScript code. Throws UsageError. */
export function requireJavaScript(option: InstrumentOption, { race }: Pick<LoadedRace, 'race'>): void {
  if (isJavaScript(race)) return;
  throw new UsageError(
    `${option}: ${race.name} is no test that hammer() has made, and its accesses are seen as they are`,
  );
}

function requireParser(option: InstrumentOption): void {
  const why = whyNotInstrumented();
  if (why !== null) throw new UsageError(`${option}: ${why}`);
}
