/** The command that runs something again: what it is asked for, but for what is the default of the race and of this host. */

import { commandLine } from '../report/commandLine.js';
import { RUN_REPEATS, VERIFY_REPEATS, wordsFor, type Values, type VerifyRequest } from './options.js';
import type { RunOrder } from './request.js';

/** The command line, ready to be pasted. `seed`: whether it names the run's seed; a row of a soak has another one in each slice. */
export function repeatCommand(order: RunOrder, { seed = true }: { readonly seed?: boolean } = {}): string {
  const repeats = seed ? RUN_REPEATS : { ...RUN_REPEATS, seed: () => [] };
  return commandLine('run', `${order.typed}:${order.plan.variant}`, ...repeatedWords(repeats, order));
}

/** The same for `verify`: the races as they were typed. */
export function verifyCommandLine(targets: readonly string[], request: VerifyRequest): string {
  return commandLine('verify', ...targets, ...repeatedWords(VERIFY_REPEATS, request));
}

function repeatedWords<R>(repeats: Readonly<Record<string, (request: R) => Values>>, request: R): string[] {
  return Object.entries(repeats).flatMap(([name, values]) => wordsFor(name, values(request)));
}

/** What belongs to a figure and has no flag, as a comment that may be pasted with the command. */
export function repeatRemark({ plan, draws }: RunOrder): string {
  const seed = draws ? "the seed fixes the delays, not what the host's scheduler does" : 'nothing is drawn by a seed';
  return `# layout packed, recorder ${plan.recording ? 'on' : 'off'}; ${seed}`;
}
