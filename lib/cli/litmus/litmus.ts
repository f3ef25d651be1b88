/** `racehammer litmus`: litmus files, explored under the memory models of the machine. */

import { exploredDocument, testDocument } from '../../litmus/document.js';
import { TooManyLitmusStates, exploreLitmus } from '../../litmus/explore.js';
import type { LitmusMemory } from '../../litmus/transitions.js';
import { MEMORY_MODELS } from '../../race/settings.js';
import type { LitmusDocument, LitmusTestDocument } from '../../report/litmus/document.js';
import { herdLines } from '../../report/litmus/herd.js';
import { formatCount } from '../../report/format/numbers.js';
import { UsageError } from '../../run/usageError.js';
import { print, printDocument, tell } from '../output.js';
import { litmusFiles, located, readLitmus, type LitmusFile } from './files.js';
import type { LitmusFlags } from './options.js';

const REFUSED_EXIT = 2;
const VIOLATED_EXIT = 1;

/** Explores each file; one that is not supported is refused by a line, and the others go on. Throws UsageError. */
export async function litmusCommand(targets: readonly string[], flags: LitmusFlags): Promise<number> {
  const tests: LitmusTestDocument[] = [];
  let refused = 0;
  for (const file of litmusFiles(targets)) {
    try {
      const test = explored(readLitmus(file), flags);
      tests.push(test);
      if (!flags.json) show(test);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      tell(`racehammer: ${error.message}`);
      refused++;
    }
  }
  if (flags.json) printDocument({ schema: 'racehammer.litmus/1', tests, interrupted: false } satisfies LitmusDocument);
  if (tests.some((test) => test.explored.some(({ contradicts }) => contradicts))) return VIOLATED_EXIT;
  return refused > 0 ? REFUSED_EXIT : 0;
}

function explored({ file, program }: LitmusFile, { memory, states }: LitmusFlags): LitmusTestDocument {
  const models: readonly LitmusMemory[] = memory === undefined ? MEMORY_MODELS : [memory];
  const documents = models.map((model) => {
    const startedMs = performance.now();
    const exploration = limited(file, states, () => located(file, () => exploreLitmus(program, model, states)));
    return exploredDocument(program, exploration, (performance.now() - startedMs) / 1000);
  });
  return testDocument(file, program, documents);
}

function limited<T>(file: string, states: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TooManyLitmusStates)) throw error;
    throw new UsageError(`${file}: has more than ${formatCount(states)} states; --states allows more`);
  }
}

function show(test: LitmusTestDocument): void {
  for (const one of test.explored) {
    print(`Memory ${one.memory}`);
    print(herdLines(test, one));
    if (one.deadlocks > 0) tell(`${test.file}: under ${one.memory} a deadlock is reached`);
    if (one.contradicts) tell(`${test.file}: VIOLATED: its comment says Never, and under ${one.memory} it is reached`);
  }
}
