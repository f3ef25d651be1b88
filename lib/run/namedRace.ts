/** A loaded race with the name that it was requested by. Made by the commands and by the functions for programs. */

/** A race, and how it was named. */

import type { LoadedRace } from '../harness/host/loadRace.js';
import { isRaceFile, splitRaceFile } from '../harness/host/raceFiles.js';

export interface NamedRace extends LoadedRace {
  /** The race's name, or the path of its file, for repeat lines. */
  readonly typed: string;
}

/** How a race is loaded. */
export interface HowLoaded {
  /** A name for what its file holds now, to load it once more. */
  readonly code?: string | undefined;
  /** Whether its modules are instrumented, so that plain accesses are seen: false. */
  readonly instrument?: boolean;
}

/** A race as a target names it: `<race>[:variant]`. */
export interface ChosenRace extends NamedRace {
  /** The variant that was typed; undefined if there was none. */
  readonly variant: string | undefined;
}

/** Splits a target. A path may hold colons itself, so there the variant is what follows the first ending of a race's file and a colon. */
export function splitTarget(target: string): { typed: string; variant: string | undefined } {
  const [file, variant] = splitRaceFile(target);
  if (variant !== undefined || isRaceFile(file)) return { typed: file, variant };
  const colon = target.indexOf(':');
  return colon < 0
    ? { typed: target, variant: undefined }
    : { typed: target.slice(0, colon), variant: target.slice(colon + 1) };
}
