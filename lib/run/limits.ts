/** Limits of numbers, for the command line and run() alike. */

/** Each CPU of each machine has a random stream of its own, and there are this many streams. */
export const THREADS_MAX = 1024;

/** Shortest watchdog time, since it checks twenty times a second. */
export const WATCHDOG_MS_MIN = 100;
