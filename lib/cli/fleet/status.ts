/** `racehammer fleet status`: hub, workers and queues at the moment. Called by program.ts. */

import { fleetKeys } from '../../fleet/names.js';
import { FleetView, type FleetOverview } from '../../fleet/overview.js';
import { counted } from '../../report/format/numbers.js';
import { renderTable } from '../../report/format/table.js';
import { screen, print, printDocument } from '../output.js';
import { connectFleet } from './connect.js';
import type { FleetStatusFlags } from './options.js';
import type { Screen } from '../../report/format/screen.js';

/** The exit code without a hub: nobody takes what the workers count. */
const NO_HUB_EXIT = 4;

/** Returns 0, or 4 without a hub. Throws UsageError. */
export async function fleetStatusCommand(flags: FleetStatusFlags): Promise<number> {
  const keys = fleetKeys(flags.fleet);
  const { engine, redis } = await connectFleet(flags);
  const connection = redis.connect(() => {});
  try {
    const overview = await new FleetView(engine, connection, keys).overview();
    if (flags.json) printDocument({ schema: 'racehammer.fleet-status/1', ...overview });
    else print(statusLines(overview, flags.fleet, screen()));
    return overview.hub === null ? NO_HUB_EXIT : 0;
  } finally {
    connection.disconnect();
  }
}

/** Returns what is printed of a fleet. */
export function statusLines(
  { hub, control, workers, slices, results }: FleetOverview,
  fleet: string,
  onScreen: Screen,
): string[] {
  const columns = ['worker', 'cores', 'Node', 'does', 'row', 'undelivered', 'sends back'].map((head) => ({
    head,
    align: head === 'cores' || head === 'undelivered' ? ('right' as const) : ('left' as const),
  }));
  const table = renderTable(
    columns,
    workers.map(({ name, facts, doing, row, undelivered, refused }) => [
      name,
      String(facts.cores),
      facts.node,
      doing,
      row ?? '-',
      String(undelivered),
      refused ?? '-',
    ]),
    onScreen,
  );
  return [
    ...(workers.length === 0 ? [] : [...table, '']),
    control === null
      ? `fleet ${fleet}: has no campaign`
      : `campaign ${control.name}: ${control.state} (${control.why})`,
    hub === null ? 'there is no hub: results wait' : `hub: process ${hub.pid} on ${hub.host}`,
    [
      `${counted(workers.length, 'worker')}; slices: ${slices.waiting} wait`,
      `${slices.active} run`,
      ...(slices.abandoned === 0 ? [] : [`${slices.abandoned} without a worker until the lease is over`]),
      `${slices.failed} refused`,
    ].join(', '),
    ...(results === null
      ? []
      : [`results: ${results.waiting + results.active} on their way to the store, ${results.failed} refused`]),
  ];
}
