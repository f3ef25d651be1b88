/*
 * The memory instructions of a simulated CPU, in AssemblyScript: V8 calls a builtin for each `Atomics` operation but
 * compiles these to the processor's own instructions, so that checks, access and record in one call cost about as much
 * as one bare `Atomics` operation from JavaScript (`racehammer bench --only op`).
 *
 * Addresses that JavaScript passes are word indexes; `cpu` is the byte address of a CPU's block (layout.ts). The
 * offsets into the block are those of offsets.ts in the folder above: compile.mjs makes them, and the module shows
 * them, so that the code that links it can check what it was compiled with.
 */
import {
  DEPTH,
  DEPTH_MAX,
  FRAMES,
  FRAME_BYTES,
  HEAD_AGAIN,
  IRR,
  IRR_LOOP,
  RING,
  RING_MASK,
  SLEEPERS,
  STEP,
  STORES_BUFFERED,
} from './offsets';

export * from './offsets';

/** Takes interrupts, and turns in lockstep; may throw through the instruction. */
@external("machine", "trap") declare function trap(cpu: i32): void;
/** Says of an address that is in no place that it knows whether the CPU may touch it; throws through the instruction if not. */
@external("machine", "refuse") declare function refuse(cpu: i32, op: i32, address: i32): void;
/** Wakes those that sleep until a word is stored, if it is this one. */
@external("machine", "wakeAt") declare function wakeAt(address: i32): void;

/** Opcodes of recorder.ts; test/machine/instructions.test.ts holds them equal. */
export const READ: i32 = 1;
export const WRITE: i32 = 2;
export const CMPXCHG: i32 = 3;
export const XCHG: i32 = 4;
export const FETCH_OR: i32 = 5;
export const FETCH_AND: i32 = 6;
export const FETCH_ADD: i32 = 7;
export const ACQUIRE: i32 = 8;
export const RELEASE: i32 = 9;
export const FENCE: i32 = 13;

/** Bytes of a line in front of a ring's entries. */
const RING_HEAD: i32 = 64;

/** Does a read in a loop of reads that waits (readAgain.ts). */
@external("machine", "readAgain") declare function readAgain(op: i32, address: i32, a: i32, b: i32): i32;
/** Looks whether the newest records are such a loop (lookForLoop.ts). */
@external("machine", "lookForLoop") declare function lookForLoop(): void;
/** A loop of reads is looked for once in so many records, a power of two. */
const LOOK_MASK: i32 = 64 - 1;

/** Where a race may touch memory, as word indexes: the instance that the CPU works on, and the per-CPU areas of all CPUs. */
let instance: i32 = 0;
let instanceWords: u32 = 0;
let areas: i32 = 0;
let areaWords: u32 = 0;
/** Whether each access to a per-CPU area is shown to `refuse`: the task may use another CPU's by mistake (stalePerCpu.ts). */
let areasWatched: i32 = 0;

/** Sets the size of an instance, and the per-CPU areas. Once, before anything else. */
export function confine(words: i32, percpu: i32, percpuWords: i32): void {
  instanceWords = words;
  areas = percpu;
  areaWords = percpuWords;
}

/**
 * Behind each store that is visible: a sleeper sets its bit for each CPU, and then looks at the word once more. The atomic operation in front
 * orders the plain load on x86; where it does not, a sleeper may sleep for a moment too long, and no longer: sleeps are bounded.
 */
@inline
export function stored(cpu: i32, address: i32): void {
  if (load<i64>(cpu + SLEEPERS) != 0) wakeAt(address);
}

/** From now on each access to a per-CPU area is shown to `refuse`, or none is. */
export function watchAreas(whether: i32): void {
  areasWatched = whether;
}

/** The CPU works on another instance from now on. */
export function workOn(at: i32): void {
  instance = at;
}

/** The instance that the CPU works on. */
@inline
export function workingOn(): i32 {
  return instance;
}

/** Takes interrupts, if there are any. */
@inline
export function boundary(cpu: i32): void {
  if (load<i32>(cpu + IRR) != 0) trap(cpu);
}

/** As boundary, of an instruction that accesses a word for a race: in the usual case one look answers both questions. */
@inline
export function boundaryAt(cpu: i32, op: i32, address: i32): void {
  if (isUnusual(cpu, address)) checkAndTrap(cpu, op, address);
}

/** Whether there is more to do than the access: something is requested of the CPU, or the word is outside of the instance. */
@inline
export function isUnusual(cpu: i32, address: i32): bool {
  const isOutside = i32(<u32>(address - instance) >= instanceWords);
  return (load<i32>(cpu + IRR) | isOutside) != 0;
}

