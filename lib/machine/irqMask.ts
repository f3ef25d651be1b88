/**
 * Why a CPU takes no interrupts, and in which handlers it is. Read and written by the files that deliver interrupts and by
 * lib/kernel; heldClasses.ts and offsets.ts read it here, since irq.ts imports much more.
 */

/** Reasons why a CPU takes no interrupt: bits of `CPU.irqOff`, written by the CPU itself. */
export const IRQS_DISABLED = 1;
/** In the handler of a call. */
export const IN_HARDIRQ = 2;
/** In the hypervisor: guest events wait until it returns. */
export const IN_HYPERVISOR = 4;
/** In the handler of an NMI, or at the entry of another one, which no NMI interrupts. */
export const IN_NMI = 8;

/**
 * Handlers of interrupt lines that the CPU is in: bits of `CPU.context`. The bits above count how often softirqs are
 * disabled. A handler of a hardirq begins with IRQS_DISABLED and may enable interrupts; so this, and not the mask, says
 * that it runs.
 */
export const SERVING_SOFTIRQ = 1;
export const SERVING_HARDIRQ = 2;
/** The CPU takes calls in its waits, whatever it masks; and right now (poll.ts). */
export const POLLS_IN_WAITS = 4;
export const POLLS_NOW = 8;
export const POLLS = POLLS_IN_WAITS | POLLS_NOW;
export const SOFTIRQ_DISABLE_OFFSET = 16;

/** Both words in one, as a lock that is held keeps them: `irqOff` below, `context` above. */
export const CONTEXT_SHIFT = 4;
/** The part of it that is the mask. */
export const MASKED = (1 << CONTEXT_SHIFT) - 1;
/** The parts of it that tell contexts apart. */
export const CONTEXT_MASK = IN_HARDIRQ | IN_NMI | ((SERVING_SOFTIRQ | SERVING_HARDIRQ) << CONTEXT_SHIFT);

/** What a CPU's two words say of its interrupts. */
export interface InterruptState {
  readonly irqOff: number;
  readonly context: number;
}

/** Whether the CPU is in the handler of a hard interrupt. */
export function inHardirq({ irqOff, context }: InterruptState): boolean {
  return (irqOff & IN_HARDIRQ) !== 0 || (context & SERVING_HARDIRQ) !== 0;
}

/** Whether the CPU is in a handler of any kind. */
export function inHandler(state: InterruptState): boolean {
  return inHardirq(state) || (state.irqOff & IN_NMI) !== 0 || (state.context & SERVING_SOFTIRQ) !== 0;
}

/** Bit of `CPU.irr`: the CPU is in a loop of reads (readAgain.ts), so any other instruction ends that. */
export const IRR_LOOP = 32;
