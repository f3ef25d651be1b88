/** Makes commands that repeat a run, without the defaults of the race and this host. Called where documents are made. */

import { commandLine } from '../report/format/commandLine.js';
import { noFlagOf } from './flagName.js';
import {
  EXPLORE_REPEATS,
  RUN_REPEATS,
  VERIFY_REPEATS,
  wordsFor,
  type ExploreRepeated,
  type Values,
  type VerifyRequest,
} from './options.js';
import type { RunRequest } from './request.js';

/** Returns the command line of a run. `seed`: whether it names the seed; a row of a soak has another one in each slice. */
export function repeatCommand(request: RunRequest, { seed = true }: { readonly seed?: boolean } = {}): string {
  const repeats = seed ? RUN_REPEATS : { ...RUN_REPEATS, seed: () => [] };
  return commandLine('run', `${request.typed}:${request.plan.variant}`, ...repeatedWords(repeats, request));
}

/** Returns the commands that repeat runs of the variants that `run` takes if none is named: one where they differ in nothing else. */
export function repeatCommands(requests: readonly RunRequest[]): string[] {
  const words = requests.map((request) => repeatedWords(RUN_REPEATS, request));
  const isOne = requests.length > 1 && words.every((own) => own.join('\0') === words[0].join('\0'));
  return isOne
    ? [commandLine('run', requests[0].typed, ...words[0])]
    : requests.map((request) => repeatCommand(request));
}

/** Returns the same for `verify`, with the races as they were typed. */
export function verifyCommandLine(targets: readonly string[], request: VerifyRequest): string {
  return commandLine('verify', ...targets, ...repeatedWords(VERIFY_REPEATS, request));
}

/** Returns the same for `explore`. */
export function exploreCommandLine(target: string, request: ExploreRepeated): string {
  return commandLine('explore', target, ...repeatedWords(EXPLORE_REPEATS, request));
}

let isConfigured = false;

/**
 * Says whether a racehammer.config stands for flags of the command that runs now, or was left out by `--no-config`. If so, what repeats or
 * continues it says that it needs none: what it leaves out is a default of the race, not of that file.
 */
export function repeatWithoutConfig(isNeeded: boolean): void {
  isConfigured = isNeeded;
}

function repeatedWords<R>(repeats: Readonly<Record<string, (request: R) => Values>>, request: R): string[] {
  const words = Object.entries(repeats).flatMap(([name, values]) => wordsFor(name, values(request)));
  return [...words, ...withoutConfigWords()];
}

/** Returns the flag that leaves a racehammer.config out of a command that repeats or continues this one, where that is needed. */
export function withoutConfigWords(): string[] {
  return isConfigured ? [noFlagOf('config')] : [];
}

/** Returns conditions of a run that have no option, as a comment that can be pasted with the command. */
export function repeatRemark({ plan, draws }: RunRequest): string {
  const seed = draws ? "the seed fixes the delays, not what the host's scheduler does" : 'the seed has no effect';
  return `# recorder ${plan.recording ? 'on' : 'off'}; ${seed}`;
}
