/** Limits of numbers, for the command line and run() alike. */

/** Each CPU of each machine has a random stream of its own, and there are this many streams. */
export const THREADS_MAX = 1024;

/** The largest seed: 32 bits. */
export const SEED_MAX = 0xffff_ffff;

/** Shortest watchdog time, since it checks twenty times a second. */
export const WATCHDOG_MS_MIN = 100;
