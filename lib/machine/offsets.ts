/**
 * The offsets and constants that are compiled into the memory instructions. Read in the build by assembly/compile.mjs;
 * instructions.ts compares them when it links a module.
 */

import { HEAD_AGAIN } from '../sharedarraybuffer-utils/index.js';
import { CONTEXT_MASK, CONTEXT_SHIFT, IN_HARDIRQ, IN_HYPERVISOR, IRQS_DISABLED, IRR_LOOP } from './irqMask.js';
import { CPU, FRAME, HELD, HELD_CLASSES, HELD_MAX, STACK_MAX, STORED, STORE_BUFFER_ENTRIES } from './layout.js';
import { IRQ_CLASS, LOCKDEP, USAGE } from './lockdepLayout.js';

const BYTES = 4;

/**
 * What the memory instructions know of the layout, by the names that they use. They are compiled with these numbers
 * (assembly/compile.mjs), since one that had to be looked up at each instruction would cost more than its check of the
 * address; and they are compared with them again when they are linked (instructions.ts).
 */
export const OFFSETS: Readonly<Record<string, number>> = Object.freeze({
  IRR: CPU.irr * BYTES,
  SLEEPERS: CPU.sleepers * BYTES,
  STEP: CPU.step * BYTES,
  IRR_LOOP,
  IRQ_OFF: CPU.irqOff * BYTES,
  CONTEXT: CPU.context * BYTES,
  RING: CPU.ring * BYTES,
  RING_MASK: CPU.ringMask * BYTES,
  HEAD_AGAIN,
  LOCK_ID: CPU.lockId * BYTES,
  HELD: CPU.held * BYTES,
  HELD_MAX,
  HELD_BYTES: HELD.WORDS * BYTES,
  LOCKS: CPU.locks * BYTES,
  CLASSES: CPU.classes * BYTES,
  CLASSES_BYTES: HELD_CLASSES.WORDS * BYTES,
  LOCKDEP: CPU.lockdep * BYTES,
  LOCK_WORDS: CPU.lockWords * BYTES,
  BEFORE: LOCKDEP.before * BYTES,
  ON: LOCKDEP.on * BYTES,
  IN: (LOCKDEP.usage + USAGE.inHardirq) * BYTES,
  CLASS_OF: LOCKDEP.WORDS * BYTES,
  IN_HARDIRQ,
  CONTEXT_SHIFT,
  CONTEXT_MASK,
  SIMPLE_STATE: IRQS_DISABLED | IN_HARDIRQ | IN_HYPERVISOR,
  IRQ_CLASS,
  DEPTH: CPU.depth * BYTES,
  DEPTH_MAX: STACK_MAX,
  FRAMES: CPU.frames * BYTES,
  FRAME_BYTES: FRAME.WORDS * BYTES,
  STORES_BUFFERED: CPU.buffered * BYTES,
  OLDEST: CPU.oldest * BYTES,
  DRAIN_DRAW: CPU.drainDraw * BYTES,
  DRAIN_BELOW: CPU.drainBelow * BYTES,
  STORES: CPU.stores * BYTES,
  STORED_BYTES: STORED.WORDS * BYTES,
  STORE_BUFFER_ENTRIES,
});
