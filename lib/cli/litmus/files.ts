/** Finds and reads litmus files. Called by litmus.ts. */

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseLitmus } from '../../litmus/parse.js';
import type { LitmusProgram } from '../../litmus/program.js';
import { LitmusFault } from '../../litmus/reader.js';
import { UsageError, quoted } from '../../run/usageError.js';

/** A longer file is none that a person has written. */
const BYTES_MAX = 1_000_000;

export interface LitmusFile {
  readonly file: string;
  readonly text: string;
  readonly program: LitmusProgram;
}

/** Returns the files that were named, and those in folders that were. Throws UsageError. */
export function litmusFiles(targets: readonly string[]): string[] {
  return targets.flatMap((target) => {
    const found = attempt(target, () => (statSync(target).isDirectory() ? filesBelow(target) : [target]));
    if (found.length === 0) throw new UsageError(`${quoted(target)}: there is no .litmus file below this folder`);
    return found;
  });
}

/** Parses a file. Throws UsageError with line and column. */
export function readLitmus(file: string): LitmusFile {
  const text = attempt(file, () => {
    const { size } = statSync(file);
    if (size > BYTES_MAX) throw new Error(`it has ${size} bytes, and at most ${BYTES_MAX} are read`);
    return readFileSync(file, 'utf8');
  });
  return { file, text, program: located(file, () => parseLitmus(text)) };
}

/** Does something with a test. What is not supported in it becomes a UsageError with file, line and column. */
export function located<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LitmusFault)) throw error;
    throw new UsageError(`${file}:${error.message}`);
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.litmus'))
    .toSorted()
    .map((file) => join(folder, file));
}

function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UsageError(`${quoted(file)}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
