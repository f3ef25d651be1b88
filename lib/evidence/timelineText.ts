/**
 * Describes accesses and markers in the words of a timeline. Called by timeline.ts; what belongs to the machine itself
 * is in machineText.ts.
 */

import { lockOwner } from '../machine/lockWord.js';
import { BUFFERED, OP, OP_MASK, VISIBLE } from '../machine/recorder.js';
import { RECORD_WORDS, type Evidence } from './evidence.js';

/** The kind of a timeline row. */
export type RowKind =
  | 'load'
  | 'store'
  | 'lock'
  | 'unlock'
  | 'waits'
  | 'interrupt'
  | 'interrupt-end'
  | 'window'
  | 'window-end'
  | 'fails'
  | 'gives-up'
  | 'dies'
  | 'done';

export interface RowText {
  readonly kind: RowKind;
  readonly text: string;
}

/** Returns the words that are locks: some CPU took or released them. */
export function lockWords(evidence: Evidence): Set<number> {
  const locks = new Set<number>();
  for (const { records } of evidence.cpus) {
    for (let i = 0; i < records.length; i += RECORD_WORDS) {
      const op = records[i] & OP_MASK;
      if (op === OP.ACQUIRE || op === OP.RELEASE) locks.add(records[i + 1]);
    }
  }
  return locks;
}

/** Describes an access. `waits`: it began a wait. */
export function describeAccess(
  head: number,
  name: string,
  before: number,
  after: number,
  word: { readonly isLock: boolean; readonly waits: boolean; readonly isOwn?: boolean },
): RowText {
  const hex = word.isOwn === true ? String : inHex;
  const held = word.isLock ? `, held by CPU ${lockOwner(before)}` : `, which is ${hex(before)}`;
  if ((head & BUFFERED) !== 0) return describeBuffered(head & OP_MASK, name, after);
  const becomes = (head & VISIBLE) === 0 ? '' : ' (becomes visible)';
  switch (head & OP_MASK) {
    case OP.ACQUIRE:
      return { kind: 'lock', text: `lock ${name}` };
    case OP.RELEASE:
      return { kind: 'unlock', text: `unlock ${name}${becomes}` };
    case OP.FENCE:
      return { kind: 'load', text: 'smp_mb()' };
    case OP.FAILED:
      return { kind: 'fails', text: before === after ? 'fails as well, too late to count' : 'FAILS' };
    case OP.GAVE_UP:
    case OP.THROWN_OUT:
      return { kind: 'gives-up', text: 'gives up: the trial has failed' };
    case OP.READ:
    case OP.PLAIN_READ:
      if (word.waits) return { kind: 'waits', text: `waits for ${name}${held}` };
      return {
        kind: 'load',
        text: word.isLock ? `${name}${lockOwner(before) < 0 ? ' is free' : held}` : `${name} is ${hex(after)}`,
      };
    case OP.CMPXCHG:
      if (before === after) return { kind: 'load', text: `${name} is ${hex(after)}, compare fails` };
      break;
    default:
  }
  if (before === after)
    return { kind: becomes === '' ? 'load' : 'store', text: `${name} stays ${hex(after)}${becomes}` };
  return { kind: 'store', text: `${name} ${hex(before)} -> ${hex(after)}${becomes}` };
}

/** Describes what a CPU does in its own store buffer. */
function describeBuffered(op: number, name: string, value: number): RowText {
  if (op === OP.RELEASE) return { kind: 'unlock', text: `unlock ${name} (store, buffered)` };
  if (op === OP.WRITE) return { kind: 'store', text: `${name} := ${inHex(value)} (store, buffered)` };
  return { kind: 'load', text: `${name} is ${inHex(value)} (from its own store buffer)` };
}

/** Describes a marker. `window`: its name, if it is one. `interrupt`: what interrupt it begins, if it does. */
export function describeMarker(op: number, window: string, after: number, interrupt: string): RowText {
  switch (op) {
    case OP.IRQ_ENTER:
      return { kind: 'interrupt', text: interrupt };
    case OP.IRQ_EXIT:
      return { kind: 'interrupt-end', text: 'interrupt done' };
    case OP.WINDOW:
      return after === 1
        ? { kind: 'window', text: `${window} opens` }
        : { kind: 'window-end', text: `${window} closes` };
    case OP.DIED:
      return { kind: 'dies', text: 'dies' };
    default:
      return { kind: 'done', text: 'done' };
  }
}

function inHex(n: number): string {
  return `0x${(n >>> 0).toString(16).padStart(3, '0')}`;
}
