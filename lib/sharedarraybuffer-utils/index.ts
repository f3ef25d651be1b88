/**
 * Shared-memory parts for threads that meet on one SharedArrayBuffer. README.md in this folder has examples. Imported
 * by all other folders, and by no file of this one.
 */

export {
  LINE,
  LINE_WORDS,
  WORD,
  elementAt,
  fieldAt,
  isStruct,
  lines,
  roundUp,
  struct,
  words,
  type FieldSpec,
  type Struct,
} from './layout.js';
export { strictRecord } from './strictRecord.js';
export { Carver, allocateMemory, allocateWords, type Guard } from './carver.js';
export { PARKED, PARTY, PARTY_STRIDE, Waiter, wake, spinBudget, type Baton, type SpinBudget } from './waiter.js';
export { GATE, Gate } from './gate.js';
export { ENTRY_WORDS, HEAD_AGAIN, Ring, ringWords } from './ring.js';
export { MAILBOX_PARTIES_MAX, Mailboxes } from './mailbox.js';
export { Counters } from './counters.js';
export { compileModule, linkModule, type CompiledModule, type SharedMemory } from './webAssembly.js';
