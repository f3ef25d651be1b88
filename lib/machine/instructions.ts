import { IN_HARDIRQ } from './irqMask.js';
import { CPU, FRAME, HELD, HELD_CLASSES, HELD_MAX, STACK_MAX } from './layout.js';
import { IRQ_CLASS, LOCKDEP } from './lockdepLayout.js';

/** The memory instructions (assembly/instructions.ts). `cpu` is the byte address of a CPU's block; addresses are word indexes. */
export interface Instructions {
  readonly read: (cpu: number, address: number) => number;
  readonly write: (cpu: number, address: number, value: number) => void;
  readonly compareExchange: (cpu: number, address: number, expected: number, value: number) => number;
  readonly exchange: (cpu: number, address: number, value: number) => number;
  readonly fetchOr: (cpu: number, address: number, bits: number) => number;
  readonly fetchAnd: (cpu: number, address: number, mask: number) => number;
  readonly fetchAdd: (cpu: number, address: number, delta: number) => number;
  readonly tryAcquire: (cpu: number, lock: number, flags: number, lockClass: number) => number;
  readonly acquire: (cpu: number, lock: number, lockClass: number) => number;
  readonly acquireInOrder: (cpu: number, lock: number, offset: number) => number;
  readonly release: (cpu: number, lock: number) => number;
  readonly record: (cpu: number, head: number, address: number, before: number, after: number) => void;
  readonly enter: (cpu: number, fn: number) => void;
  readonly leave: (cpu: number) => void;
}

const BYTES = 4;

/**
 * Links the compiled instructions to a machine's memory. `trap` is called with the byte address of a CPU's block when
 * something is requested of that CPU; what it throws passes through the instruction.
 */
export function linkInstructions(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  trap: (cpu: number) => void,
): Instructions {
  if (HELD.WORDS !== 4 || HELD_CLASSES.WORDS !== 2 || FRAME.WORDS !== 2)
    throw new Error('the instructions take a held lock for 4 words, its classes and a frame for 2');
  const offset = (word: number): number => word * BYTES;
  const imports = {
    env: { memory },
    machine: {
      trap,
      irr: offset(CPU.irr),
      step: offset(CPU.step),
      irqOff: offset(CPU.irqOff),
      ring: offset(CPU.ring),
      ringMask: offset(CPU.ringMask),
      lockId: offset(CPU.lockId),
      held: offset(CPU.held),
      heldMax: HELD_MAX,
      locks: offset(CPU.locks),
      classes: offset(CPU.classes),
      lockdep: offset(CPU.lockdep),
      lockWords: offset(CPU.lockWords),
      before: offset(LOCKDEP.before),
      on: offset(LOCKDEP.on),
      in: offset(LOCKDEP.in),
      classOf: offset(LOCKDEP.WORDS),
      inHardirq: IN_HARDIRQ,
      irqClass: IRQ_CLASS,
      depth: offset(CPU.depth),
      depthMax: STACK_MAX,
      frames: offset(CPU.frames),
    },
  };
  // A copy, because a module's own exports object is slow to read from.
  return { ...(new WebAssembly.Instance(module, imports).exports as unknown as Instructions) };
}
