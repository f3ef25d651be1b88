/** Reasons why a CPU takes no interrupt: bits of `CPU.irqOff`, written by the CPU itself. */
export const IRQS_DISABLED = 1;
export const IN_HARDIRQ = 2;
/** In the hypervisor: guest events wait until it returns. */
export const IN_HYPERVISOR = 4;
