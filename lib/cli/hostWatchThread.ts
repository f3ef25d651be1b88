/** The thread that watches the main thread (hostWatch.ts). */

import { workerData } from 'node:worker_threads';
import { HOST_PLACE_MS_MAX, HostPlaceWatch } from '../harness/host/hostPlaceWatch.js';
import { every } from '../harness/host/timers.js';
import { killProcess } from './ending.js';
import { formatDuration } from '../run/duration.js';

const TICK_MS = 100;

const watch = new HostPlaceWatch(workerData as SharedArrayBuffer, TICK_MS);
const look = (): void => {
  const place = watch.tick();
  if (place === null) return;
  killProcess(`${place} does not end in ${formatDuration(HOST_PLACE_MS_MAX)} on the main thread`);
};
every(TICK_MS, look, (error) => killProcess(`internal error: ${String(error)}`));
