/** `racehammer fleet stop`, `drain`, `pause` and `resume`: one word for all. Called by program.ts. */

import type { FleetState } from '../../fleet/messages.js';
import { fleetKeys } from '../../fleet/names.js';
import { FleetView, controlOf } from '../../fleet/overview.js';
import { UsageError } from '../../run/usageError.js';
import { tell } from '../output.js';
import { connectFleet } from './connect.js';
import type { ConnectionFlags } from './options.js';

/** What each command says, and from which states. */
const SAYS = {
  stop: { state: 'stopped', from: ['running', 'paused', 'draining'] },
  drain: { state: 'draining', from: ['running'] },
  pause: { state: 'paused', from: ['running'] },
  resume: { state: 'running', from: ['paused'] },
} as const satisfies Record<string, { state: FleetState; from: readonly FleetState[] }>;

/** Tells the fleet what to do. Hub and workers take it over within a second. Returns 0. Throws UsageError. */
export async function fleetSayCommand(word: keyof typeof SAYS, flags: ConnectionFlags): Promise<number> {
  const keys = fleetKeys(flags.fleet);
  const { engine, redis } = await connectFleet(flags);
  const connection = redis.connect(() => {});
  try {
    const view = new FleetView(engine, connection, keys);
    const control = await view.control();
    if (control === null) throw new UsageError(`fleet ${flags.fleet}: has no campaign at redis ${redis.address.shown}`);
    const { state, from } = SAYS[word];
    if (control.state === state) tell(`campaign ${control.name}: is ${state} already`);
    else if (from.some((known) => known === control.state)) {
      await view.say(controlOf(control, state, `fleet ${word}`));
      const hub = await view.hub();
      tell(`campaign ${control.name}: ${state}${hub === null ? '; it has no hub at the moment' : ''}`);
    } else throw new UsageError(`fleet ${word}: campaign ${control.name} is ${control.state}`);
    return 0;
  } finally {
    connection.disconnect();
  }
}