function checkAndTrap(cpu: i32, op: i32, address: i32): void {
  const isOutside = <u32>(address - instance) >= instanceWords;
  if (isOutside && (areasWatched != 0 || <u32>(address - areas) >= areaWords)) refuse(cpu, op, address);
  boundary(cpu);
}

/** Appends four words to the CPU's ring, as Ring.push does; a ring at address 0 keeps nothing. */
@inline
export function push(cpu: i32, head: i32, address: i32, before: i32, after: i32): void {
  const ring = load<i32>(cpu + RING);
  if (ring != 0) pushTo(ring, cpu, head, address, before, after);
}

/** Appends to a ring that is there; returns how many entries it has had. */
@inline
function pushTo(ring: i32, cpu: i32, head: i32, address: i32, before: i32, after: i32): i32 {
  const n = load<i32>(ring);
  const at = ring + RING_HEAD + ((n & load<i32>(cpu + RING_MASK)) << 4);
  store<i32>(at, head | (load<i32>(cpu + STEP) << 16));
  store<i32>(at, address, 4);
  store<i32>(at, before, 8);
  store<i32>(at, after, 12);
  const next = n + 1;
  store<i32>(ring, select<i32>(HEAD_AGAIN, next, next < 0));
  return next;
}

@inline
export function doRead(cpu: i32, address: i32): i32 {
  const value = atomic.load<i32>(address << 2);
  push(cpu, READ, address, value, value);
  return value;
}

@inline
export function doWrite(cpu: i32, address: i32, value: i32): void {
  push(cpu, WRITE, address, atomic.xchg<i32>(address << 2, value), value);
  stored(cpu, address);
}

@inline
export function doCompareExchange(cpu: i32, address: i32, expected: i32, value: i32): i32 {
  const before = atomic.cmpxchg<i32>(address << 2, expected, value);
  push(cpu, CMPXCHG, address, before, before == expected ? value : before);
  stored(cpu, address);
  return before;
}

@inline
export function doExchange(cpu: i32, address: i32, value: i32): i32 {
  const before = atomic.xchg<i32>(address << 2, value);
  push(cpu, XCHG, address, before, value);
  stored(cpu, address);
  return before;
}

@inline
export function doFetchOr(cpu: i32, address: i32, bits: i32): i32 {
  const before = atomic.or<i32>(address << 2, bits);
  push(cpu, FETCH_OR, address, before, before | bits);
  stored(cpu, address);
  return before;
}

@inline
export function doFetchAdd(cpu: i32, address: i32, delta: i32): i32 {
  const before = atomic.add<i32>(address << 2, delta);
  push(cpu, FETCH_ADD, address, before, before + delta);
  stored(cpu, address);
  return before;
}

@inline
export function doFetchAnd(cpu: i32, address: i32, mask: i32): i32 {
  const before = atomic.and<i32>(address << 2, mask);
  push(cpu, FETCH_AND, address, before, before & mask);
  stored(cpu, address);
  return before;
}

/** Whether the CPU is in a loop of reads. */
@inline
export function isInLoop(cpu: i32): bool {
  return (load<i32>(cpu + IRR) & IRR_LOOP) != 0;
}

export function read(cpu: i32, address: i32): i32 {
  if (isUnusual(cpu, address)) {
    if (isInLoop(cpu)) return readAgain(READ, address, 0, 0);
    checkAndTrap(cpu, READ, address);
  }
  const value = atomic.load<i32>(address << 2);
  const ring = load<i32>(cpu + RING);
  if (ring != 0 && (pushTo(ring, cpu, READ, address, value, value) & LOOK_MASK) == 0) lookForLoop();
  return value;
}

/** Looks for a loop of reads behind what has left its word as it was, where it is time to. */
@inline
export function lookBehind(cpu: i32): void {
  const ring = load<i32>(cpu + RING);
  if (ring != 0 && (load<i32>(ring) & LOOK_MASK) == 0) lookForLoop();
}

/** As read, behind the boundary. */
export function readNow(cpu: i32, address: i32): i32 {
  return doRead(cpu, address);
}

export function write(cpu: i32, address: i32, value: i32): void {
  boundaryAt(cpu, WRITE, address);
  doWrite(cpu, address, value);
}

export function compareExchange(cpu: i32, address: i32, expected: i32, value: i32): i32 {
  if (isUnusual(cpu, address)) {
    if (isInLoop(cpu)) return readAgain(CMPXCHG, address, expected, value);
    checkAndTrap(cpu, CMPXCHG, address);
  }
  const before = doCompareExchange(cpu, address, expected, value);
  if (before != expected) lookBehind(cpu);
  return before;
}

