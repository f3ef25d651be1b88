/** Refuses actors that change memory of their race beside the machine's without an operation that the search sees. Called by steps.ts. */

import type { Boot } from './boot.js';
import { ExploreRefusal } from './refusal.js';
import { placeInRace } from './raceFrame.js';

/** Throws ExploreRefusal if the actor that runs has changed a word by itself since its run began. */
export function refuseChanged({ own, race, config, cpus }: Boot, actor: number): void {
  const changed = own?.changedAlone() ?? null;
  if (changed === null) return;
  const place = placeInRace();
  const { comm } = race.role(actor, cpus, config);
  throw new ExploreRefusal(
    `race ${race.name}: the actor of thread ${actor} (${comm}) stores ${changed} without an operation of Atomics that is seen, ${place === '' ? 'behind its last one' : `in front of its next one${place}`}: ` +
      'no state would have what it stored. --instrument makes plain accesses seen; operations that a package took off Atomics are seen if racehammer/js is imported first',
  );
}
