/** The race that `<race>[:variant]` names: a built-in one, or a file of the user's. */

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { showHostPlace } from '../harness/host/hostPlace.js';
import { builtInRaces, isBuiltIn, loadRace, moduleOf, raceUrl, type LoadedRace } from '../harness/host/loadRace.js';
import { LOAD_MS_MAX, rehearse } from '../harness/host/rehearsal.js';
import { after, every } from '../harness/host/timers.js';
import { whyNotLoaded } from '../harness/host/whyNotLoaded.js';
import { RACE_ENDINGS, isRaceFile, notLoadable } from '../harness/host/raceFiles.js';
import { formatDuration } from '../run/duration.js';
import { whenIdle } from './ending.js';
import { watchHost } from './hostWatch.js';
import { instrumentHere, requireJavaScript } from '../run/instrumented.js';
import { splitTarget, type ChosenRace, type HowLoaded } from '../run/namedRace.js';
import { mutantsOf, withMutants } from '../race/mutants.js';
import { unknownWord } from '../run/unknownWord.js';
import { UsageError, quoted } from '../run/usageError.js';

/**
 * Loads the race. Throws UsageError for a race or a variant that does not exist, for a file that is no race, and for a race that cannot be
 * instrumented where that is asked for.
 */
export async function chooseRace(target: string, how: HowLoaded = {}): Promise<ChosenRace> {
  const { typed, variant } = splitTarget(target);
  const loaded = await loadTyped(typed, LOAD_MS_MAX, how);
  if (variant !== undefined && Object.hasOwn(mutantsOf(loaded.race), variant))
    return { ...loaded, race: withMutants(loaded.race), typed, variant };
  const variants = Object.keys(loaded.race.variants);
  if (variant !== undefined && !variants.includes(variant)) {
    throw unknownWord('variant', variant, variants, loaded.race.name);
  }
  return { ...loaded, typed, variant };
}

/** Loads the race of this name, or of this file, whatever colons its path has, within `limitMs`. Throws UsageError. */
export async function loadTyped(
  typed: string,
  limitMs = LOAD_MS_MAX,
  { code, instrument = false }: HowLoaded = {},
): Promise<LoadedRace> {
  const address = instrument ? instrumentHere('--instrument') : (url: string): string => url;
  const loaded = await loadAt(typed, limitMs, address, code);
  if (instrument) requireJavaScript('--instrument', loaded);
  return loaded;
}

async function loadAt(
  typed: string,
  limitMs: number,
  address: (url: string) => string,
  code?: string,
): Promise<LoadedRace> {
  const url = raceUrl(typed);
  const isPath = /[/\\]|\.\w+$/.test(typed);
  if (url === undefined) {
    if (!isPath) throw unknownWord('race', typed, builtInRaces());
    const remedy = isRaceFile(typed) ? 'there is no such file' : `a file of yours must end in ${RACE_ENDINGS}`;
    throw new UsageError(`race ${quoted(typed)}: ${remedy}`);
  }
  const why = notLoadable(typed);
  if (why !== null) throw new UsageError(`race ${quoted(typed)}: ${why}`);
  try {
    return await loadWithin(isBuiltIn(url) ? url : address(url), limitMs, code);
  } catch (error) {
    // What a user's file throws while it is imported is the user's to mend; a built-in race that does so is ours.
    if (!isPath) throw error;
    throw new UsageError(`race ${quoted(typed)}: cannot be loaded: ${whyNotLoaded(error, url)}`);
  }
}

/** How often it is shown that the main thread comes back to its event loop while a module is imported. */
const BEAT_MS = 100;

/**
 * Imports a user's file in a thread first, and then here under a watch, so that it ends within its limits. An import waits for each
 * top-level `await` of the module.
 */
async function loadWithin(url: string, limitMs: number, code?: string): Promise<LoadedRace> {
  if (isBuiltIn(url)) return await loadRace(url, code);
  const objection = await rehearse(moduleOf(url, code), { loadMs: limitMs });
  if (objection !== null) throw new Error(objection);
  watchHost();
  const late = new AbortController();
  const refuse = (why: string): void => late.abort(new Error(why));
  const refuseFor = (error: unknown): void => late.abort(error);
  const timer = after(limitMs, () => refuse(`it was not loaded after ${formatDuration(limitMs)}`), refuseFor);
  const show = (): void => showHostPlace(`race ${quoted(fileURLToPath(url))}: its module`);
  const beat = every(BEAT_MS, show, refuseFor);
  for (const each of [timer, beat]) each.release();
  const over = whenIdle(() => refuse('its top-level await waits for something that nothing can bring about'));
  show();
  try {
    return await Promise.race([loadRace(url, code), rejectionBy(late.signal)]);
  } finally {
    showHostPlace(null);
    for (const each of [timer, beat]) each.end();
    over();
  }
}

async function rejectionBy(signal: AbortSignal): Promise<never> {
  await once(signal, 'abort');
  throw signal.reason;
}
