/**
 * Names the words of an instance and of its machine. Called on the host by failureReports.ts, evidenceOf.ts and
 * lib/harness/replay.
 */

import { HEADER, OWN_WORDS } from '../../machine/layout.js';
import type { Race } from '../../race/race.js';
import type { Symbols } from '../../race/failureReport.js';
import type { HostMachine } from './machine.js';

/** Names the words of an instance by the race, and those of the machine by where they are. */
export function symbolsFor(race: Race, config: unknown, machine: HostMachine, instance: number): Symbols {
  const end = instance + machine.map.instanceStride - HEADER.WORDS;
  return (address) => {
    if (address >= OWN_WORDS && race.kind === 'actors' && race.own !== null)
      return race.own.symbol(machine.own, address - OWN_WORDS);
    if (race.kind === 'actors' && address >= instance && address < end) return race.symbol(address - instance, config);
    return machine.nameOf(address) ?? `word ${address}`;
  };
}
