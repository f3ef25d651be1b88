/**
 * The cases of hostileRace.ts: what a race can do that no race may, and where. Used by hostile.ts, which runs each of
 * them.
 */

/** Where the race misbehaves. */

export type HostilePlace =
  | 'nowhere'
  | 'module'
  | 'thread-module'
  | 'main-module'
  | 'configure'
  | 'role'
  | 'reset'
  | 'actor'
  | 'handler'
  | 'recover'
  | 'symbol'
  | 'report';

export type HostileWhat =
  | 'nothing'
  | 'loop'
  | 'sleep'
  | 'block'
  | 'throw'
  | 'exit'
  | 'allocate'
  | 'promise'
  | 'word'
  | 'await'
  | 'spawn';

/** The variable that names the case: place and act. */
export const HOSTILE_ENV = 'RACEHAMMER_HOSTILE';

const TABLE: readonly (readonly [where: HostilePlace, ...whats: HostileWhat[]])[] = [
  ['module', 'loop', 'block', 'exit', 'allocate', 'await'],
  ['thread-module', 'sleep'],
  ['main-module', 'loop'],
  ['configure', 'loop', 'block', 'exit'],
  ['role', 'sleep'],
  ['reset', 'loop', 'sleep', 'throw', 'exit'],
  ['actor', 'loop', 'sleep', 'block', 'throw', 'exit', 'allocate', 'promise', 'word'],
  ['handler', 'loop', 'sleep', 'throw'],
  ['recover', 'loop'],
  ['symbol', 'loop'],
  ['report', 'loop', 'throw'],
];

/** All cases, in the words of HOSTILE_ENV. */
export const HOSTILE_CASES: readonly string[] = TABLE.flatMap(([where, ...whats]) =>
  whats.map((what) => `${where} ${what}`),
);
