/** The temporary directory of the tests: what they leave in it is a failure, and is removed. Called by summary.ts. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Failure } from './tally.js';

/** Makes the directory, with a short name: messages cut long paths. It is gone when this process ends, also by an interrupt. */
export function makeTemporary(): string {
  const path = mkdtempSync(join(tmpdir(), 'rh-'));
  process.on('exit', () => rmSync(path, { recursive: true, force: true, maxRetries: 10 }));
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => process.exit(code));
  return path;
}

/** Returns a failure that names what lies in the directory, if anything does. */
export function leftoversIn(path: string): Failure[] {
  const lines = readdirSync(path).toSorted();
  const what = 'tests, or what they ran, left files in the temporary directory; each removes its own';
  return lines.length === 0 ? [] : [{ what, lines }];
}
