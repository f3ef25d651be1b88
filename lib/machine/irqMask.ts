/**
 * Why a CPU takes no interrupts. irq.ts exports these bits to those who set and read them; heldClasses.ts and
 * offsets.ts read them here, since irq.ts imports much more.
 */

/** Reasons why a CPU takes no interrupt: bits of `CPU.irqOff`, written by the CPU itself. */
export const IRQS_DISABLED = 1;
export const IN_HARDIRQ = 2;
/** In the hypervisor: guest events wait until it returns. */
export const IN_HYPERVISOR = 4;
