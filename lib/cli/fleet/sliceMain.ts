/** The process of slices, one after the other: started by the worker (lib/fleet/sliceProcess.ts), it ends when the worker says so or is gone. */

import { once } from 'node:events';
import { searchClasses } from '../../campaign/searchClasses.js';
import { SoakRaces } from '../../campaign/races.js';
import { RowSearches } from '../../fleet/rowSearches.js';
import { runFleetSlice, type ChildHost, type ChildMessage, type ChildTask } from '../../fleet/sliceChild.js';
import { garbageCollector } from '../../soak/collectGarbage.js';
import { guarded } from '../../harness/host/guarded.js';
import { chooseRace } from '../chooseRace.js';
import { end, endWith, guardEnd } from '../ending.js';
import { rowTunerFor } from './tuning.js';

guardEnd();
const collectGarbage = garbageCollector();
const alone = new AbortController();
const leave = (): void => alone.abort();
process.once('disconnect', guarded(leave, leave));
// What interrupts the worker is passed on by it, or is the end of the channel.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, guarded(leave, leave));
const say = async (message: ChildMessage): Promise<void> =>
  await new Promise<void>((done) => {
    if (process.connected) process.send?.(message, () => done());
    else done();
  });
const host: ChildHost = {
  races: new SoakRaces(chooseRace),
  classes: new RowSearches(searchClasses),
  tunerOf: rowTunerFor,
  signal: alone.signal,
  onSearching: () => void say({ isSearching: true }),
};
try {
  while (!alone.signal.aborted) {
    const asked = once(process, 'message', { signal: alone.signal }) as Promise<[ChildTask]>;
    const [task] = await asked.catch(() => [null]);
    if (task === null) break;
    const result = await runFleetSlice(task, host);
    if (!process.connected) break;
    await say(result);
    // While the worker fetches the next job, which waits in the channel.
    collectGarbage();
  }
  await end(0);
} catch (error) {
  await endWith(error);
}
