/** A test as the threads see it: its functions, checked and completed. Made by hammer.ts; read by member.ts. */

import type { ActorContext, CheckContext, OutcomeGrade } from './definition.js';

/** Signatures of such tests that no variant has to name. */
export const CHECK_FAILED = 'check-failed';
export const FORBIDDEN_OUTCOME = 'forbidden-outcome';

/** The functions of a test. */
export interface Test {
  readonly name: string;
  readonly share: (about: { readonly variant: string }) => unknown;
  readonly open: ((shared: unknown, about: { readonly me: number; readonly variant: string }) => unknown) | undefined;
  readonly before: ((context: CheckContext<unknown>) => unknown) | undefined;
  readonly after: ((context: CheckContext<unknown>) => unknown) | undefined;
  readonly actors: Readonly<Record<string, (context: ActorContext<unknown>) => unknown>>;
  readonly outcomes: Readonly<Record<string, OutcomeGrade>> | null;
  readonly usesResults: boolean;
  readonly signatures: readonly string[];
  /** Names of 32-bit words, by the path of their buffer. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  readonly outside: boolean;
  /** Whether any actor is asynchronous: then all are awaited. */
  readonly isAwaited: boolean;
  readonly windows: readonly string[];
}

/** Whether a function is an async one. */
export function isAsync(f: unknown): boolean {
  return Object.prototype.toString.call(f) === '[object AsyncFunction]';
}

/** Returns the signature that a message begins with: `lost-update: n is 1`; the usual one if it begins with none. */
export function signatureIn({ signatures }: Pick<Test, 'signatures'>, message: string): string {
  const [word] = message.split(':', 1);
  return signatures.includes(word) ? word : CHECK_FAILED;
}
