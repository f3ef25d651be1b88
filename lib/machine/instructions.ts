/**
 * Links the compiled memory instructions to the memory of a machine. Called on each CPU's thread by
 * lib/race/bootMachine.ts.
 */

import { type SharedMemory, type CompiledModule, linkModule } from '../sharedarraybuffer-utils/index.js';
import { OFFSETS } from './offsets.js';
import type { MemoryModel } from './memoryModel.js';

/**
 * The memory instructions (assembly/instructions.ts and locks.ts, or for a CPU with a store buffer storeBuffer.ts). `cpu` is the byte
 * address of a CPU's block; addresses are word indexes.
 */
export interface Instructions {
  readonly confine: (instanceWords: number, percpu: number, percpuWords: number) => void;
  readonly workOn: (instance: number) => void;
  readonly watchAreas: (whether: number) => void;
  readonly readWord: (cpu: number, address: number) => number;
  readonly writeWord: (cpu: number, address: number, value: number) => void;
  readonly compareExchangeWord: (cpu: number, address: number, expected: number, value: number) => number;
  readonly maskWord: (cpu: number, address: number, mask: number) => number;
  readonly read: (cpu: number, address: number) => number;
  readonly readNow: (cpu: number, address: number) => number;
  readonly write: (cpu: number, address: number, value: number) => void;
  readonly compareExchange: (cpu: number, address: number, expected: number, value: number) => number;
  readonly exchange: (cpu: number, address: number, value: number) => number;
  readonly fetchOr: (cpu: number, address: number, bits: number) => number;
  readonly fetchAnd: (cpu: number, address: number, mask: number) => number;
  readonly fetchAdd: (cpu: number, address: number, delta: number) => number;
  /** One of the last five, by its opcode; and the same behind the boundary (readAgain.ts). */
  readonly update: (cpu: number, op: number, address: number, a: number, b: number) => number;
  readonly updateNow: (cpu: number, op: number, address: number, a: number, b: number) => number;
  readonly tryAcquire: (cpu: number, lock: number, flags: number, lockClass: number) => number;
  readonly acquire: (cpu: number, lock: number, lockClass: number) => number;
  readonly acquireInOrder: (cpu: number, lock: number) => number;
  readonly release: (cpu: number, lock: number) => number;
  readonly fence: (cpu: number) => void;
  readonly view: (cpu: number, address: number) => number;
  readonly drainOne: (cpu: number) => void;
  readonly drainAll: (cpu: number) => void;
  readonly record: (cpu: number, head: number, address: number, before: number, after: number) => void;
  readonly enter: (cpu: number, fn: number) => void;
  readonly leave: (cpu: number) => number;
}

/** What the instructions of a CPU call. What these throw passes through the instruction, which has then done nothing. */
export interface InstructionCalls {
  /** Something is requested of the CPU. */
  trap(): void;
  /** The address is neither in the CPU's instance nor in a per-CPU area, or in one that is watched. If it returns, the access is made. */
  refuse(op: number, address: number): void;
  /** A lock on which somebody sleeps has become free, behind the instruction that released it. */
  ring(): void;
  /** The word was stored, and somebody sleeps until a word is. */
  wakeAt(address: number): void;
  /** Does an instruction that reads a word, and may change it, in a loop of those that change nothing; `a` and `b` are its operands. */
  readAgain(op: number, address: number, a: number, b: number): number;
  /** Looks whether the CPU is in such a loop, behind one read in so many. */
  lookForLoop(): void;
}

/** What the name of an instruction ends with that is for a CPU with a store buffer alone. */
const BUFFERED = 'Buffered';

/**
 * Links the compiled instructions to a machine's memory, for one CPU: those of the memory model. Throws Error if they were compiled
 * for another layout.
 */
export function linkInstructions(
  module: CompiledModule,
  memory: SharedMemory,
  calls: InstructionCalls,
  model: MemoryModel = 'sc',
): Instructions {
  const exports = linkModule(module, {
    env: { memory },
    machine: {
      trap: () => calls.trap(),
      refuse: (_: number, op: number, address: number) => calls.refuse(op, address),
      ring: () => calls.ring(),
      wakeAt: (address: number) => calls.wakeAt(address),
      readAgain: (op: number, address: number, a: number, b: number) => calls.readAgain(op, address, a, b),
      lookForLoop: () => calls.lookForLoop(),
    },
  });
  checkOffsets(exports as Readonly<Record<string, { readonly value?: number }>>);
  // A copy, because a module's own exports object is slow to read from.
  const functions = Object.entries(exports).filter(([, value]) => typeof value === 'function');
  const isForBuffer = ([name]: [string, unknown]): boolean => name.endsWith(BUFFERED);
  const buffered = functions
    .filter(isForBuffer)
    .map(([name, value]) => [name.slice(0, -BUFFERED.length), value] as const);
  const usual = functions.filter((one) => !isForBuffer(one));
  return Object.fromEntries([...usual, ...(model === 'tso' ? buffered : [])]) as unknown as Instructions;
}

function checkOffsets(exports: Readonly<Record<string, { readonly value?: number }>>): void {
  for (const [name, value] of Object.entries(OFFSETS)) {
    const compiled = exports[name]?.value;
    if (compiled === value) continue;
    throw new Error(
      `the memory instructions were compiled with ${name} = ${compiled}, the layout has ${value}: run npm run build`,
    );
  }
}
