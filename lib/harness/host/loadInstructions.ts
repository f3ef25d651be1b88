/**
 * Loads the compiled memory instructions from the build. Called on the host by crew.ts, lib/harness/replay and lib/bench, which
 * send them to the threads.
 */

import { type CompiledModule, compileModule } from '../../sharedarraybuffer-utils/index.js';
import { readFileSync } from 'node:fs';

/** Compiles the memory instructions that the build has put beside lib/machine. The module can be sent to other threads. */
export function loadInstructions(): CompiledModule {
  return compileModule(readFileSync(new URL('../../machine/instructions.wasm', import.meta.url)));
}