export function exchange(cpu: i32, address: i32, value: i32): i32 {
  if (isUnusual(cpu, address)) {
    if (isInLoop(cpu)) return readAgain(XCHG, address, value, 0);
    checkAndTrap(cpu, XCHG, address);
  }
  const before = doExchange(cpu, address, value);
  if (before == value) lookBehind(cpu);
  return before;
}

export function fetchOr(cpu: i32, address: i32, bits: i32): i32 {
  if (isUnusual(cpu, address)) {
    if (isInLoop(cpu)) return readAgain(FETCH_OR, address, bits, 0);
    checkAndTrap(cpu, FETCH_OR, address);
  }
  const before = doFetchOr(cpu, address, bits);
  if ((before | bits) == before) lookBehind(cpu);
  return before;
}

export function fetchAnd(cpu: i32, address: i32, mask: i32): i32 {
  if (isUnusual(cpu, address)) {
    if (isInLoop(cpu)) return readAgain(FETCH_AND, address, mask, 0);
    checkAndTrap(cpu, FETCH_AND, address);
  }
  const before = doFetchAnd(cpu, address, mask);
  if ((before & mask) == before) lookBehind(cpu);
  return before;
}

export function fetchAdd(cpu: i32, address: i32, delta: i32): i32 {
  if (isUnusual(cpu, address)) {
    if (isInLoop(cpu)) return readAgain(FETCH_ADD, address, delta, 0);
    checkAndTrap(cpu, FETCH_ADD, address);
  }
  const before = doFetchAdd(cpu, address, delta);
  if (delta == 0) lookBehind(cpu);
  return before;
}

/** One of the last five, by its opcode: with no loop to look for. */
export function update(cpu: i32, op: i32, address: i32, a: i32, b: i32): i32 {
  boundaryAt(cpu, op, address);
  return updateNow(cpu, op, address, a, b);
}

/** As update, behind the boundary. */
export function updateNow(cpu: i32, op: i32, address: i32, a: i32, b: i32): i32 {
  if (op == CMPXCHG) return doCompareExchange(cpu, address, a, b);
  if (op == XCHG) return doExchange(cpu, address, a);
  if (op == FETCH_OR) return doFetchOr(cpu, address, a);
  if (op == FETCH_AND) return doFetchAnd(cpu, address, a);
  return doFetchAdd(cpu, address, a);
}

/** The machine's own accesses, to its own words (machineWords.ts): nobody checks where they are. */
export function readWord(cpu: i32, address: i32): i32 {
  boundary(cpu);
  return doRead(cpu, address);
}

export function writeWord(cpu: i32, address: i32, value: i32): void {
  boundary(cpu);
  doWrite(cpu, address, value);
}

export function compareExchangeWord(cpu: i32, address: i32, expected: i32, value: i32): i32 {
  boundary(cpu);
  return doCompareExchange(cpu, address, expected, value);
}

export function maskWord(cpu: i32, address: i32, mask: i32): i32 {
  boundary(cpu);
  return doFetchAnd(cpu, address, mask);
}

/** Loads a word as its CPU sees it, without a boundary and without a record. */
export function view(cpu: i32, address: i32): i32 {
  return atomic.load<i32>(address << 2);
}

/** A full fence: every access is one already. It leaves a record, at the address of a word of the CPU's own. */
export function fence(cpu: i32): void {
  boundary(cpu);
  push(cpu, FENCE, (cpu + STORES_BUFFERED) >> 2, 0, 0);
}

/** Appends a record that no instruction makes by itself. */
export function record(cpu: i32, head: i32, address: i32, before: i32, after: i32): void {
  push(cpu, head, address, before, after);
}

/** Pushes a frame of the shadow call stack. */
export function enter(cpu: i32, fn: i32): void {
  const depth = load<i32>(cpu + DEPTH);
  if (depth < DEPTH_MAX) {
    const at = cpu + FRAMES + depth * FRAME_BYTES;
    store<i32>(at, fn);
    store<i32>(at, load<i32>(cpu + STEP), 4);
  }
  store<i32>(cpu + DEPTH, depth + 1);
}

/** Pops a frame; the CPU is at its caller's step again. 0 if there is none. */
export function leave(cpu: i32): i32 {
  const depth = load<i32>(cpu + DEPTH) - 1;
  if (depth < 0) return 0;
  store<i32>(cpu + DEPTH, depth);
  if (depth < DEPTH_MAX) store<i32>(cpu + STEP, load<i32>(cpu + FRAMES + depth * FRAME_BYTES, 4));
  return 1;
}
