/*
 * The memory instructions of a CPU with a store buffer, in AssemblyScript: x86-TSO, as S. Owens, S. Sarkar and P. Sewell describe
 * it ("A better x86 memory model: x86-TSO", TPHOLs 2009). compile.mjs puts them into one module with instructions.ts;
 * linkInstructions() chooses among both, so that a machine without buffers pays nothing for them.
 *
 * A store goes to the CPU's own buffer, first in, first out. Its CPU reads it from there; all others see it when it leaves
 * the buffer. That happens at instruction boundaries: to as many entries as are drawn, to the oldest where the buffer
 * is full, to all of them before an atomic operation and in a fence. In lockstep nothing is drawn: turns say when an entry leaves.
 */
import {
  ACQUIRE,
  CMPXCHG,
  FENCE,
  FETCH_ADD,
  FETCH_AND,
  FETCH_OR,
  READ,
  RELEASE,
  WRITE,
  XCHG,
  boundary,
  boundaryAt,
  doCompareExchange,
  doExchange,
  doFetchAdd,
  doFetchAnd,
  doFetchOr,
  doRead,
  doWrite,
  isInLoop,
  lookBehind,
  push,
  stored,
  updateNow,
  workingOn,
} from './instructions';
import { GENERATION_SHIFT, PARKED, classIfKnown, tryAcquire } from './locks';
import {
  DRAIN_BELOW,
  DRAIN_DRAW,
  HELD,
  HELD_BYTES,
  IRR,
  LOCKS,
  OLDEST,
  STORED_BYTES,
  STORES,
  STORES_BUFFERED,
  STORE_BUFFER_ENTRIES,
} from './offsets';

/** Does an instruction that reads a word, and may change it, in a loop of those that change nothing. */
@external("machine", "readAgain") declare function readAgain(op: i32, address: i32, a: i32, b: i32): i32;
/** Wakes the CPUs that sleep on locks. */
@external("machine", "ring") declare function ring(cpu: i32): void;

/** Flags of a record, as in recorder.ts. */
const BUFFERED: i32 = 1 << 6;
const VISIBLE: i32 = 1 << 7;

/** Returns the byte address of entry `i` of the buffer, from the oldest on. */
@inline
function entryAt(cpu: i32, i: i32): i32 {
  return cpu + STORES + ((load<i32>(cpu + OLDEST) + i) & (STORE_BUFFER_ENTRIES - 1)) * STORED_BYTES;
}

/** Makes the oldest store of the buffer visible, if there is one. */
export function drainOne(cpu: i32): void {
  const n = load<i32>(cpu + STORES_BUFFERED);
  if (n == 0) return;
  const at = entryAt(cpu, 0);
  const address = load<i32>(at);
  const value = load<i32>(at, 4);
  const op = load<i32>(at, 8);
  const before = atomic.xchg<i32>(address << 2, value);
  store<i32>(cpu + OLDEST, (load<i32>(cpu + OLDEST) + 1) & (STORE_BUFFER_ENTRIES - 1));
  store<i32>(cpu + STORES_BUFFERED, n - 1);
  push(cpu, op | VISIBLE, address, op == RELEASE ? before & ~PARKED : before, value);
  stored(cpu, address);
  if (op == RELEASE && (before & PARKED) != 0) ring(cpu);
}

/** Makes all stores of the buffer visible, one after another. */
export function drainAll(cpu: i32): void {
  while (load<i32>(cpu + STORES_BUFFERED) != 0) drainOne(cpu);
}

/** Makes as many stores visible as are drawn. */
function drainSome(cpu: i32): void {
  // The sign is the bit of a machine in lockstep.
  if (load<i32>(cpu + IRR) < 0) return;
  const below = load<i32>(cpu + DRAIN_BELOW);
  do {
    const drawn = load<i32>(cpu + DRAIN_DRAW) * 1664525 + 1013904223;
    store<i32>(cpu + DRAIN_DRAW, drawn);
    if (drawn >>> 16 >= below) return;
    drainOne(cpu);
  } while (load<i32>(cpu + STORES_BUFFERED) != 0);
}

/** The boundary of an instruction that accesses memory in order with the CPU's other loads, and not with its stores. */
@inline
function plainBoundaryAt(cpu: i32, op: i32, address: i32): void {
  boundaryAt(cpu, op, address);
  if (load<i32>(cpu + STORES_BUFFERED) != 0) drainSome(cpu);
}

/** The boundary of an atomic operation: all earlier stores are visible behind it. */
@inline
function atomicBoundaryAt(cpu: i32, op: i32, address: i32): void {
  boundaryAt(cpu, op, address);
  if (load<i32>(cpu + STORES_BUFFERED) != 0) drainAll(cpu);
}

/** The same for a word of the machine. */
@inline
function atomicBoundary(cpu: i32): void {
  boundary(cpu);
  if (load<i32>(cpu + STORES_BUFFERED) != 0) drainAll(cpu);
}

/** Puts a store into the buffer. */
@inline
function put(cpu: i32, op: i32, address: i32, value: i32): void {
  if (load<i32>(cpu + STORES_BUFFERED) == STORE_BUFFER_ENTRIES) drainOne(cpu);
  const n = load<i32>(cpu + STORES_BUFFERED);
  const at = entryAt(cpu, n);
  store<i32>(at, address);
  store<i32>(at, value, 4);
  store<i32>(at, op, 8);
  store<i32>(cpu + STORES_BUFFERED, n + 1);
  push(cpu, op | BUFFERED, address, value, value);
}

