/** `racehammer bench` where it can be: its parts are of a checkout, and in no package. Called by program.ts. */

import { existsSync } from 'node:fs';
import { UsageError } from '../../run/usageError.js';
import type { BenchFlags } from './options.js';

/** Runs the bench of this checkout. Throws UsageError in an installed package. */
export async function benchInCheckout(flags: BenchFlags): Promise<number> {
  if (!existsSync(new URL('./bench.js', import.meta.url)))
    throw new UsageError(
      'bench: measures a checkout of racehammer, and this is an installed package, which has no bench',
    );
  return (await import('./bench.js')).benchCommand(flags);
}
