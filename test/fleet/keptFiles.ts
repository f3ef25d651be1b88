/** What the files of a worker say that it has counted, to be compared with the store of its hub. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { IntervalLine, SpoolHead } from '../../lib/fleet/spoolFile.js';

/** The file of one execution. */
export interface KeptExecution {
  readonly uuid: string;
  readonly intervals: readonly IntervalLine[];
}

/** Returns the files of a spool, whether all of them has arrived or not. */
export function keptExecutions(folder: string): KeptExecution[] {
  const files = readdirSync(folder).filter((name) => /\.(?:jsonl|delivered)$/.test(name));
  return files.map((name) => {
    const lines = readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .map(parse)
      .filter((line) => line !== null);
    const uuid = lines.find((line) => line.head !== undefined)?.head?.execution.uuid ?? name;
    return { uuid, intervals: lines.flatMap(({ interval }) => (interval === undefined ? [] : [interval])) };
  });
}

function parse(text: string): { head?: SpoolHead; interval?: IntervalLine } | null {
  try {
    return JSON.parse(text) as { head?: SpoolHead; interval?: IntervalLine } | null;
  } catch {
    return null;
  }
}
