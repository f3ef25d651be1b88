/** `racehammer litmus`: litmus files, explored under the memory models of the machine, and hammered on it. */

import { testDocument } from '../../litmus/document.js';
import type { LitmusDocument, LitmusTestDocument } from '../../report/litmus/document.js';
import { herdLines } from '../../report/litmus/herd.js';
import { litmus7Lines } from '../../report/litmus/litmus7.js';
import { counted } from '../../report/format/numbers.js';
import { randomSeed } from '../../run/request.js';
import { UsageError } from '../../run/usageError.js';
import { INTERRUPTED_EXIT } from '../../statistics/verdict.js';
import { print, printDocument, tell } from '../output.js';
import { examine } from './examine.js';
import { litmusFiles, readLitmus } from './files.js';
import type { LitmusFlags } from './options.js';

const VIOLATED_EXIT = 1;
const REFUSED_EXIT = 2;
const HARNESS_EXIT = 70;

/** Takes each file; one that is not supported is refused by a line, and the others go on. Throws UsageError. */
export async function litmusCommand(targets: readonly string[], flags: LitmusFlags): Promise<number> {
  const seed = flags.seed ?? randomSeed();
  if (flags.hammer) tell(`hammered with --seed ${seed}`);
  const tests: LitmusTestDocument[] = [];
  let refused = 0;
  let interrupted = false;
  for (const path of litmusFiles(targets)) {
    try {
      const file = readLitmus(path);
      const { explored, hammered, wasInterrupted } = await examine(file, { ...flags, seed });
      const test = testDocument(path, file.program, explored, hammered);
      tests.push(test);
      if (!flags.json) show(test);
      interrupted = wasInterrupted;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      tell(`racehammer: ${error.message}`);
      refused++;
    }
    if (interrupted) break;
  }
  if (flags.json) printDocument({ schema: 'racehammer.litmus/1', tests, interrupted } satisfies LitmusDocument);
  return exitCodeOf(tests, refused, interrupted);
}

function exitCodeOf(tests: readonly LitmusTestDocument[], refused: number, interrupted: boolean): number {
  const has = (verdict: 'VIOLATED' | 'HARNESS_ERROR'): boolean =>
    tests.some(({ hammered }) => hammered.some((one) => one.verdict === verdict));
  if (has('VIOLATED') || tests.some(({ explored }) => explored.some(({ contradicts }) => contradicts)))
    return VIOLATED_EXIT;
  if (has('HARNESS_ERROR')) return HARNESS_EXIT;
  if (interrupted) return INTERRUPTED_EXIT;
  return refused > 0 ? REFUSED_EXIT : 0;
}

/** Prints what herd7 and litmus7 would print; what they would not goes to stderr. */
function show(test: LitmusTestDocument): void {
  for (const one of test.explored) {
    print([`Memory ${one.memory}`, ...herdLines(test, one)]);
    if (one.deadlocks > 0) tell(`${test.file}: under ${one.memory} a deadlock is reached`);
    if (one.contradicts) tell(`${test.file}: VIOLATED: its comment says Never, and under ${one.memory} it is reached`);
  }
  for (const one of test.hammered) {
    print([`Hammered ${one.memory}`, ...litmus7Lines(test, one)]);
    for (const { signature, count } of one.failures)
      tell(`${test.file}: under ${one.memory} ${counted(count, 'trial')} of ${one.trials} ended as ${signature}`);
    if (one.verdict === 'VIOLATED')
      tell(`${test.file}: VIOLATED: under ${one.memory} hammering with seed ${one.seed} shows what was not explored`);
    if (one.harnessError !== null) tell(`${test.file}: HARNESS ERROR: ${one.harnessError}`);
  }
}
