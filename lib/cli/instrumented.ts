/** Has a test of JavaScript code instrumented (`--instrument`), so that its plain accesses are seen. Called by `run`, `explore` and `replay`. */

import { instrumented } from '../instrument/marked.js';
import { instrumentThread, whyNotInstrumented } from '../instrument/register.js';
import { chooseRace } from './chooseRace.js';
import { isJavaScript } from '../race/kinds.js';
import type { LoadedRace } from '../harness/host/loadRace.js';
import type { ChosenRace } from '../run/namedRace.js';
import { UsageError } from '../run/usageError.js';

/** Returns the race whose modules each CPU's thread loads instrumented. Throws UsageError where that is not possible. */
export function instrumentedRace<R extends LoadedRace>(loaded: R): R {
  requireParser();
  requireJavaScript(loaded);
  return { ...loaded, url: instrumented(loaded.url) };
}

/** Loads a race as `chooseRace` does, instrumented in this thread as well. Throws UsageError. */
export async function chooseInstrumented(target: string): Promise<ChosenRace> {
  requireParser();
  instrumentThread();
  // From the beginning: a package that is no ES module is loaded once in a thread.
  const chosen = await chooseRace(target, undefined, instrumented);
  requireJavaScript(chosen);
  return chosen;
}

function requireParser(): void {
  const why = whyNotInstrumented();
  if (why !== null) throw new UsageError(`--instrument: ${why}`);
}

function requireJavaScript({ race }: LoadedRace): void {
  if (isJavaScript(race)) return;
  throw new UsageError(
    `--instrument: ${race.name} is no test that hammer() has made, and its accesses are seen as they are`,
  );
}
