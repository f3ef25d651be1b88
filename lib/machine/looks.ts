/** How often a waiting CPU looks whether its wait can end at all. Read by lock.ts, ipi.ts and waitOn.ts. */

/** Iterations of a wait before its CPU looks the first time; doubled for each later look of the same wait. */
export const FIRST_LOOK = 16;
/** Most iterations between two looks. */
export const LOOK_MAX = 1024;
