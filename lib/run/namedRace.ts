/** A race with the name that it was asked for by. Made where it is loaded: by the commands, and by the functions for programs. */

import type { LoadedRace } from '../harness/host/loadRace.js';

export interface NamedRace extends LoadedRace {
  /** The race's name, or the path of its file: a run is repeated with it. */
  readonly typed: string;
}
