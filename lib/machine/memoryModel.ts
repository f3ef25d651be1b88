/** The memory models that a machine can have. Named by plans, evidence and the option `--memory`. */

/**
 * `sc`: every access is visible to all CPUs at once, in one order. `tso`: each CPU has a store buffer, as x86 has
 * (storeBuffer.ts).
 */
export const MEMORY_MODELS = ['sc', 'tso'] as const;
export type MemoryModel = (typeof MEMORY_MODELS)[number];
