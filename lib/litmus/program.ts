/**
 * What a parsed litmus test is: locations, a list of operations for each thread, and the condition on their end. Made by the
 * parsers beside this file; explored by explore.ts, hammered by way of hammer/.
 */

import type { SourcePlace } from './reader.js';

/** The value that is the address of location `l`: ADDRESS + l. */
export const ADDRESS = 0x6000_0000;

/** What has no access to shared memory. `old`: what an atomic operation has found. */
export type Expression =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'old' }
  | { readonly kind: 'unary'; readonly sign: UnarySign; readonly of: Expression }
  | { readonly kind: 'binary'; readonly sign: BinarySign; readonly left: Expression; readonly right: Expression };

export const UNARY_SIGNS = ['-', '!', '~'] as const;
export type UnarySign = (typeof UNARY_SIGNS)[number];
export type BinarySign =
  | '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>'
  | '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||'; // oxfmt-ignore

/** One operation of a thread. All but the first three are steps that other threads can notice, or must wait for. */
export type Operation = { readonly place: SourcePlace } & (
  | { readonly kind: 'let'; readonly to: number; readonly value: Expression }
  /** Goes on at operation `target`: `unless` undefined, always; otherwise where that is 0. */
  | { readonly kind: 'jump'; readonly target: number; readonly unless: Expression | undefined }
  /** Forgets what registers from `from` on hold, which nothing reads again. */
  | { readonly kind: 'forget'; readonly from: number }
  | { readonly kind: 'load'; readonly to: number; readonly address: Expression }
  | { readonly kind: 'store'; readonly address: Expression; readonly value: Expression }
  /** Replaces what it finds by `value` where `writes` is not 0, in one step that is a full barrier. `result` is what it returns. */
  | {
      readonly kind: 'atomic';
      readonly to: number | undefined;
      readonly address: Expression;
      readonly writes: Expression;
      readonly value: Expression;
      readonly result: Expression;
    }
  | { readonly kind: 'fence' }
  | { readonly kind: 'lock' | 'unlock'; readonly address: Expression }
  | { readonly kind: 'trylock' | 'isLocked'; readonly to: number | undefined; readonly address: Expression }
  | { readonly kind: 'rcuLock' | 'rcuUnlock' | 'graceStart' | 'graceEnd' }
);

export interface Thread {
  /** Registers that have a name; what comes behind holds values in the middle of a statement. */
  readonly registers: readonly string[];
  readonly registerCount: number;
  /** What the named registers hold at the start. */
  readonly initial: readonly number[];
  readonly operations: readonly Operation[];
}

export interface Location {
  readonly name: string;
  readonly initial: number;
  readonly isLock: boolean;
}

/** What the end of a run is looked at for: a register of a thread, or a location. */
export type Observed = { readonly thread: number; readonly register: number } | { readonly location: number };

export type Proposition =
  | { readonly kind: 'is'; readonly left: Observed; readonly right: Observed | { readonly value: number } }
  | { readonly kind: 'not'; readonly of: Proposition }
  | { readonly kind: 'and' | 'or'; readonly all: readonly Proposition[] }
  | { readonly kind: 'implies'; readonly left: Proposition; readonly right: Proposition };

export type Quantifier = 'exists' | '~exists' | 'forall';

export type Architecture = 'C' | 'X86';

export interface LitmusProgram {
  readonly name: string;
  readonly architecture: Architecture;
  readonly locations: readonly Location[];
  readonly threads: readonly Thread[];
  /** All that is shown of an end, in the order in which it is shown. */
  readonly shown: readonly Observed[];
  readonly quantifier: Quantifier;
  readonly condition: Proposition;
  readonly filter: Proposition | undefined;
  /** What the comment of the file says of it: `Never`, `Sometimes`. */
  readonly stated: string | undefined;
}

/** Returns the name of something observed, as it stands in a condition: `0:r0`, `[x]`. */
export function observedName(
  { threads, locations }: Pick<LitmusProgram, 'threads' | 'locations'>,
  one: Observed,
): string {
  return 'location' in one
    ? `[${locations[one.location].name}]`
    : `${one.thread}:${threads[one.thread].registers[one.register]}`;
}

/** Returns a value as it is shown: a number, or the name of the location whose address it is. */
export function valueText({ locations }: Pick<LitmusProgram, 'locations'>, value: number): string {
  return value >= ADDRESS ? locations[value - ADDRESS].name : String(value);
}
