/** The race that `<race>[:variant]` names: a built-in one, or a file of the user's. */

import { builtInRaces, loadRace, raceUrl, type LoadedRace } from '../harness/loadRace.js';
import { unknownWord } from './nearest.js';
import { UsageError, quoted } from './usageError.js';

export interface ChosenRace extends LoadedRace {
  /** What was typed, without the variant: the race's name, or the path of its file. */
  readonly typed: string;
  /** The variant that was typed; undefined if there was none. */
  readonly variant: string | undefined;
}

/** Loads the race. Throws UsageError for a race or a variant that does not exist, and for a file that is no race. */
export async function chooseRace(target: string): Promise<ChosenRace> {
  const { typed, variant } = splitTarget(target);
  const loaded = await loadTyped(typed);
  const variants = Object.keys(loaded.race.variants);
  if (variant !== undefined && !variants.includes(variant)) {
    throw unknownWord('variant', variant, variants, loaded.race.name);
  }
  return { ...loaded, typed, variant };
}

/** A path may hold colons itself, so there the variant is what follows `.js:` or `.mjs:`. */
function splitTarget(target: string): { typed: string; variant: string | undefined } {
  const [, typed = target, variant] = /^(.*?\.m?js)(?::(.*))?$/.exec(target) ?? /^([^:]*):(.*)$/.exec(target) ?? [];
  return { typed, variant };
}

/** Loads the race of this name, or of this file, whatever colons its path has. Throws UsageError. */
export async function loadTyped(typed: string): Promise<LoadedRace> {
  const url = raceUrl(typed);
  const isPath = /[/\\]|\.\w+$/.test(typed);
  if (url === undefined) {
    if (!isPath) throw unknownWord('race', typed, builtInRaces());
    const remedy = /\.m?js$/.test(typed) ? 'there is no such file' : 'a file of yours must end in .js or .mjs';
    throw new UsageError(`race ${quoted(typed)}: ${remedy}`);
  }
  try {
    return await loadRace(url);
  } catch (error) {
    // What a user's file throws while it is imported is the user's to mend; a built-in race that does so is ours.
    if (!isPath) throw error;
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new UsageError(`race ${quoted(typed)}: cannot be loaded: ${line}`);
  }
}
