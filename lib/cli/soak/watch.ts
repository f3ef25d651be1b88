/** `racehammer soak status --page`: the live page of a store that another process may be writing. Called by status.ts. */

import { once } from 'node:events';
import { SoakDatabase } from '../../soak/database.js';
import { Store } from '../../soak/store.js';
import { every } from '../../harness/host/timers.js';
import { mending } from '../../campaign/stores.js';
import { catchInterrupts } from '../interrupts.js';
import { tell } from '../output.js';
import { LivePage } from '../page/livePage.js';
import { StoreLooks } from '../page/storeLooks.js';
import { metricsText } from './metrics.js';

const KEPT_MS = 60_000;

/** Serves the page until the first interrupt. Returns 0. Throws UsageError for what is no store, and for an address that cannot be had. */
export async function watchStore(path: string, address: string): Promise<number> {
  const store = mending(() => new Store(SoakDatabase.read(path)), path);
  const looks = new StoreLooks(store);
  const page = new LivePage(() => metricsText(null, [], looks.look()));
  const interrupts = catchInterrupts();
  const { signal } = interrupts;
  // A server alone keeps no process from ending.
  const kept = every(
    KEPT_MS,
    () => {},
    () => {},
  );
  try {
    const url = await page.listen(address);
    page.begin(looks);
    tell(`page: ${url}; metrics: ${url}metrics; an interrupt ends it`);
    if (!signal.aborted) await once(signal, 'abort');
    return 0;
  } finally {
    kept.end();
    await page.close('The server of this page has ended.');
    store.release();
    interrupts.release();
  }
}
