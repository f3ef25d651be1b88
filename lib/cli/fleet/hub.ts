/** `racehammer fleet hub`: the campaign of a fleet, from its begin or resumption to its report. Called by program.ts. */

import { INTERRUPTED_EXIT } from '../../statistics/verdict.js';
import { FleetHub, type HubEnd } from '../../fleet/hub.js';
import { fleetKeys } from '../../fleet/names.js';
import { closeStore } from '../../campaign/closeStore.js';
import { mending } from '../../campaign/stores.js';
import { commandLine } from '../../report/format/commandLine.js';
import { withoutConfigWords } from '../../run/repeat.js';
import { catchInterrupts } from '../interrupts.js';
import { LiveLines, tell } from '../output.js';
import { exitCodeOfSoak, printSoak } from '../soak/end.js';
import { beginFleet, type BegunFleet } from './begin.js';
import { connectFleet, type Connected } from './connect.js';
import type { HubFlags } from './options.js';
import { HubPage } from './page.js';
import { HubScreen } from './screen.js';

/** A hub that broke, or lost its place to another one, is no answer. */
const HARNESS_EXIT = 70;

/** Runs the hub to the end of its campaign, and prints what is known then. Returns the exit code. Throws UsageError. */
export async function fleetHubCommand(targets: readonly string[], flags: HubFlags): Promise<number> {
  fleetKeys(flags.fleet);
  const page = new HubPage();
  const interrupts = catchInterrupts();
  try {
    const connected = await connectFleet(flags);
    const url = flags.page === null ? null : await page.listen(flags.page);
    const begun = await beginFleet(targets, flags);
    if (url !== null) tell(`page: ${url}; metrics: ${url}metrics`);
    return await hubOn(begun, connected, flags, interrupts.signal, page);
  } finally {
    await page.close();
    interrupts.release();
  }
}

async function hubOn(
  { claimed: [store, session], rows, tunings }: BegunFleet,
  { engine, redis }: Connected,
  flags: HubFlags,
  signal: AbortSignal,
  page: HubPage,
): Promise<number> {
  const screen = new HubScreen(new LiveLines());
  let end: HubEnd | 'failed' = 'failed';
  let refused: unknown;
  try {
    const hub: FleetHub = mending(
      () =>
        new FleetHub({
          engine,
          redis,
          fleet: flags.fleet,
          store,
          session,
          rows,
          tunings,
          stopsOnFailure: flags.stopOnFailure,
          signal,
          onEvent: (kind, text) => screen.event(kind, text),
          onView(view) {
            screen.update(view);
            page.update(view, store);
          },
        }),
      store.path,
    );
    end = await hub.run();
  } catch (error) {
    refused = error;
  }
  screen.end();
  await page.close();
  const soakEnd = end === 'budget used up' || end === 'failed' ? end : 'interrupted';
  const closed = closeStore(store, session, soakEnd);
  if (refused !== undefined) throw refused;
  if (closed.document === null) {
    tell(`store: ${closed.trouble}`);
    return HARNESS_EXIT;
  }
  printSoak(closed.document, flags, [`${end}; resume: ${resumeLine(flags)}`]);
  if (end === 'another hub') {
    tell(`racehammer: another hub has taken the fleet ${flags.fleet} over`);
    return HARNESS_EXIT;
  }
  return end === 'interrupted' ? INTERRUPTED_EXIT : exitCodeOfSoak(closed.document);
}

function resumeLine({ fleet, store, trustCode }: HubFlags): string {
  return commandLine(
    'fleet',
    'hub',
    '--resume',
    ...(trustCode ? ['--trust-code'] : []),
    '--fleet',
    fleet,
    '--store',
    store,
    ...withoutConfigWords(),
  );
}