/** Returns the byte address of the newest entry for a word, or 0. */
@inline
function newestOf(cpu: i32, address: i32): i32 {
  for (let i = load<i32>(cpu + STORES_BUFFERED) - 1; i >= 0; i--) {
    const at = entryAt(cpu, i);
    if (load<i32>(at) == address) return at;
  }
  return 0;
}

export function readBuffered(cpu: i32, address: i32): i32 {
  if (isInLoop(cpu)) return readAgain(READ, address, 0, 0);
  plainBoundaryAt(cpu, READ, address);
  const value = readNowBuffered(cpu, address);
  lookBehind(cpu);
  return value;
}

/** As readBuffered, behind the boundary. */
export function readNowBuffered(cpu: i32, address: i32): i32 {
  const at = newestOf(cpu, address);
  if (at == 0) return doRead(cpu, address);
  const value = load<i32>(at, 4);
  push(cpu, READ | BUFFERED, address, value, value);
  return value;
}

export function writeBuffered(cpu: i32, address: i32, value: i32): void {
  plainBoundaryAt(cpu, WRITE, address);
  put(cpu, WRITE, address, value);
}

export function compareExchangeBuffered(cpu: i32, address: i32, expected: i32, value: i32): i32 {
  if (isInLoop(cpu)) return readAgain(CMPXCHG, address, expected, value);
  atomicBoundaryAt(cpu, CMPXCHG, address);
  const before = doCompareExchange(cpu, address, expected, value);
  if (before != expected) lookBehind(cpu);
  return before;
}

export function exchangeBuffered(cpu: i32, address: i32, value: i32): i32 {
  if (isInLoop(cpu)) return readAgain(XCHG, address, value, 0);
  atomicBoundaryAt(cpu, XCHG, address);
  const before = doExchange(cpu, address, value);
  if (before == value) lookBehind(cpu);
  return before;
}

export function fetchOrBuffered(cpu: i32, address: i32, bits: i32): i32 {
  if (isInLoop(cpu)) return readAgain(FETCH_OR, address, bits, 0);
  atomicBoundaryAt(cpu, FETCH_OR, address);
  const before = doFetchOr(cpu, address, bits);
  if ((before | bits) == before) lookBehind(cpu);
  return before;
}

export function fetchAndBuffered(cpu: i32, address: i32, mask: i32): i32 {
  if (isInLoop(cpu)) return readAgain(FETCH_AND, address, mask, 0);
  atomicBoundaryAt(cpu, FETCH_AND, address);
  const before = doFetchAnd(cpu, address, mask);
  if ((before & mask) == before) lookBehind(cpu);
  return before;
}

export function fetchAddBuffered(cpu: i32, address: i32, delta: i32): i32 {
  if (isInLoop(cpu)) return readAgain(FETCH_ADD, address, delta, 0);
  atomicBoundaryAt(cpu, FETCH_ADD, address);
  const before = doFetchAdd(cpu, address, delta);
  if (delta == 0) lookBehind(cpu);
  return before;
}

/** One of the last five, by its opcode. */
export function updateBuffered(cpu: i32, op: i32, address: i32, a: i32, b: i32): i32 {
  atomicBoundaryAt(cpu, op, address);
  return updateNow(cpu, op, address, a, b);
}

/** As updateBuffered, behind the boundary. */
export function updateNowBuffered(cpu: i32, op: i32, address: i32, a: i32, b: i32): i32 {
  drainAll(cpu);
  return updateNow(cpu, op, address, a, b);
}

/** Words of the machine are never in the buffer; but a call is not posted before the stores in front of it are visible. */
export function writeWordBuffered(cpu: i32, address: i32, value: i32): void {
  atomicBoundary(cpu);
  doWrite(cpu, address, value);
}

export function compareExchangeWordBuffered(cpu: i32, address: i32, expected: i32, value: i32): i32 {
  atomicBoundary(cpu);
  return doCompareExchange(cpu, address, expected, value);
}

export function maskWordBuffered(cpu: i32, address: i32, mask: i32): i32 {
  atomicBoundary(cpu);
  return doFetchAnd(cpu, address, mask);
}

export function acquireBuffered(cpu: i32, lock: i32, lockClass: i32): i32 {
  atomicBoundaryAt(cpu, ACQUIRE, lock);
  return tryAcquire(cpu, lock, 0, lockClass);
}

export function acquireInOrderBuffered(cpu: i32, lock: i32): i32 {
  atomicBoundaryAt(cpu, ACQUIRE, lock);
  const lockClass = classIfKnown(cpu, lock - workingOn());
  return lockClass < 0 ? -1 : tryAcquire(cpu, lock, 0, lockClass);
}

/** An unlock is a plain store: others see the lock taken until it leaves the buffer, and are woken then. */
export function releaseBuffered(cpu: i32, lock: i32): i32 {
  boundary(cpu);
  if (load<i32>(cpu + STORES_BUFFERED) != 0) drainSome(cpu);
  const n = load<i32>(cpu + HELD) - 1;
  const at = cpu + LOCKS + n * HELD_BYTES;
  if (n < 0 || load<i32>(at) != lock) return 0;
  store<i32>(cpu + HELD, n);
  put(cpu, RELEASE, lock, ((load<i32>(at, 4) >>> GENERATION_SHIFT) + 1) << GENERATION_SHIFT);
  return 1;
}

export function fenceBuffered(cpu: i32): void {
  atomicBoundary(cpu);
  push(cpu, FENCE, (cpu + STORES_BUFFERED) >> 2, 0, 0);
}

/** Loads a word as its CPU sees it, without a boundary and without a record. */
export function viewBuffered(cpu: i32, address: i32): i32 {
  const at = newestOf(cpu, address);
  return at == 0 ? atomic.load<i32>(address << 2) : load<i32>(at, 4);
}
