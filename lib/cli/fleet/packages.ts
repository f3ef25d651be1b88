/** The packages that a fleet alone needs: racehammer does not install them by itself. Called by program.ts, in front of a command of a fleet. */

import { readFileSync } from 'node:fs';
import { UsageError } from '../../run/usageError.js';

/** Others are of other commands. */
const OF_FLEETS = ['bullmq', 'ioredis', 'zod'];
const MANIFEST = new URL('../../../../package.json', import.meta.url);

/** Throws UsageError that says what to install. */
export function requireFleetPackages(isInstalled: (name: string) => boolean = resolves): void {
  const { peerDependencies } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as {
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
  const missing = Object.entries(peerDependencies).filter(([name]) => OF_FLEETS.includes(name) && !isInstalled(name));
  if (missing.length === 0) return;
  const named = missing.map(([name, range]) => `${name}@${range}`).join(' ');
  throw new UsageError(`fleet: needs packages that are not installed: npm install ${named}`);
}

function resolves(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
