/** assertHolds() and assertFails(), for tests. Imported by lib/index.ts when they are called. */

import { AssertionError } from 'node:assert';
import { expectedOf } from '../race/expectation.js';
import type { RunDocument } from '../report/run/document.js';
import { PLAIN } from '../report/format/screen.js';
import { runReport } from '../report/run/text.js';
import { unknownWord } from '../run/unknownWord.js';
import { UsageError } from '../run/usageError.js';
import { howLoaded, refuseUnknown, requestOf, requireUnaborted, variantOf } from './checked.js';
import { loadGiven } from './given.js';
import type { AssertFailsOptions, AssertOptions, RaceGiven } from './options.js';
import { CONDITIONS, LIMITS, runRequest } from './run.js';

const KNOWN = ['variant', ...CONDITIONS, ...LIMITS];

/**
 * Runs a variant and resolves if it is HELD. Otherwise rejects with an AssertionError whose message is the report of the run: with
 * the failure and its records, or with the trials that it takes until no failure says something.
 */
export async function assertHolds(given: RaceGiven, options: AssertOptions): Promise<RunDocument> {
  check('assertHolds', options, KNOWN);
  const named = await loadGiven(given, howLoaded(options));
  const request = requestOf(named, { ...options, stopOnFirst: true });
  const { race } = named;
  const { fails } = expectedOf(race, request.plan.variant, request.plan.knobs, request.plan.memory);
  if (fails !== null)
    throw new UsageError(`variant ${options.variant}: is declared to fail as ${fails}: use assertFails(), or run()`);
  const document = await runRequest(named, request, options);
  if (document.verdict === 'HELD' && !document.interrupted) return document;
  throw failed(document, 'HELD', 'assertHolds');
}

/** Runs a variant until it fails with its signature, and resolves then. Rejects with an AssertionError if it does not. */
export async function assertFails(given: RaceGiven, options: AssertFailsOptions): Promise<RunDocument> {
  check('assertFails', options, ['signature', ...KNOWN]);
  const { signature, ...rest } = options;
  const named = await loadGiven(given, howLoaded(options));
  const { race } = named;
  variantOf(race, options.variant);
  const known = Object.keys(race.signatures);
  if (signature !== undefined && !known.includes(signature))
    throw unknownWord('signature', signature, known, race.name);
  const request = requestOf(named, { ...rest, stopOnFirst: true });
  const expected = signature ?? expectedOf(race, request.plan.variant, request.plan.knobs, request.plan.memory).fails;
  if (expected === null)
    throw new UsageError(`variant ${options.variant}: is declared to hold: name the signature that it must fail with`);
  const document = await runRequest(named, request, options);
  if (document.outcomes.some((outcome) => outcome.signature === expected && outcome.count > 0)) return document;
  throw failed(document, expected, 'assertFails');
}

function check(call: string, options: AssertOptions, known: readonly string[]): void {
  if (options?.variant === undefined) throw new UsageError(`${call}(): variant is missing`);
  refuseUnknown(call, options, known);
  requireUnaborted(options);
  if (options.trials === undefined && options.duration === undefined && options.claim === undefined)
    throw new UsageError(`${call}(): needs a limit: trials, duration or claim`);
}

function failed(document: RunDocument, expected: string, operator: string): AssertionError {
  const seen = document.outcomes.map(({ signature }) => signature).join(', ');
  return new AssertionError({
    message: runReport(document, PLAIN).join('\n'),
    actual: seen === '' ? document.verdict : seen,
    expected,
    operator,
  });
}
